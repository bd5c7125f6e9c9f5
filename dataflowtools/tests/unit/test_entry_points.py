"""What ``main.py`` and ``container.py`` import, and that nothing imports them.

The packages' layers are the import linter's part, which cannot see single modules.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
PACKAGES = ("driveradapters", "drivenadapters", "logics", "common", "errors", "utils")
HEAVY = (
    "numpy",
    "pandas",
    "pyarrow",
    "duckdb",
    "matplotlib",
    "lxml",
    "PIL",
    "cv2",
    "openpyxl",
    "docx",
    "pypdfium2",
    "rapidocr",
)


def imports(file: Path) -> set[str]:
    """Return the top-level names of the absolute imports of a module, wherever they stand in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_only_the_container_wires_use_cases_to_what_they_drive() -> None:
    for name in ("main.py", "worker.py", "migrate.py"):
        assert not imports(SOURCE / name) & {"logics", "drivenadapters", "driveradapters", "composition"}
    assert {"drivenadapters", "composition"} <= imports(SOURCE / "container.py")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_layer_imports_the_entry_points(package: str) -> None:
    guilty = [
        str(file.relative_to(SOURCE))
        for file in (SOURCE / package).rglob("*.py")
        if imports(file) & {"main", "worker", "migrate", "container", "composition"}
    ]
    assert guilty == []


def test_composing_the_service_loads_none_of_its_workers_libraries() -> None:
    look = f"import sys, main; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], cwd=SOURCE, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_importing_the_service_starts_no_thread() -> None:
    look = "import threading, main; print(threading.active_count())"
    done = subprocess.run([sys.executable, "-c", look], cwd=SOURCE, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_nothing_but_the_settings_reads_the_environment() -> None:
    """What runs inside the workers may, since their environment is their own."""
    guilty = [
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if "guest" not in file.parts and reads_environment(file)
    ]
    assert guilty == []


def reads_environment(file: Path) -> bool:
    """Whether a module mentions the process's environment."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return bool({"environ", "environb", "getenv", "getenvb"} & (attributes | names))
