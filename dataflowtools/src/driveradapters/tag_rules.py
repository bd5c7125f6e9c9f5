"""POST /api/tag/extract: tags for a text from rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from servicekit import ApiHandler, ApiModel, Example, ResponseModel, Route

from errors import InvalidInput, TooLarge
from logics.tag_rules import ExtractTags, TagRule

_Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class RuleModel(ApiModel):
    """When a text gets a tag."""

    tag: str = Field(min_length=1, max_length=64)
    keywords: list[_Word] = Field([], max_length=200)
    patterns: list[_Pattern] = Field([], max_length=20, description="Regular expressions in RE2's syntax.")
    match_case: bool = False
    whole_words: bool = Field(True, description="Whether a keyword inside a longer word does not count.")
    least: int = Field(1, ge=1, le=10_000, description="How often it has to be found.")


class ExtractTagsRequest(ApiModel):
    """A text, and the rules."""

    text: str = Field(description="At most MAX_TAG_TEXT_KB.")
    rules: list[RuleModel] | None = Field(
        None, min_length=1, max_length=200, description="Without rules, the names of the known tags are looked for."
    )
    most_matches: int = Field(10, ge=0, le=1000, description="Places shown of each tag.")


class MatchModel(ResponseModel):
    """A place in the text (NFC), in characters from 0."""

    start: int
    end: int
    text: str
    by: str = Field(description="The keyword or pattern that found it.")


class ExtractedTagModel(ResponseModel):
    """A tag that the text gets."""

    tag: str
    count: int
    matches: list[MatchModel]


class ExtractTagsResponse(ResponseModel):
    """The tags of the text, the most frequent first."""

    status: str
    result: list[ExtractedTagModel]
    tags: list[str] = Field(description="Their names alone.")


class ExtractTagsHandler(ApiHandler):
    """Finds tags for texts."""

    def initialize(self, extract_tags: ExtractTags, max_tag_text_kb: int) -> None:
        """Take the use case and the largest text."""
        self._extract = extract_tags
        self._most_kb = max_tag_text_kb

    async def post(self) -> None:
        """Find the tags of the text."""
        request = self.read_json(ExtractTagsRequest)
        if len(request.text.encode("utf-8", "replace")) > self._most_kb << 10:
            raise TooLarge(f"text is longer than {self._most_kb} KiB (MAX_TAG_TEXT_KB)")
        rules = None if request.rules is None else [_rule(number, rule) for number, rule in enumerate(request.rules)]
        found = await self._extract(request.text, rules, request.most_matches)
        result = [
            ExtractedTagModel(tag=item.tag, count=item.count, matches=[MatchModel(**vars(hit)) for hit in item.hits])
            for item in found
        ]
        self.reply(result, tags=[item.tag for item in found])


def _rule(number: int, model: RuleModel) -> TagRule:
    if not model.keywords and not model.patterns:
        raise InvalidInput(f"rules.{number}: keywords or patterns are needed")
    return TagRule(**vars(model))


ROUTES = (
    Route(
        "POST",
        "/api/tag/extract",
        ExtractTagsHandler,
        summary="Tags for a text, from rules",
        description="Keywords and regular expressions, in time linear in the text.",
        tag="tag",
        request=ExtractTagsRequest,
        response=ExtractTagsResponse,
        errors=(InvalidInput, TooLarge),
        needs=("extract_tags", "max_tag_text_kb"),
        examples=(
            Example(
                "two rules",
                request={
                    "text": "Invoice 4711, due 2026-02-01",
                    "rules": [
                        {"tag": "invoice", "keywords": ["invoice", "bill"]},
                        {"tag": "dated", "patterns": ["\\d{4}-\\d{2}-\\d{2}"]},
                    ],
                    "most_matches": 1,
                },
                response={
                    "status": "success",
                    "result": [
                        {
                            "tag": "dated",
                            "count": 1,
                            "matches": [{"start": 18, "end": 28, "text": "2026-02-01", "by": "\\d{4}-\\d{2}-\\d{2}"}],
                        },
                        {
                            "tag": "invoice",
                            "count": 1,
                            "matches": [{"start": 0, "end": 7, "text": "Invoice", "by": "invoice"}],
                        },
                    ],
                    "tags": ["dated", "invoice"],
                },
            ),
        ),
    ),
)
