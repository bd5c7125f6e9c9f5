"""Conversions and templates that leave a trace of what was asked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from errors import FileDamaged, NotImplementedHere, Unprocessable
from logics.conversions import ConversionOptions, Engine, Step, StepResult
from logics.documents import Extraction, Format, Reading, Target
from logics.templates import Filling, TemplateFacts


class FakeConverter:
    """Satisfies the port ``Converter``: a result is the source with the steps written behind it."""

    def __init__(self, missing: Mapping[str, str] | None = None) -> None:
        self.steps: list[Step] = []
        self.passwords: list[str] = []
        self._missing = dict(missing or {})

    async def engines(self) -> tuple[Engine, ...]:
        """See the port."""
        names = ("libreoffice", "pandoc", "weasyprint", "tables", "found_tables", "extract", "plain", "rows")
        return tuple(Engine(name, "1", self._missing.get(name, "")) for name in names)

    async def convert(self, step: Step, source: int, sink: int, options: ConversionOptions) -> StepResult:
        """See the port."""
        if step.engine in self._missing:
            raise NotImplementedHere(self._missing[step.engine])
        content = os.pread(source, os.fstat(source).st_size, 0)
        if content == b"damaged":
            raise FileDamaged("it is damaged")
        self.steps.append(step)
        self.passwords.append(options.password)
        os.pwrite(sink, content + f" {step.engine}:{step.target}".encode(), 0)
        several = options.choices.get("sheet") == "all" and step.target == "csv"
        return StepResult((f"by {step.engine}",), "zip" if several else "")


class FakeDescriptors:
    """Satisfies the port ``Descriptors``."""

    async def copy(self, source: int, target: int) -> None:
        """See the port."""
        os.pwrite(target, os.pread(source, os.fstat(source).st_size, 0), 0)

    async def fill(self, target: int, content: bytes) -> None:
        """See the port."""
        os.pwrite(target, content, 0)


class FakeFormats:
    """Satisfies the port ``DocumentReader``; reads nothing."""

    def __init__(self, targets: Mapping[str, tuple[tuple[str, str], ...]]) -> None:
        self._formats = tuple(
            Format(kind, kind.upper(), (), (kind,), (), tuple(Target(target, engine) for target, engine in known))
            for kind, known in targets.items()
        )

    async def formats(self) -> tuple[Format, ...]:
        """See the port."""
        return self._formats

    async def read(self, source: int, answer: int, images: int, reading: Reading) -> Extraction:
        """See the port."""
        raise NotImplementedError


class FakeTemplates:
    """Satisfies the port ``TemplateEngine``: a result is the template and the data as JSON."""

    def __init__(self) -> None:
        self.fillings: list[Filling] = []

    async def generate(self, source: int, sink: int, filling: Filling) -> tuple[str, ...]:
        """See the port."""
        self.fillings.append(filling)
        template = os.pread(source, os.fstat(source).st_size, 0)
        if template == b"{{":
            raise Unprocessable("the template fails")
        os.pwrite(sink, template + json.dumps(filling.data, sort_keys=True).encode(), 0)
        return ("filled",)

    async def inspect(self, source: int, kind: str, password: str) -> TemplateFacts:
        """See the port."""
        mistake = {"kind": "syntax", "message": "m", "place": kind, "line": 1, "text": "{{"}
        template = os.pread(source, os.fstat(source).st_size, 0)
        return TemplateFacts(({"path": "a.b", "kind": "value"},), (mistake,) if template == b"{{" else ())
