"""The virtual environment: made when missing, repaired when broken, left alone otherwise."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provision.console import ProvisionError
from provision.environment import Environment
from provision.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "tools").mkdir()
    layout = Layout(root=tmp_path, store=tmp_path / "store")
    layout.installer_requirements.write_text("pip\n")
    return layout


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """A requirements file that needs no network: nothing is asked for."""
    file = tmp_path / "requirements.txt"
    file.write_text("# nothing\n")
    return file


@pytest.fixture
def environment(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment that is there already, without installers of its own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", layout.venv], check=True)
    (layout.venv / ".made-at").write_text(str(layout.venv))
    monkeypatch.setattr(Environment, "ensure_installers", lambda _: None)
    return Environment(layout)


def starts(environment: Environment) -> bool:
    return subprocess.run([environment.python, "-c", ""], check=False).returncode == 0


def has_working_pip(python: Path) -> bool:
    return subprocess.run([python, "-I", "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def test_environment_is_made_with_a_working_pip(layout: Layout) -> None:
    assert has_working_pip(Environment(layout).ensure_python())


def test_environment_whose_interpreter_is_gone_is_made_anew(layout: Layout) -> None:
    python = Environment(layout).ensure_python()
    python.unlink()
    python.symlink_to("/nonexistent/python3")

    assert has_working_pip(Environment(layout).ensure_python())


def test_environment_that_was_moved_along_with_its_checkout_is_made_anew(
    layout: Layout, environment: Environment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("provision.environment.supply_pip", lambda _: None)
    (layout.venv / "marker").touch()
    moved = Layout(root=tmp_path / "elsewhere", store=layout.store)
    moved.root.mkdir()
    layout.venv.rename(moved.venv)

    Environment(moved).ensure_python()

    assert not (moved.venv / "marker").exists()
    assert starts(Environment(moved))


def test_working_environment_is_left_alone(layout: Layout, environment: Environment) -> None:
    marker = layout.venv / "marker"
    marker.touch()

    environment.ensure_python()

    assert marker.exists()


def test_installation_happens_once_until_its_file_changes(
    environment: Environment, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    monkeypatch.setattr("provision.installer.Installer.install", lambda *_, **__: installed.append("again"))
    environment.provide("service", requirements)
    environment.provide("service", requirements)
    assert len(installed) == 1

    requirements.write_text("# something else\n")
    environment.provide("service", requirements)

    assert len(installed) == 2


def test_failed_installation_is_tried_again_the_next_time(
    environment: Environment, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ProvisionError("index unreachable")

    monkeypatch.setattr("provision.installer.Installer.install", fail)
    with pytest.raises(ProvisionError, match="unreachable"):
        environment.provide("service", requirements)
    installed: list[str] = []
    monkeypatch.setattr("provision.installer.Installer.install", lambda *_, **__: installed.append("again"))

    environment.provide("service", requirements)

    assert installed == ["again"]


def test_appended_folder_comes_after_the_environments_own_packages(environment: Environment, tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()

    environment.append_to_path("extra", extra)

    path = subprocess.run(
        [environment.python, "-c", "import sys; print(*sys.path, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert path[-1] == str(extra)


def test_named_interpreter_of_another_version_is_refused(layout: Layout, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)

    with pytest.raises(ProvisionError, match=r"not a Python 3\.11"):
        Environment(layout, python=python).ensure_python()


def test_find_python_passes_over_a_shim_that_leads_nowhere(tmp_path: Path) -> None:
    shim = tmp_path / "python3"
    shim.write_text("#!/bin/sh\necho 'version not installed' >&2\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "python3.11").symlink_to(sys.executable)
    script = Path(__file__).resolve().parents[1] / "find_python.sh"
    shell = shutil.which("sh")
    assert shell is not None

    found = subprocess.run([shell, script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == str(tmp_path / "python3.11")


def test_find_python_says_what_to_install_when_there_is_none(tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[1] / "find_python.sh"
    shell = shutil.which("sh")
    assert shell is not None

    done = subprocess.run([shell, script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Install one" in done.stderr
