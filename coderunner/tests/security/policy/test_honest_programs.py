"""Honest programs under the whole language layer, audit hook included."""

from __future__ import annotations

from pathlib import Path

import pytest
from servicekit.testing.corpus import corpus

from harness.cases import read_cases
from security.policy.harness import WarmWorker

PROGRAMS = read_cases(Path(__file__).with_name("library_programs"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_libraries_work_as_outside(name: str, worker: WarmWorker, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    if not worker.has(*program.tags):
        pytest.skip(f"needs {', '.join(program.tags)} in the sandbox's packages")
    outcome = worker.run(program.code, str(tmp_path), traceback=True)
    assert (outcome.error, outcome.status) == ("", 0)


def test_every_collected_program_passes(worker: WarmWorker, tmp_path: Path) -> None:
    failed = {}
    for program in corpus("programs", "programs.jsonl"):
        if "pandas" in program["code"] and not worker.has("pandas"):
            pytest.skip("needs pandas in the sandbox's packages")
        outcome = worker.run(program["code"], str(tmp_path))
        if outcome.error or outcome.status:
            failed[program["id"]] = outcome.error
    assert failed == {}


def test_every_collected_workflow_node_compiles_and_defines_main(worker: WarmWorker, tmp_path: Path) -> None:
    failed = {}
    for node in corpus("programs", "workflow_nodes.jsonl"):
        outcome = worker.run(f"{node['code']}\nresult = callable(main)", str(tmp_path))
        absent = outcome.error.startswith(("ImportError", "ModuleNotFoundError")) and "install it with" in outcome.error
        if not absent and (outcome.error or outcome.result != "True"):
            failed[node["id"]] = outcome.error
    assert failed == {}


def test_standard_input_is_read_line_by_line(worker: WarmWorker) -> None:
    code = "name = input('Name? ')\nimport sys\nrest = sys.stdin.read()\nresult = (name, rest)"
    assert worker.run(code, stdin="Ada\nx\ny\n").told == "Name? ('Ada', 'x\\ny\\n')"


def test_the_end_of_standard_input_says_how_to_give_more(worker: WarmWorker) -> None:
    assert worker.run("input()").error == "EOFError: EOF when reading a line: pass the input as stdin"


def test_without_a_working_directory_there_are_no_files(worker: WarmWorker) -> None:
    outcome = worker.run("open('a.txt', 'w')")
    assert outcome.error == (
        "PermissionError: 'a.txt': this run has no working directory; use io.StringIO or io.BytesIO"
    )
