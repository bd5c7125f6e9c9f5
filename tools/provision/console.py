"""Progress for people and child processes for the setup."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# These would send an installation elsewhere than asked; the rest of the user's pip settings stays in force.
_DIVERTING_SETTINGS = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PYTHONHOME", "PYTHONPATH")


class ProvisionError(Exception):
    """The setup cannot go on; the message says what to do."""


def say(message: str) -> None:
    """Show progress on standard error; standard output is left to results."""
    print(f"setup: {message}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a command, its output shown as progress.

    Raises ProvisionError when it fails or does not exist.
    """
    code = _call(command, env=env, cwd=cwd)
    if code != 0:
        raise ProvisionError(f"`{_short(command)}` failed with exit code {code}; its messages stand above")


def succeeds(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> bool:
    """Tell whether a command exits with 0; its output is dropped."""
    return _call(command, env=env, quiet=True) == 0


def output(command: Sequence[str | Path]) -> str:
    """Return a command's standard output without the last line break.

    Raises ProvisionError when it fails or does not exist.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=child_environment(),
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ProvisionError(f"`{_short(command)}` failed: {error}") from error
    return done.stdout.rstrip("\n")


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of child processes: the user's, less what would divert an installation."""
    environment = {name: value for name, value in os.environ.items() if name not in _DIVERTING_SETTINGS}
    environment |= {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return environment | dict(extra or {})


def _call(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    quiet: bool = False,
) -> int:
    sink = subprocess.DEVNULL if quiet else sys.stderr
    try:
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=child_environment(env),
            cwd=cwd,
            check=False,
        ).returncode
    except OSError:
        return 127


def _short(command: Sequence[str | Path]) -> str:
    words = [Path(command[0]).name, *map(str, command[1:])]
    text = " ".join(words)
    return text if len(text) <= 120 else text[:117] + "..."
