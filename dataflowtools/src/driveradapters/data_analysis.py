"""/api/data_analysis: analyse, transform and validate tables."""

from __future__ import annotations

from servicekit import ApiHandler, Example, Route
from servicekit.schemas import Success

from driveradapters.table_models import TransformResult
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
from logics.tables.requests import TransformRequest
from logics.tables.transform import TransformTable

_TAG = "data analysis"
_ERRORS = (InvalidInput, NotFound, TooLarge, UnsupportedMedia, Unprocessable, Busy, Unavailable)


class TransformHandler(ApiHandler):
    """Transforms a table, for as long as somebody waits for the answer."""

    cancel_on_disconnect = True

    def initialize(self, transform_table: TransformTable) -> None:
        """Take the use case."""
        self._transform = transform_table

    async def post(self) -> None:
        """Run the steps of the request."""
        self.reply(await self._transform(self.read_json(TransformRequest)))


_TRANSFORM = Example(
    name="filter and group",
    summary="Revenue by city",
    request={
        "source": {
            "data": {"columns": ["city", "price", "quantity"], "rows": [["Bonn", 2.5, 4], ["Ulm", 3, 1], ["Bonn", 1, 2]]}
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
)
