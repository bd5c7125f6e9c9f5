"""The package store: complete or absent, whatever happens on the way."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from provision.console import ProvisionError
from provision.installer import Installer, PackageSource
from provision.layout import BASE, Layout
from provision.package_sets import PackageSet, pins


class FakeInstaller(Installer):
    """Lays down two modules where a real installer would lay down the lock's packages."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(Path(sys.executable), PackageSource(no_index=True))
        self.calls: list[list[str]] = []
        self._fails = fails

    def install(self, requirements: Sequence[str | Path], *, cwd: Path | None = None) -> None:
        self.calls.append([str(word) for word in requirements])
        target = Path(requirements[requirements.index("--target") + 1])
        (target / "matplotlib").mkdir(exist_ok=True)
        (target / "matplotlib" / "__init__.py").write_text("VALUE = 1\n")
        if self._fails:
            raise ProvisionError("no such package")
        (target / "matplotlib" / "font_manager.py").write_text(
            "import os, pathlib\n"
            "cache = pathlib.Path(os.environ['MPLCONFIGDIR'])\n"
            "cache.mkdir(parents=True, exist_ok=True)\n"
            "(cache / 'fontlist.json').write_text('{}')\n"
        )
        (target / "bin").mkdir(exist_ok=True)
        (target / "matplotlib-1.dist-info").mkdir(exist_ok=True)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "deps" / "site-packages").mkdir(parents=True)
    layout = Layout(root=tmp_path, store=tmp_path / "store")
    layout.lock_of(BASE).write_text("matplotlib==1\n")
    return layout


@pytest.fixture
def packages(layout: Layout) -> PackageSet:
    return PackageSet(layout, Path(sys.executable), BASE)


def entries(layout: Layout) -> list[str]:
    return sorted(path.name for path in layout.store.iterdir() if path.name != ".lock")


def test_installs_hashed_wheels_only_and_points_base_at_them(layout: Layout, packages: PackageSet) -> None:
    installer = FakeInstaller()

    folder = packages.provide(installer)

    assert folder.parent == layout.store
    assert (layout.store / "base").resolve() == folder
    assert {"--require-hashes", "--only-binary"} <= set(installer.calls[0])


def test_bytecode_is_written_though_python_was_told_not_to_and_names_the_final_folder(
    packages: PackageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    folder = packages.provide(FakeInstaller())

    (bytecode,) = (folder / "matplotlib" / "__pycache__").glob("__init__.*.pyc")
    assert str(folder / "matplotlib" / "__init__.py").encode() in bytecode.read_bytes()


def test_font_cache_is_ready_and_scripts_are_left_out(packages: PackageSet) -> None:
    folder = packages.provide(FakeInstaller())

    assert (folder / ".cache" / "matplotlib" / "fontlist.json").is_file()
    assert not (folder / "bin").exists()


def test_others_may_read_what_was_installed(packages: PackageSet) -> None:
    assert packages.provide(FakeInstaller()).stat().st_mode & 0o777 == 0o755


def test_second_run_installs_nothing(packages: PackageSet) -> None:
    again = FakeInstaller()
    first = packages.provide(FakeInstaller())

    assert packages.provide(again) == first
    assert again.calls == []


def test_changed_lock_gets_a_folder_of_its_own_beside_the_old_one(layout: Layout, packages: PackageSet) -> None:
    old = packages.provide(FakeInstaller())
    layout.lock_of(BASE).write_text("matplotlib==2\n")

    new = packages.provide(FakeInstaller())

    assert new != old
    assert old.is_dir()
    assert (layout.store / "base").resolve() == new


def test_lost_pointer_is_restored_without_installing(layout: Layout, packages: PackageSet) -> None:
    folder = packages.provide(FakeInstaller())
    (layout.store / "base").unlink()
    again = FakeInstaller()

    packages.provide(again)

    assert (layout.store / "base").resolve() == folder
    assert again.calls == []


def test_failed_installation_leaves_nothing(layout: Layout, packages: PackageSet) -> None:
    with pytest.raises(ProvisionError, match="no such package"):
        packages.provide(FakeInstaller(fails=True))

    assert entries(layout) == []


def test_rest_of_a_killed_run_is_swept_away(layout: Layout, packages: PackageSet) -> None:
    (layout.store / ".partial-killed" / "pandas").mkdir(parents=True)

    folder = packages.provide(FakeInstaller())

    assert entries(layout) == ["base", folder.name]


def test_runs_at_the_same_time_install_once(packages: PackageSet) -> None:
    installers = [FakeInstaller() for _ in range(4)]
    threads = [threading.Thread(target=packages.provide, args=(installer,)) for installer in installers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sum(len(installer.calls) for installer in installers) == 1


def test_store_that_cannot_be_written_is_named(tmp_path: Path, layout: Layout) -> None:
    (tmp_path / "file").write_text("")
    packages = PackageSet(Layout(root=layout.root, store=tmp_path / "file" / "store"), Path(sys.executable), BASE)

    with pytest.raises(ProvisionError, match="file/store"):
        packages.provide(FakeInstaller())


def test_more_packages_are_added_beside_the_set_at_its_versions_and_get_a_folder_of_their_own(
    layout: Layout, packages: PackageSet, tmp_path: Path
) -> None:
    more = tmp_path / "more.txt"
    more.write_text("humanize\n")
    installer = FakeInstaller()

    folder = PackageSet(layout, Path(sys.executable), BASE, more).provide(installer)

    assert folder != packages.provide(FakeInstaller())
    first, second = installer.calls
    assert "--require-hashes" in first
    assert {"--only-binary", "-c", "-r", str(more)} <= set(map(str, second))


def test_constraints_of_what_is_added_are_the_lock_without_its_hashes(layout: Layout) -> None:
    lock = layout.lock_of(BASE)
    lock.write_text(
        "a==1 ; sys_platform == 'linux' \\\n    --hash=sha256:00\nb==2 \\\n    --hash=sha256:11\n    # via a\n"
    )

    assert pins(lock) == ["a==1 ; sys_platform == 'linux'", "b==2"]


def test_a_seed_that_has_the_set_is_copied_instead_of_installing(
    layout: Layout, packages: PackageSet, tmp_path: Path
) -> None:
    seed = packages.provide(FakeInstaller()).parent
    again = FakeInstaller()
    other = Layout(root=layout.root, store=tmp_path / "other")

    folder = PackageSet(other, Path(sys.executable), BASE, seed=seed).provide(again)

    assert again.calls == []
    assert (folder / "matplotlib" / "__init__.py").is_file()
    assert (folder / ".cache" / "matplotlib" / "fontlist.json").is_file()


def test_a_seed_of_another_lock_is_passed_over(layout: Layout, packages: PackageSet, tmp_path: Path) -> None:
    seed = packages.provide(FakeInstaller()).parent
    layout.lock_of(BASE).write_text("matplotlib==2\n")
    installer = FakeInstaller()

    PackageSet(Layout(root=layout.root, store=tmp_path / "other"), Path(sys.executable), BASE, seed=seed).provide(
        installer
    )

    assert len(installer.calls) == 1
