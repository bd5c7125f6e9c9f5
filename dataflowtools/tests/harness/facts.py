"""What the corpus says of its documents, held against what was read."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from servicekit.testing.corpus import corpus_path

# Statements that no reader can be held to: they tell how a file was made, or where more is to be found.
_ASIDE = re.compile(
    r"Word 95 format|text box present|also text boxes in header and footer|agile encryption"
    r"|ECMA-376 standard encryption"
    r"|plain twin = .*|groundtruth md upstream|expected rows = .*|POI: .*|Strict OOXML|has hidden text|track changes"
    r"|1904 epoch|40 paragraphs|creatorTool=.*|\(.*"
)


@dataclass(frozen=True)
class Case:
    """A document of the corpus."""

    path: str
    kind: str
    status: str
    password: str
    text: str
    facts: tuple[str, ...]

    @property
    def content(self) -> bytes:
        """The file."""
        return corpus_path("documents", *self.path.split("/")).read_bytes()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Found:
    """What was read of a document: the fields of the answer."""

    text: str
    markdown: str
    tables: list[dict[str, Any]]
    metadata: dict[str, Any]

    @property
    def everything(self) -> str:
        """All text, wherever it was found, with single blanks."""
        cells = [str(cell) for table in self.tables for row in table["rows"] for cell in row if cell is not None]
        return " ".join(" ".join([self.text, self.markdown, *cells]).split())


def cases() -> list[Case]:
    """Return the documents of the corpus; skip the test where there is none."""
    with corpus_path("documents", "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Case(
            row["path"],
            row["type"],
            row["status"],
            row["password"],
            row["expected_text"],
            _statements(row["expected_facts"]),
        )
        for row in rows
    ]


def unmet(case: Case, found: Found) -> list[str]:
    """Return what the corpus says of a document and the answer does not."""
    missing = [f"text {case.text!r}"] if case.text and " ".join(case.text.split()) not in found.everything else []
    return missing + [fact for fact in case.facts if not _ASIDE.fullmatch(fact) and not _holds(fact, found)]


def _statements(facts: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in facts.split(";") if part.strip())


def _holds(fact: str, found: Found) -> bool:
    for pattern, check in _CHECKS:
        match = re.fullmatch(pattern, fact)
        if match:
            return check(match, found)
    raise AssertionError(f"nothing here understands the fact {fact!r}")


def _all_in(words: list[str], text: str) -> bool:
    return all(word.strip() in text for word in words)


def _cell(found: Found, reference: str) -> Any:
    column, row = ord(reference[0]) - ord("A"), int(reference[1:]) - 1
    return found.tables[0]["rows"][row][column]


def _sheets(found: Found) -> list[str]:
    return [sheet["name"] for sheet in found.metadata["sheets"]]


def _size(match: re.Match[str], found: Found) -> bool:
    rows = found.tables[0]["rows"]
    header = 1 if match[2] or int(match[1]) == len(rows) - 1 else 0
    return len(rows) - header == int(match[1]) and all(len(row) == int(match[3]) for row in rows)


_CHECKS: tuple[tuple[str, Callable[[re.Match[str], Found], bool]], ...] = (
    (r"title=(.*)", lambda match, found: bool(found.metadata["title"] == match[1])),
    (r"(?:author|creator)=(.*)", lambda match, found: bool(found.metadata["author"] == match[1])),
    (r"(?:header|footer)=(.*)", lambda match, found: match[1] in found.text),
    (r"first=(.*)", lambda match, found: found.text.strip().startswith(match[1])),
    (r"last text=(.*)", lambda match, found: found.text.strip().endswith(match[1])),
    (r"contains (.*)", lambda match, found: match[1] in found.everything),
    (r"comments by (.*)", lambda match, found: "omment" in found.text),
    (r"1 footnote", lambda match, found: "[1]" in found.text or "ootnote" in found.text),
    (r"1 comment by (.*): (.*)", lambda match, found: _all_in([match[1], *match[2].split("/")], found.text)),
    (r"list labels (.*)", lambda match, found: _all_in(match[1].split(), found.text)),
    (r"md must contain (.*)", lambda match, found: _all_in(re.findall(r'"([^"]+)"', match[1]), found.markdown)),
    (r"sheets (.*)", lambda match, found: _sheets(found) == match[1].split(",")),
    (r"sheet (.*)", lambda match, found: match[1] in _sheets(found)),
    (r"first sheet=(.*)", lambda match, found: _sheets(found)[0] == match[1]),
    (r"([A-Z]\d+)=(.*)", lambda match, found: str(_cell(found, match[1])) == match[2]),
    (r"dates (.*)", lambda match, found: _all_in(match[1].split(","), found.everything)),
    (r"(\d+) page", lambda match, found: bool(found.metadata["pages"] == int(match[1]))),
    (r"table of US states .*", lambda match, found: _all_in(["Alabama", "Wyoming"], str(found.tables))),
    (r"portfolio with 2 embedded PDFs: (.*)", lambda match, found: _all_in(match[1].split(","), str(found.metadata))),
    (r"(\d+) (data )?rows,? (\d+) cols.*", _size),
)
