"""The layers of confinement, and the report of which of them hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sandboxkit.errors import ConfinementUnavailable


class Layer(StrEnum):
    """One protection; each can be required, and each can be switched off alone."""

    NO_NEW_PRIVS = "no_new_privs"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    RLIMITS = "rlimits"
    CAPABILITIES = "capabilities"
    USER = "user"
    NAMESPACES = "namespaces"
    VIEW = "view"


ALL_LAYERS = frozenset(Layer)
KERNEL_LAYERS = frozenset({Layer.NO_NEW_PRIVS, Layer.LANDLOCK, Layer.SECCOMP, Layer.RLIMITS})


@dataclass(frozen=True)
class LayerState:
    """Whether a layer holds, and what it is or why it is missing."""

    active: bool
    detail: str


Report = dict[Layer, LayerState]


def require(report: Report, required: frozenset[Layer]) -> None:
    """Refuse to go on when a required layer is not active.

    Raises:
        ConfinementUnavailable: naming every missing layer and its reason.
    """
    missing = [layer for layer in sorted(required) if not _active(report, layer)]
    if missing:
        reasons = "; ".join(f"{layer}: {_detail(report, layer)}" for layer in missing)
        raise ConfinementUnavailable(f"required confinement is missing: {reasons}")


def _active(report: Report, layer: Layer) -> bool:
    return layer in report and report[layer].active


def _detail(report: Report, layer: Layer) -> str:
    return report[layer].detail if layer in report else "not attempted"


def encode(report: Report) -> dict[str, dict[str, object]]:
    """Return the report as JSON-ready values."""
    return {layer.value: {"active": state.active, "detail": state.detail} for layer, state in report.items()}


def decode(values: dict[str, dict[str, object]]) -> Report:
    """Return the report that :func:`encode` wrote."""
    return {Layer(name): LayerState(bool(state["active"]), str(state["detail"])) for name, state in values.items()}
