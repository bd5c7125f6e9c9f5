"""Tags for a text, from rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from logics.ports import PatternFinder, TagRecords


@dataclass(frozen=True)
class Hit:
    """A place in the text, in characters; ``by`` is the keyword or the pattern that found it."""

    start: int
    end: int
    text: str
    by: str


@dataclass(frozen=True)
class TagRule:
    """When a text gets a tag: ``least`` times one of the keywords or patterns.

    Attributes:
        keywords: words or phrases.
        patterns: regular expressions in RE2's syntax.
        match_case: whether capitals matter.
        whole_words: whether a keyword inside a longer word does not count, in scripts that have spaces.
    """

    tag: str
    keywords: Sequence[str] = ()
    patterns: Sequence[str] = ()
    match_case: bool = False
    whole_words: bool = True
    least: int = 1


@dataclass(frozen=True)
class ExtractedTag:
    """A tag that the text gets, how often it was found, and the first places."""

    tag: str
    count: int
    hits: Sequence[Hit] = field(default_factory=tuple)


class ExtractTags:
    """Finds tags; in time linear in the text for every rule."""

    def __init__(self, finder: PatternFinder, tags: TagRecords) -> None:
        self._finder = finder
        self._tags = tags

    async def __call__(self, text: str, rules: Sequence[TagRule] | None, most_hits: int) -> list[ExtractedTag]:
        """Return the tags of a text, the most frequent first; without rules, the known tags are looked for.

        Raises:
            InvalidInput: a pattern is no regular expression, or is too large.
            Unavailable: the database does not answer.
        """
        if rules is None:
            rules = [TagRule(tag.name, keywords=(tag.name,)) for tag in await self._tags.all()]
        text = unicodedata.normalize("NFC", text)
        found = []
        for number, rule in enumerate(rules):
            hits = await self._finder.find(text, rule, number)
            kept = [hit for hit in hits if _counts(text, hit, rule)]
            if len(kept) >= max(1, rule.least):
                found.append(ExtractedTag(rule.tag, len(kept), tuple(kept[:most_hits])))
        return sorted(found, key=lambda item: (-item.count, item.tag))


def _counts(text: str, hit: Hit, rule: TagRule) -> bool:
    if not rule.whole_words or hit.by not in rule.keywords:
        return True
    before, after = text[hit.start - 1 : hit.start], text[hit.end : hit.end + 1]
    return not (_continues(before, hit.text[:1]) or _continues(hit.text[-1:], after))


def _continues(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word; ideographs and kana are words by themselves."""
    return _is_letter(left) and _is_letter(right)


def _is_letter(character: str) -> bool:
    if not character or not (character.isalnum() or character == "_"):
        return False
    return not unicodedata.name(character, "").startswith(_WITHOUT_SPACES)


_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
