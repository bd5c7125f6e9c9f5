"""Custom steps: a caller's code on a real coderunner, with the table as ``df``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servicekit.testing.process import ServiceProcess

from harness.table_service import TableService, table_service

_CODERUNNER = Path(__file__).resolve().parents[4] / "coderunner" / "src" / "main.py"
_DATA = {
    "columns": ["city", "price", "day", "ok", "n"],
    "rows": [
        ["Ulm", 2.5, "2024-01-31", True, 1],
        ["北京", None, "2023-12-01", None, None],
        [None, 4.0, None, False, 2**53 + 1],
    ],
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableService]:
    """The routes on tables, with a coderunner process of their own."""
    runner = ServiceProcess(tmp_path_factory.mktemp("coderunner"), main=_CODERUNNER, MAX_EXECUTION_TIME="20")
    try:
        with table_service(tmp_path_factory.mktemp("files"), coderunner_url=runner.url) as running:
            yield running
    finally:
        runner.end()


def custom(service: TableService, code: str, *after: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return service.ask("transform", source={"data": _DATA}, steps=[{"op": "custom", "code": code, **fields}, *after])


def test_a_table_goes_to_the_code_and_comes_back_as_it_was(service: TableService) -> None:
    plain = service.ask("transform", source={"data": _DATA}, steps=[])
    there = custom(service, "print(len(df), list(df.columns), df['n'].dtype)")
    assert there["preview"] == plain["preview"]
    assert there["schema"] == plain["schema"]
    (step,) = there["lineage"]
    assert (step["op"], step["rows_in"], step["rows_out"]) == ("custom", 3, 3)
    assert step["stdout"] == "3 ['city', 'price', 'day', 'ok', 'n'] Int64\n"


def test_the_code_changes_df_or_gives_another_frame_and_steps_go_on_with_it(service: TableService) -> None:
    code = "df['double'] = df['price'] * factor\nresult = df[df['ok'].fillna(False)]"
    made = custom(service, code, {"op": "derive", "columns": {"more": "double + 1"}}, inputs={"factor": 2})
    assert made["rows"] == 1
    assert made["preview"][0]["more"] == 6.0
    assert [step["rows_in"] for step in made["lineage"]] == [3, 1]


def test_an_index_with_a_name_becomes_a_column(service: TableService) -> None:
    made = custom(service, "df = df.groupby('ok')[['price']].sum()")
    assert made["preview"] == [{"ok": False, "price": 4.0}, {"ok": True, "price": 2.5}]


def test_a_fault_of_the_code_names_its_own_line(service: TableService) -> None:
    source, steps = {"data": _DATA}, [{"op": "custom", "code": "x = 1\ny = x / 0"}]
    status, _, message = service.refused("transform", source=source, steps=steps)
    assert status == 422
    assert "in line 2" in message
    assert "ZeroDivisionError" in message


def test_what_is_no_table_is_an_error_that_says_so(service: TableService) -> None:
    steps = [{"op": "custom", "code": "result = 5"}]
    status, _, message = service.refused("transform", source={"data": _DATA}, steps=steps)
    assert status == 422
    assert "not a DataFrame" in message


def test_limits_and_environments_are_coderunners_own(service: TableService) -> None:
    steps = [{"op": "custom", "code": "pass", "timeout": 10_000}]
    status, _, message = service.refused("transform", source={"data": _DATA}, steps=steps)
    assert status == 400
    assert "MAX_EXECUTION_TIME" in message
    steps = [{"op": "custom", "code": "while True: pass", "timeout": 1}]
    status, _, message = service.refused("transform", source={"data": _DATA}, steps=steps)
    assert status == 422
    assert "timeout" in message


def test_steps_after_custom_code_are_checked_for_syntax_before_it_runs(service: TableService) -> None:
    steps = [{"op": "custom", "code": "raise SystemError"}, {"op": "filter", "where": "a >"}]
    status, field, message = service.refused("transform", source={"data": _DATA}, steps=steps)
    assert (status, field) == (400, "steps.1.where")
    assert "ends too early" in message


def test_without_coderunner_it_is_a_503_that_names_the_setting(tmp_path: Path) -> None:
    with table_service(tmp_path, coderunner_url="http://127.0.0.1:9") as alone:
        steps = [{"op": "custom", "code": "pass"}]
        status, _, message = alone.refused("transform", source={"data": _DATA}, steps=steps)
    assert status == 503
    assert "CODERUNNER_URL" in message
