"""Templates: what they are filled with, and what is known of them before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Filling:
    """What a template is filled with.

    Attributes:
        kind: of the template.
        data: names and values, ready for JSON; an object with ``image_base64`` or ``image_source`` is an image.
        images: descriptors of the images that ``image_source`` names.
        strict: whether a name that the data lack is an error.
        password: of the template.
    """

    kind: str
    data: Mapping[str, Any]
    images: Mapping[str, int] = field(default_factory=dict)
    strict: bool = False
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class TemplateFacts:
    """What a template expects, and what is wrong with it.

    Attributes:
        variables: ``path``, such as ``items[].price``, and ``kind``: value, list or object.
        mistakes: ``kind``, ``message``, ``place``, ``line`` and ``text`` of each.
    """

    variables: tuple[Mapping[str, str], ...]
    mistakes: tuple[Mapping[str, Any], ...]
