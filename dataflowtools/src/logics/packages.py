"""Packages for code in ``custom`` steps, which another service keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PassedOn:
    """The other service's answer as it came."""

    status: int
    body: Mapping[str, Any]
    retry_after: str = ""
