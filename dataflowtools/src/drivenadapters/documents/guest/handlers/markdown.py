"""Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from markdown_it import MarkdownIt
from yaml.events import AliasEvent

from drivenadapters.documents.guest import conversions, html_flow
from drivenadapters.documents.guest.answer import Answer
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import decode, looks_like_text
from drivenadapters.documents.guest.flow import Block, FlowWriter, Paragraph
from drivenadapters.documents.guest.sample import Sample

_NAMED = 0.2
_MARKED = 0.15
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LONGEST_FRONT = 64 << 10
_SIGNS = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
    re.compile(r"\[[^\[\]\n]{1,500}\]\([^()\s]{1,500}\)"),
    re.compile(r"^\|.*\|\s*\n\|[ :|-]+\|\s*$", re.MULTILINE),
    re.compile(r"\*\*[^*\n]+\*\*"),
)
_SIGNS_NEEDED = 2


class MarkdownHandler(Handler):
    """Gives the source as it is, and as text without its marks."""

    declaration = Declaration(
        kind="md",
        title="Markdown",
        media_types=("text/markdown",),
        endings=("md", "markdown", "mdown", "mkd"),
        extracts=frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA}),
        conversions=conversions.MARKDOWN,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Take what is named so, and text with several of Markdown's signs."""
        if not sample.size or not looks_like_text(sample.head):
            return NOT_MINE
        if sample.ending in self.declaration.endings:
            return Finding(_NAMED)
        text = decode(sample.head).text
        return Finding(_MARKED) if sum(bool(sign.search(text)) for sign in _SIGNS) >= _SIGNS_NEEDED else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return the front matter, the title and the headings."""
        decoded = decode(document.text_bytes())
        front, body = _split(decoded.text)
        return {**_facts(front, _rendered(body)), "encoding": decoded.encoding}

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Read the document."""
        decoded = decode(document.text_bytes())
        if decoded.lossy:
            answer.warn(f"some bytes are not {decoded.encoding} and were replaced")
        front, body = _split(decoded.text)
        read = _rendered(body)
        if What.MARKDOWN in wanted:
            answer.markdown(decoded.text)
        others = Wanted(wanted.what - {What.MARKDOWN})
        FlowWriter(answer, others).write(read)
        if What.METADATA in wanted:
            answer.metadata({**_facts(front, read), "encoding": decoded.encoding})


def _rendered(body: str) -> list[Block]:
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(body)
    root = html_flow.parse(f'<meta charset="utf-8">{page}'.encode("utf-8", "replace"))
    return [] if root is None else list(html_flow.blocks(root))


def _split(text: str) -> tuple[str, str]:
    match = _FRONT.match(text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _facts(front: str, read: list[Block]) -> dict[str, Any]:
    headings = list(_headings(read))
    facts = _front_matter(front)
    if headings and "title" not in facts:
        facts["title"] = headings[0]["text"]
    return {**facts, "headings": headings[:200]}


def _headings(read: list[Block]) -> Iterator[dict[str, Any]]:
    for block in read:
        if isinstance(block, Paragraph) and block.heading:
            yield {"level": block.heading, "text": block.text}


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases, by which a short text can stand for an endless one."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        if self.check_event(AliasEvent):
            raise yaml.YAMLError("aliases are not taken")
        return super().compose_node(parent, index)


def _front_matter(front: str) -> dict[str, Any]:
    if not front or len(front) > _LONGEST_FRONT:
        return {}
    try:
        found = yaml.load(front, _PlainLoader)  # noqa: S506 - a safe loader, and less than that
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(name): _jsonable(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _jsonable(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_jsonable(item) for item in value]
    if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
        return str(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


HANDLERS = (MarkdownHandler(),)
