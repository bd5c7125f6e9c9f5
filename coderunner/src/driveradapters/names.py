"""Names that several resources take."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
