"""The look at what was installed, without its confinement; that is tested by the attacks."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

from drivenadapters.packages.examination import (
    Refused,
    compile_part,
    examine,
    module_of,
    refuse_oddities,
    remove_unasked,
    sources_of,
)

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
METADATA = "Metadata-Version: 2.1\nName: My.Package\nVersion: 1.0\nRequires-Dist: a>=1\nRequires-Dist: ???\n"


def installed(folder: Path, record: str, metadata: str = METADATA) -> Path:
    """Make a folder with one distribution."""
    info = folder / "my_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(metadata)
    (info / "RECORD").write_text(record)
    return folder


def test_names_versions_needs_and_import_names_are_found(tmp_path: Path) -> None:
    for name in ("pkg/__init__.py", "single.py", f"native{SUFFIX}", "space/part/mod.py", "data/readme.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = ["pkg/__init__.py", "single.py", f"native{SUFFIX}", "space/part/mod.py", "data/readme.txt", "gone.py"]
    record = "\n".join(f"{name},sha256=x,0" for name in [*names, "../../bin/tool", "my_package-1.0.dist-info/RECORD"])
    found = examine(installed(tmp_path, record))
    assert found["distributions"] == [
        {"name": "my-package", "version": "1.0", "modules": ["native", "pkg", "single", "space"], "requires": ["a>=1"]}
    ]
    assert found["sources"] == 3


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("pkg/__init__.py", "pkg"),
        ("pkg/sub/x.py", "pkg"),
        ("single.py", "single"),
        (f"native{SUFFIX}", "native"),
        ("old.pyc", "old"),
        ("pkg-1.0.dist-info/METADATA", ""),
        ("pkg/data.json", ""),
        ("__pycache__/x.cpython-311.pyc", ""),
        ("../../bin/tool.py", ""),
        ("not-a-module.py", ""),
        ("LICENSE", ""),
    ],
)
def test_a_file_s_import_name(path: str, module: str) -> None:
    assert module_of(path) == module


def test_what_takes_effect_by_itself_is_removed_and_the_rest_stays(tmp_path: Path) -> None:
    for name in ("a.pth", "sitecustomize.py", f"usercustomize{SUFFIX}", "bin/tool", "__pycache__/x.pyc", ".lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for name in ("usercustomize/__init__.py", "pkg/__pycache__/y.pyc", "pkg/bin/z.py", "pkg/site.pth", "plain.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    remove_unasked(tmp_path)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["pkg/bin/z.py", "pkg/site.pth", "plain.py"]


def test_links_and_special_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "fine.py").touch()
    refuse_oddities(tmp_path)
    (tmp_path / "pkg" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(Refused, match="pkg/passwd"):
        refuse_oddities(tmp_path)
    (tmp_path / "pkg" / "passwd").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refused, match="pipe"):
        refuse_oddities(tmp_path)


def test_a_distribution_without_name_list_or_with_a_huge_one_is_refused(tmp_path: Path) -> None:
    for number, (record, metadata) in enumerate(
        [("", "Metadata-Version: 2.1\n"), ("x" * (5 << 20), METADATA), ("", METADATA + "X: " + "x" * (5 << 20))]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(Refused):
            examine(installed(folder, record, metadata))
    folder = tmp_path / "without"
    folder.mkdir()
    (installed(folder, "") / "my_package-1.0.dist-info" / "RECORD").unlink()
    with pytest.raises(Refused, match="RECORD"):
        examine(folder)


def test_sources_are_compiled_in_parts_without_test_suites_and_without_being_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    folder = tmp_path / "set"
    for name in ("a.py", "pkg/b.py", "pkg/tests/c.py", "tests/d.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"open({str(mark)!r}, 'w')\n")
    (folder / "broken.py").write_text("def (:\n")
    assert sorted(path.name for path in sources_of(folder)) == ["a.py", "b.py", "broken.py"]
    for part in range(2):
        compile_part(folder, "/final", part, 2)
    compiled = sorted(path.name.partition(".")[0] for path in folder.rglob("*.pyc"))
    assert compiled == ["a", "b"]
    assert not mark.exists()
    text = next(folder.rglob("a.*.pyc")).read_bytes()
    assert b"/final/a.py" in text
    assert str(tmp_path).encode() not in text.replace(str(mark).encode(), b"")
