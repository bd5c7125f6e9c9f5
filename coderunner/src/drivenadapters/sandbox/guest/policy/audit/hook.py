"""Installing the hook, and closing what raises no event."""

from __future__ import annotations

import copy
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from .. import names
from ..facades.serialisation import RestrictedUnpickler, guard_unpicklers
from ..ownership import MAIN
from ..states import reconstruct
from ..tools import labelled
from .adjustments import adjuster
from .boundaries import Boundaries
from .rules import Judge, judges

if TYPE_CHECKING:
    from ..evaluation import Evaluation


_OWN: Final = frozenset({__name__.partition(".")[0], "sandboxkit"})


@dataclass(frozen=True, slots=True)
class Watch:
    """What the guarded process still has to say to its guard.

    ``end_preparations``: until it is called, compiled programs can be loaded from the cache.
    ``after_import``: to be called after each import, adjusts what was loaded.
    """

    end_preparations: Callable[[], None]
    after_import: Callable[[], None]


def install(boundaries: Boundaries, evaluation: Evaluation, restricted: type[RestrictedUnpickler]) -> Watch:
    """Guard this process until it ends."""
    tempfile.tempdir = boundaries.workdir
    _close_unaudited()
    _guard_annotations(evaluation)
    _guard_log_templates()
    _guard_log_records()
    _guard_enumerations()
    _guard_tracebacks()
    guard_unpicklers(restricted)
    copy._reconstruct = reconstruct  # type: ignore[attr-defined]
    adjust = adjuster(boundaries)
    adjust()
    preparing = {"marshal.loads"}
    sys.addaudithook(_hook(judges(boundaries), preparing))
    return Watch(preparing.clear, adjust)


def _hook(table: Mapping[str, Judge], preparing: set[str]) -> Any:
    # A copy that only this closure holds: whoever changes the module's table changes nothing.
    find = dict(table).get

    def judge(event: str, arguments: tuple[Any, ...]) -> None:
        check = find(event)
        if check is not None and event not in preparing:
            check(*arguments)

    return judge


def _close_unaudited() -> None:
    """Replace functions that act on the system and raise no audit event."""
    import _posixsubprocess
    import os
    import posix

    def unavailable(*_arguments: Any, **_keywords: Any) -> NoReturn:
        raise PermissionError("programs and special files are not available here")

    _posixsubprocess.fork_exec = unavailable
    subprocess = sys.modules.get("subprocess")
    if subprocess is not None:
        subprocess._fork_exec = unavailable  # type: ignore[attr-defined]
    for name in ("mkfifo", "mknod", "setns", "unshare", "chroot", "setuid", "setgid", "memfd_create", "pidfd_open"):
        for module in (os, posix):
            if hasattr(module, name):
                setattr(module, name, unavailable)


def _guard_annotations(evaluation: Evaluation) -> None:
    """Annotations written as strings are evaluated by typing and inspect, with plain eval."""
    import inspect
    import typing

    typing.eval = evaluation.annotation  # type: ignore[attr-defined]
    typing.compile = evaluation.annotation_code  # type: ignore[attr-defined]
    inspect.eval = evaluation.annotation  # type: ignore[attr-defined]


def _guard_log_records() -> None:
    """``extra`` becomes attributes of records, special names included."""
    import logging

    from ..classes import check_members

    make: Any = logging.Logger.makeRecord

    def checked(*arguments: Any, **keywords: Any) -> Any:
        for item in (*arguments[9:], keywords.get("extra")):
            check_members(item if isinstance(item, dict) else {})
        return make(*arguments, **keywords)

    logging.Logger.makeRecord = checked  # type: ignore[method-assign]


def _guard_tracebacks() -> None:
    """What ``traceback`` and ``logging`` tell of the stack leaves out the service and the guards."""
    import traceback

    from ..evaluation import visible

    class Summary(traceback.FrameSummary):
        def __init__(self, *arguments: Any, locals: Mapping[str, Any] | None = None, **keywords: Any) -> None:  # noqa: A002
            super().__init__(*arguments, locals=None if locals is None else visible(locals), **keywords)

    traceback.FrameSummary = Summary  # type: ignore[misc]
    for name in ("walk_tb", "walk_stack", "_walk_tb_with_full_positions"):
        setattr(traceback, name, _without_service(getattr(traceback, name)))


def _without_service(walk: Callable[[Any], Iterator[tuple[FrameType, Any]]]) -> Any:
    def visible_frames(start: Any) -> Iterator[tuple[FrameType, Any]]:
        if start is None and walk.__name__ == "walk_stack":  # from its caller
            start = sys._getframe().f_back
        return (item for item in walk(start) if not _is_service(item[0]))

    visible_frames.__module__ = "traceback"  # a rule refuses it by module and name
    return labelled(visible_frames, walk)


def _is_service(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__", "")
    if module == MAIN:
        return names.LOAD not in frame.f_globals
    return module.partition(".")[0] in _OWN


def _guard_enumerations() -> None:
    """``Enum("Name", members)`` sets special names as they are."""
    import enum

    from ..classes import check_members

    plain = enum._EnumDict.__setitem__

    def checked(members: Any, name: str, value: Any) -> None:
        check_members((name,))
        plain(members, name, value)

    enum._EnumDict.__setitem__ = checked  # type: ignore[method-assign]


def _guard_log_templates() -> None:
    """``logging`` formats its templates with plain ``str.format``."""
    import logging

    from ..formatting import walks_attributes

    plain = logging.StrFormatStyle._format  # type: ignore[attr-defined]

    def checked(style: Any, record: logging.LogRecord) -> Any:
        if walks_attributes(str(style._fmt)):
            raise ValueError("log formats may not read attributes here")
        return plain(style, record)

    logging.StrFormatStyle._format = checked  # type: ignore[attr-defined]
