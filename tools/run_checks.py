"""Runs the checks of every project of this repository, goes on after a failure, and sums up at the end."""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from provision.layout import SERVICES, STORE_VARIABLE, Layout

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = ("tools", "deps/servicekit", "deps/sandboxkit", *SERVICES)
SUITES = ("unit", "contract", "integration", "security", "e2e")


@dataclass(frozen=True)
class Check:
    """One command in one folder; a test suite if `counted`."""

    name: str
    folder: Path
    command: tuple[str, ...]
    counted: bool = False


@dataclass
class Counts:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Result:
    """What came of one check."""

    check: Check
    exit_code: int
    seconds: float
    counts: Counts = field(default_factory=Counts)

    def line(self) -> str:
        """Return the check's line of the summary."""
        verdict = "ok    " if self.exit_code == 0 else "FAILED"
        counts = f"  {self.counts}" if self.check.counted else ""
        return f"{verdict} {self.seconds:6.1f} s  {self.check.name}{counts}"


def main(arguments: Sequence[str]) -> int:
    """Run the checks whose name starts with one of the arguments, all without arguments; 1 if any failed."""
    selected = [check for check in all_checks() if not arguments or check.name.startswith(tuple(arguments))]
    if not selected:
        print(f"no check is named like {', '.join(arguments)}; there are:")
        print("\n".join(f"  {check.name}" for check in all_checks()))
        return 2
    results = [run_check(check) for check in selected]
    print("\n== summary ==")
    for result in results:
        print(result.line())
    if any(result.check.counted for result in results):
        print(sum((result.counts for result in results), start=Counts()))
    return int(any(result.exit_code != 0 for result in results))


def all_checks() -> list[Check]:
    """Return the checks in the order they run: the quick ones first."""
    return [*_lint_checks(), *_test_checks()]


def run_check(check: Check) -> Result:
    """Run one check with its output shown; tests are counted from pytest's own report."""
    print(f"\n== {check.name} ==", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="checks-") as folder:
        report = Path(folder, "junit.xml")
        command = [*check.command, *([f"--junitxml={report}"] if check.counted else [])]
        exit_code = _run(command, check.folder)
        counts = read_counts(report) if check.counted else Counts()
    if check.counted and exit_code != 0 and counts.failed == 0:
        # Nothing collected, a crash, an interruption: no test says so itself.
        counts.failed = 1
    return Result(check, exit_code, time.monotonic() - started, counts)


def read_counts(report: Path) -> Counts:
    """Read pytest's JUnit report; a missing one counts nothing."""
    if not report.exists():
        return Counts()
    counts = Counts()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314
        total, errors, failures, skipped = (
            int(suite.get(name, 0)) for name in ("tests", "errors", "failures", "skipped")
        )
        counts += Counts(total - errors - failures - skipped, errors + failures, skipped)
    return counts


def _run(command: Sequence[str], folder: Path) -> int:
    environment = {**os.environ, STORE_VARIABLE: str(Layout.of_checkout().store)}
    try:
        return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, env=environment, check=False).returncode
    except OSError as error:
        print(error, flush=True)
        return 127


def _lint_checks() -> Iterator[Check]:
    yield Check("lint: ruff", ROOT, (_tool("ruff"), "check", "."))
    yield Check("lint: format", ROOT, (_tool("ruff"), "format", "--check", "."))
    yield Check(
        "lint: dockerfiles", ROOT, (_tool("hadolint"), *sorted(path.name for path in ROOT.glob("Dockerfile.*")))
    )
    yield Check("lint: shell", ROOT, (_tool("shellcheck"), *_shell_scripts()))
    for project in PROJECTS:
        yield Check(f"lint: types of {project}", ROOT / project, (_tool("mypy"),))
    # lint-imports finds the packages in the folder it runs in.
    layers = (_tool("lint-imports"), "--config", "../pyproject.toml", "--no-cache")
    for service in SERVICES:
        yield Check(f"lint: layers of {service}", ROOT / service / "src", layers)


def _test_checks() -> Iterator[Check]:
    pytest = (sys.executable, "-m", "pytest", "-q")
    for project in PROJECTS:
        if project not in SERVICES:
            yield Check(f"test: {project}", ROOT / project, pytest, counted=True)
    for service in SERVICES:
        for suite in SUITES:
            if any((ROOT / service / "tests" / suite).glob("**/test_*.py")):
                yield Check(f"test: {service} {suite}", ROOT / service, (*pytest, f"tests/{suite}"), counted=True)


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _shell_scripts() -> list[str]:
    return [
        ".ci/run",
        *(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.sh"), *ROOT.glob("tools/*.sh"))),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
