"""RE2: regular expressions in linear time."""

from __future__ import annotations

import asyncio
from itertools import islice

import re2

from errors import FieldProblem, InvalidInput
from logics.tag_rules import Hit, TagRule

_MOST_HITS = 10_000
_MEMORY = 8 << 20


class Re2PatternFinder:
    """Satisfies the port ``PatternFinder``."""

    async def find(self, text: str, rule: TagRule, number: int) -> list[Hit]:
        """See the port."""
        return await asyncio.to_thread(_find, text, rule, number)


def _find(text: str, rule: TagRule, number: int) -> list[Hit]:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.case_sensitive = rule.match_case
    options.log_errors = False
    hits = []
    for place, keyword in enumerate(rule.keywords):
        hits += _hits(text, re2.escape(keyword), keyword, options, f"rules.{number}.keywords.{place}")
    for place, pattern in enumerate(rule.patterns):
        hits += _hits(text, pattern, pattern, options, f"rules.{number}.patterns.{place}")
    return sorted(hits, key=lambda hit: (hit.start, hit.end))[:_MOST_HITS]


def _hits(text: str, pattern: str, by: str, options: re2.Options, field: str) -> list[Hit]:
    try:
        found = re2.compile(pattern, options).finditer(text)
        matches = [match for match in islice(found, _MOST_HITS) if match.end() > match.start()]
    except re2.error as reason:
        message = f"not a regular expression of RE2: {_text(reason)}"
        raise InvalidInput(f"{field}: {message}", details=[FieldProblem(field, message)]) from None
    return [Hit(match.start(), match.end(), match.group(), by) for match in matches]


def _text(reason: re2.error) -> str:
    cause = reason.args[0] if reason.args else ""
    return cause.decode("utf-8", "replace") if isinstance(cause, bytes) else str(cause)
