"""A small document and a small table in every format, made from one another."""

from __future__ import annotations

from harness.conversions import Making

Samples = dict[str, bytes]
MARKDOWN = """# Quarterly report

Some *text* with 中文 and Ünïcödé, and a [link](https://example.org/).

- one
- two

| Name | Code | Sum |
| --- | --- | --- |
| Anna | 007 | 12.5 |
| 王小明 | 12345678901234567890 | 3 |
"""
CSV = "name,code,day,amount\r\nAnna,007,2024-02-29,12.5\r\n王小明,12345678901234567890,1999-12-31,-3\r\n"


async def samples(made: Making) -> Samples:
    """Return a content for each kind that something here can write."""
    given: Samples = {"md": MARKDOWN.encode(), "csv": CSV.encode(), "txt": b"First line\nsecond\n\nNext one.\n"}
    missing = await made.matrix.missing()
    routes = await made.matrix.routes()
    for source in ("md", "csv"):
        for target in routes.from_kind(source, frozenset(missing)):
            if target not in given and (target in _TABLES) == (source == "csv"):
                given[target] = await made.converted(f"sample.{source}", given[source], target)
    return given


_TABLES = frozenset({"xlsx", "xls", "ods", "tsv", "json", "jsonl", "parquet"})
