"""What callers ask of an analysis."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from logics.tables.models import ColumnName, TableModel
from logics.tables.requests import FileName
from logics.tables.sources import Source

AnalysisName = Literal[
    "summary", "missing", "correlation", "distribution", "outliers", "value_counts", "duplicates", "time_series",
    "profile",
]  # fmt: skip
CorrelationMethod = Literal["pearson", "spearman", "kendall"]
Period = Literal["minute", "hour", "day", "week", "month", "quarter", "year"]


class AnalyzeOptions(TableModel):
    """What to find out."""

    operations: tuple[AnalysisName, ...] = Field(("summary",), min_length=1, max_length=9)
    columns: tuple[ColumnName, ...] | None = Field(None, min_length=1, description="Only these; all by default.")
    charts: bool = Field(False, description="Whether to draw charts beside the numbers.")
    chart_format: Literal["png", "svg"] = "png"
    correlation_method: CorrelationMethod = Field("pearson", description="Between numbers.")
    outlier_method: Literal["iqr", "zscore", "mad"] = Field(
        "iqr", description="Tukey's fences at 1.5, 3 standard deviations, or 3.5 scaled median deviations."
    )
    bins: int | None = Field(None, ge=1, le=200, description="Of histograms; by the data by default.")
    top: int = Field(20, ge=1, le=1000, description="Values shown of `value_counts`, rows shown of others.")
    duplicate_columns: tuple[ColumnName, ...] | None = Field(
        None, min_length=1, description="What makes rows duplicates; all columns by default."
    )
    time_column: ColumnName | None = Field(None, description="Of `time_series`; the first date by default.")
    period: Period | None = Field(None, description="Of `time_series`; by the span by default.")
    report_name: FileName | None = Field(None, description="Name of the file that `profile` makes.")


class AnalyzeRequest(AnalyzeOptions):
    """A table and what to find out of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": {"data": [{"city": "Bonn", "price": 3.5}, {"city": "Ulm", "price": 2}]},
                    "operations": ["summary", "missing"],
                }
            ]
        }
    )
    source: Source
