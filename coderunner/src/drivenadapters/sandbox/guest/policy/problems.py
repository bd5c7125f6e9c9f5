"""What the policy answers when it refuses source code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused construct.

    ``line`` counts from 1 and ``column`` from 1, as editors show them; 0 means that the
    position is unknown. ``hint`` says how to write it instead and may be empty.
    """

    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"line {self.line}, column {self.column}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class PolicyViolation(Exception):
    """The source is not accepted; ``problems`` holds at least one reason, in source order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems
