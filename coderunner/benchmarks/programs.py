"""The programs that are run, in every environment the same."""

from __future__ import annotations

import json
from dataclasses import dataclass

PRINT = "print(1)"
GROUPBY = """import pandas as pd

frame = pd.DataFrame({"team": ["red", "blue", "red", "blue", "green"] * 20, "points": range(100)})
print(frame.groupby("team")["points"].agg(["sum", "mean"]).to_dict())
"""


@dataclass(frozen=True)
class Program:
    """A program by name.

    Attributes:
        label: in the tables.
        code: the source.
        fresh: each request sends a text never seen before, so that no cache of compiled code can help.
    """

    label: str
    code: str
    fresh: bool = False


REPEATED = (Program("print(1)", PRINT), Program("pandas groupby", GROUPBY))
FRESH = (Program("print(1), new text", PRINT, fresh=True), Program("pandas groupby, new text", GROUPBY, fresh=True))


def body(code: str, number: int | None = None) -> bytes:
    """Return the request body that runs the code; a number makes the text differ from any other's."""
    text = code if number is None else f"{code.rstrip()}\n# {number}\n"
    return json.dumps({"code": text}).encode()
