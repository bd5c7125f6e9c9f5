"""The runner of all checks: counts truthfully, and fails when anything failed."""

import sys
from pathlib import Path

import pytest

import run_checks
from run_checks import Check, Counts


def suite(folder: Path, source: str) -> Check:
    (folder / "test_sample.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    return Check("sample", folder, command, counted=True)


def test_outcomes_of_a_suite_are_counted(tmp_path: Path) -> None:
    source = (
        "import pytest\n"
        "def test_a(): pass\n"
        "def test_b(): pass\n"
        "def test_c(): assert False\n"
        "@pytest.mark.skip\ndef test_d(): pass\n"
        "@pytest.fixture\ndef broken(): raise ValueError\n"
        "def test_e(broken): pass\n"
    )

    result = run_checks.run_check(suite(tmp_path, source))

    assert result.counts == Counts(passed=2, failed=2, skipped=1)
    assert result.exit_code != 0


@pytest.mark.parametrize("source", ["", "import nonexistent_module\n"], ids=["no tests", "cannot be imported"])
def test_suite_that_ran_nothing_counts_as_failed(tmp_path: Path, source: str) -> None:
    result = run_checks.run_check(suite(tmp_path, source))

    assert result.exit_code != 0
    assert result.counts == Counts(failed=1)


def test_missing_tool_is_a_failure_not_a_crash(tmp_path: Path) -> None:
    assert run_checks.run_check(Check("lint", tmp_path, ("/nonexistent/tool",))).exit_code != 0


def test_later_checks_run_after_a_failure_and_the_total_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [
        Check("lint", tmp_path, (sys.executable, "-c", "raise SystemExit(1)")),
        suite(tmp_path, "def test_a(): pass\n"),
    ]
    monkeypatch.setattr(run_checks, "all_checks", lambda: checks)

    code = run_checks.main([])

    assert code == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"


def test_all_green_ends_with_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_checks, "all_checks", lambda: [suite(tmp_path, "def test_a(): pass\n")])

    assert run_checks.main([]) == 0


def test_unknown_name_selects_nothing_and_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_checks.main(["nonsense"]) == 2
    assert "test: coderunner unit" in capsys.readouterr().out
