"""What kind a file is, by its content; the name only decides between kinds that look alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO

from .base import Declaration, Finding, Handler
from .registry import Registry
from .sample import Sample

UNKNOWN = Declaration("unknown", "Unknown", ("application/octet-stream",), ())
_BY_NAME = 0.2  # what an ending that fits adds to certainty


@dataclass(frozen=True)
class Detected:
    """A file's kind and what is remarkable about it."""

    declaration: Declaration
    finding: Finding

    @property
    def kind(self) -> str:
        """The short name of the kind."""
        return self.declaration.kind


def detect(file: BinaryIO, name: str, registry: Registry) -> Detected:
    """Return the kind of a file; ``unknown`` for one that no handler recognises."""
    sample = Sample(file, name)
    found = [(handler, handler.recognise(sample)) for handler in registry]
    candidates = [(handler, finding) for handler, finding in found if finding.certainty > 0]
    if not candidates:
        return Detected(UNKNOWN, Finding(0.0, warnings=_name_warnings(UNKNOWN, sample, registry)))
    handler, finding = max(candidates, key=lambda pair: _rank(pair[0], pair[1], sample))
    warnings = (*finding.warnings, *_name_warnings(handler.declaration, sample, registry))
    return Detected(handler.declaration, replace(finding, warnings=warnings))


def _rank(handler: Handler, finding: Finding, sample: Sample) -> float:
    return finding.certainty + (_BY_NAME if sample.ending in handler.declaration.endings else 0)


def _name_warnings(declaration: Declaration, sample: Sample, registry: Registry) -> tuple[str, ...]:
    named = [known for known in registry.declarations() if sample.ending and sample.ending in known.endings]
    if not named or declaration in named:
        return ()
    return (f"the name ends in .{sample.ending}, but the content is {_in_words(declaration, sample)}",)


def _in_words(declaration: Declaration, sample: Sample) -> str:
    if sample.size == 0:
        return "empty"
    return "of no known kind" if declaration is UNKNOWN else declaration.title
