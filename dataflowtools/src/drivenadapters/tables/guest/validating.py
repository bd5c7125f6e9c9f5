"""A validation: one source and a schema in, violations out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pydantic import ValidationError

from drivenadapters.tables.guest.engines.arrow_types import one_array
from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.reading import text_files
from drivenadapters.tables.guest.reading.inference import Marks
from drivenadapters.tables.guest.reading.notes import ReadingNotes
from drivenadapters.tables.guest.reading.sources import Table, format_of, read_table
from drivenadapters.tables.guest.validation.evaluating import breaking
from drivenadapters.tables.guest.validation.messages import message_of
from drivenadapters.tables.guest.validation.residue import broken_rows
from drivenadapters.tables.guest.validation.views import View
from drivenadapters.tables.guest.validation.violations import Violations
from drivenadapters.tables.guest.writing.files import Writing, write_file
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace
from logics.tables.kinds import Kind
from logics.tables.sources import Source
from logics.tables.validation.checks import Checks, ExpressionCheck, ForeignKeyCheck
from logics.tables.validation.json_schema import rules_of_json_schema
from logics.tables.validation.own import rules_of_checks
from logics.tables.validation.rules import Rule, RuleSet, SchemaFault
from logics.tables.validation.table_schema import rules_of_table_schema

_COMPILERS: dict[str, Callable[[Any], RuleSet]] = {
    "json_schema": rules_of_json_schema,
    "table_schema": rules_of_table_schema,
}
_TEXT = ("csv", "tsv")


class Validation:
    """One request to validate: ``schema`` with ``schema_type``, ``sources``, ``start`` and ``limit`` of the page."""

    def __init__(self, workspace: Workspace, request: dict[str, Any]) -> None:
        self._workspace = workspace
        self._request = request
        self._limits = Limits(**request["limits"])

    def run(self) -> dict[str, Any]:
        """Check the table.

        Raises:
            TaskFailed: the schema is wrong, or a source cannot be read.
        """
        try:
            rules = self._rules()
            table, views = self._views("source", rules)
            found = self._check(rules, views, table.frame.rows)
        except SchemaFault as fault:
            at = "schema" + (f".{fault.field}" if fault.field else "")
            raise TaskFailed(FailureKind.INVALID, fault.message, field=at) from fault
        if self._request["format"]:
            self._workspace.progress(0, 1, "writing violations")
            with self._workspace.sink() as sink:
                write_file(found.frame(), Writing(self._request["format"], neutralise=True), sink)
        return {
            "valid": found.total == 0,
            "rows": table.frame.rows,
            "total": found.total,
            "counts": found.counts(),
            "items": found.page(self._request["start"], self._request["limit"]),
            "read": {"source": table.notes.to_json()},
        }

    def _rules(self) -> RuleSet:
        kind, schema = self._request["schema_type"], self._request["schema"]
        if kind != "checks":
            return _COMPILERS[kind](schema)
        try:
            return rules_of_checks(Checks.model_validate(schema))
        except ValidationError as reason:
            first = reason.errors()[0]
            raise SchemaFault(first["msg"], ".".join(map(str, first["loc"]))) from reason

    def _check(self, rules: RuleSet, views: dict[str, View], rows: int) -> Violations:
        found = Violations(views)
        there = self._columns(rules, views, found)
        others = self._others()
        for place, rule in enumerate(rules.rules):
            self._workspace.progress(place, len(rules.rules), rule.name)
            if _applies(rule, there):
                found.add(rule, message_of(rule), breaking(rule, views, others))
            elif rule.name == "required" and rules.strict_json:
                found.add_rows("required", rule.column, message_of(rule), np.arange(rows))
        if rules.residue is not None:
            self._row_by_row(rules, views, rows, found)
        return found

    def _columns(self, rules: RuleSet, views: Mapping[str, View], found: Violations) -> set[str]:
        for name in dict.fromkeys(rules.required):
            if name not in views:
                found.add_rows("missing_column", name, f"there is no column {name!r}", [-1])
        if rules.closed:
            for name in views:
                if name not in rules.known:
                    found.add_rows("additional_column", name, f"the schema has no column {name!r}", [-1])
        return {*views}

    def _row_by_row(self, rules: RuleSet, views: Mapping[str, View], rows: int, found: Violations) -> None:
        wanted = rules.residue_columns
        chosen = views if wanted is None else {name: view for name, view in views.items() if name in wanted}
        broken: dict[tuple[str, str, str], list[int]] = {}
        for row, column, rule, message in broken_rows(rules.residue or {}, chosen, rows):
            broken.setdefault((rule, column, message), []).append(row)
        for (rule, column, message), places in broken.items():
            found.add_rows(rule, column, message, places)

    def _others(self) -> dict[str, dict[str, View]]:
        others = {}
        for name in self._request["sources"]:
            if name == "source":
                continue
            check = Checks.model_validate(self._request["schema"]).checks[int(name.split(".")[2])]
            if isinstance(check, ForeignKeyCheck):
                kinds: dict[str, tuple[Kind, str | None]] = dict.fromkeys(check.other_columns, (Kind.TEXT, None))
                plain = RuleSet(kinds=kinds)
                others[check.check + ", ".join(check.columns)] = self._views(name, plain)[1]
        return others

    def _views(self, name: str, rules: RuleSet) -> tuple[Table, dict[str, View]]:
        source = Source.model_validate(self._request["sources"][name])
        if source.null_values is None and rules.null_values is not None:
            source = source.model_copy(update={"null_values": rules.null_values})
        if source.file_id is None:
            table = read_table(None, "", source, self._limits, strict=rules.strict_json)
            return table, _make_views(table, rules, source, lexical=False)
        kind = format_of(self._request["kinds"][name], source)
        with self._workspace.source(name) as file:
            if kind in _TEXT:
                source = _as_text(file, source, rules, tabs=kind == "tsv")
            table = read_table(file, self._request["kinds"][name], source, self._limits, strict=rules.strict_json)
        return table, _make_views(table, rules, source, lexical=kind in _TEXT)


def _applies(rule: Rule, there: set[str]) -> bool:
    if isinstance(rule.check, ExpressionCheck):
        return True
    names = getattr(rule.check, "columns", (rule.column,))
    return all(name in there for name in names)


def _as_text(file: Any, source: Source, rules: RuleSet, *, tabs: bool) -> Source:
    """Read as text what is judged as text: all of it, or the columns that have to be of a kind."""
    if rules.strict_json:
        return source.model_copy(update={"detect_types": False, "types": {}})
    names = text_files.open_text(file, source.model_copy(update={"types": {}}), ReadingNotes(), tabs=tabs).names
    file.seek(0)
    types = {name: Kind.TEXT for name in rules.kinds if name in names}
    return source.model_copy(update={"types": {**source.types, **types}})


def _make_views(table: Table, rules: RuleSet, source: Source, *, lexical: bool) -> dict[str, View]:
    marks = None
    if source.decimal is not None or source.thousands is not None:
        marks = Marks(source.decimal or ".", source.thousands)
    frame = table.frame
    return {
        name: View(
            name,
            kind,
            one_array(frame.table.column(name)),
            lexical and kind == Kind.TEXT,
            rules.kinds.get(name),
            marks,
        )
        for name, kind in frame.schema.items()
    }
