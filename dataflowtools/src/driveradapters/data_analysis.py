"""/api/data_analysis: analyse, transform and validate tables."""

from __future__ import annotations

from servicekit import ApiHandler, Example, Route
from servicekit.schemas import Success

from driveradapters.table_models import AnalyzeResult, TransformResult, ValidateResult
from errors import (
    Busy,
    Forbidden,
    InvalidInput,
    NotFound,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)
from logics.tables.analysis import AnalyzeRequest
from logics.tables.analyze import AnalyzeTable
from logics.tables.requests import TransformRequest
from logics.tables.transform import TransformTable
from logics.tables.validate import ValidateTable
from logics.tables.validation.requests import ValidateRequest

_TAG = "data analysis"
_ERRORS = (InvalidInput, NotFound, TooLarge, UnsupportedMedia, Unprocessable, Busy, Unavailable)


class AnalyzeHandler(ApiHandler):
    """Analyses a table, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, analyze_table: AnalyzeTable) -> None:
        """Take the use case."""
        self._analyze = analyze_table

    async def post(self) -> None:
        """Run the operations of the request."""
        self.reply(await self._analyze(self.read_json(AnalyzeRequest)))


class TransformHandler(ApiHandler):
    """Transforms a table, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, transform_table: TransformTable) -> None:
        """Take the use case."""
        self._transform = transform_table

    async def post(self) -> None:
        """Run the steps of the request."""
        self.reply(await self._transform(self.read_json(TransformRequest)))


class ValidateHandler(ApiHandler):
    """Checks a table, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, validate_table: ValidateTable) -> None:
        """Take the use case."""
        self._validate = validate_table

    async def post(self) -> None:
        """Check the table of the request."""
        self.reply(await self._validate(self.read_json(ValidateRequest)))


_READ_INLINE = {"format": "inline", "rows": 2, "columns": 2, "conversions": [], "bad_rows": {"total": 0, "shown": []}}

_VALIDATE = Example(
    name="range",
    summary="A price below zero",
    request={
        "source": {"data": [{"id": 1, "price": 2.5}, {"id": 2, "price": -3}]},
        "schema": {"checks": [{"check": "range", "column": "price", "min": 0}]},
    },
    response={
        "status": "success",
        "result": {
            "valid": False,
            "rows": 2,
            "total": 1,
            "counts": [{"rule": "range", "column": "price", "count": 1}],
            "items": [{"row": 2, "column": "price", "rule": "range", "value": -3.0, "message": "below 0"}],
            "next_cursor": None,
            "read": {"source": _READ_INLINE},
        },
    },
)

_ANALYZE = Example(
    name="missing values",
    summary="What is missing where",
    request={
        "source": {"data": [{"city": "Bonn", "price": 2.5}, {"city": None, "price": 3}]},
        "operations": ["missing"],
    },
    response={
        "status": "success",
        "result": {
            "rows": 2,
            "columns": [
                {"name": "city", "kind": "text", "role": "text"},
                {"name": "price", "kind": "number", "role": "number"},
            ],
            "results": {
                "missing": {
                    "columns": [
                        {"column": "city", "missing": 1, "share": 0.5},
                        {"column": "price", "missing": 0, "share": 0.0},
                    ],
                    "cells": 4,
                    "missing_cells": 1,
                    "complete_rows": 1,
                    "incomplete_rows": 1,
                    "patterns": [{"columns": ["city"], "rows": 1}],
                }
            },
            "charts": [],
            "warnings": [],
            "read": {"source": _READ_INLINE},
        },
    },
)

_TRANSFORM = Example(
    name="filter and group",
    summary="Revenue by city",
    request={
        "source": {
            "data": {
                "columns": ["city", "price", "quantity"],
                "rows": [["Bonn", 2.5, 4], ["Ulm", 3, 1], ["Bonn", 1, 2]],
            }
        },
        "steps": [
            {"op": "derive", "columns": {"revenue": "price * quantity"}},
            {
                "op": "group_by",
                "by": ["city"],
                "aggregates": [{"column": "revenue", "function": "sum", "as": "revenue"}],
            },
        ],
    },
    response={
        "status": "success",
        "result": {
            "rows": 2,
            "schema": [{"name": "city", "kind": "text"}, {"name": "revenue", "kind": "number"}],
            "preview": [{"city": "Bonn", "revenue": 12.0}, {"city": "Ulm", "revenue": 3.0}],
            "lineage": [
                {"step": 1, "op": "derive", "rows_in": 3, "rows_out": 3, "ms": 0.3},
                {"step": 2, "op": "group_by", "rows_in": 3, "rows_out": 2, "ms": 0.9},
            ],
            "engine": "pandas",
            "read": {
                "source": {
                    "format": "inline",
                    "rows": 3,
                    "columns": 3,
                    "conversions": [],
                    "bad_rows": {"total": 0, "shown": []},
                }
            },
        },
    },
)

ROUTES = (
    Route(
        "POST",
        "/api/data_analysis/analyze",
        AnalyzeHandler,
        summary="Statistics, charts and a report of a table",
        description=(
            "What is computed of a column goes by what it is: number, category, text, date, boolean, id. "
            "`profile` saves a report as an HTML file that needs nothing else."
        ),
        tag=_TAG,
        request=AnalyzeRequest,
        response=Success[AnalyzeResult],
        errors=_ERRORS,
        needs=("analyze_table",),
        examples=(_ANALYZE,),
    ),
    Route(
        "POST",
        "/api/data_analysis/transform",
        TransformHandler,
        summary="Transform a table by steps",
        description=(
            "All steps are checked before the first one runs; an error names the step, the column and, for values, "
            "the row. Expressions are a small language of their own, described in the README."
        ),
        tag=_TAG,
        request=TransformRequest,
        response=Success[TransformResult],
        errors=(*_ERRORS, Forbidden),
        needs=("transform_table",),
        examples=(_TRANSFORM,),
    ),
    Route(
        "POST",
        "/api/data_analysis/validate",
        ValidateHandler,
        summary="Find out what is wrong with a table",
        description=(
            "`schema` holds our checks, a Table Schema or a JSON Schema that every row satisfies. The violations come "
            "by page, ordered by row; all of them are saved as a file on request."
        ),
        tag=_TAG,
        request=ValidateRequest,
        response=Success[ValidateResult],
        errors=_ERRORS,
        needs=("validate_table",),
        examples=(_VALIDATE,),
    ),
)
