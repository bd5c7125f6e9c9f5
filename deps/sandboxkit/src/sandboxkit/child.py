"""The life of one child: confine itself, warm up, do one job, exit."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import resource
import struct
import tempfile
import traceback
from dataclasses import dataclass

from sandboxkit import forking, linux
from sandboxkit.confinement import Prepared, limit_run
from sandboxkit.frames import FrameKind
from sandboxkit.guest import Channel, Guest, Job
from sandboxkit.landlock import Ruleset
from sandboxkit.layers import Layer
from sandboxkit.workdirs import Workdir

_JOB_FD = 3
_STATM_FD = 4
_ASIDE = 64
_SPARE_BYTES = 16 << 20
_HEADER_LENGTH = struct.Struct("<I")

EXIT_GUEST_FAILED = 70
_FAULT_CHARACTERS = 4000


@dataclass(frozen=True)
class Endowment:
    """The descriptors that the fork server gives to a child."""

    job: int
    stdin: int
    stdout: int
    stderr: int
    workdir: Workdir
    rules: Ruleset | None


def live(endowment: Endowment, prepared: Prepared, guest: Guest, largest_frame: int) -> None:
    """Run one child from fork to exit; never returns."""
    channel: Channel | None = None
    try:
        forking.begin_child()
        _install_descriptors(endowment)
        if prepared.spec.processes:
            os.setsid()
        prepared.apply(endowment.rules)
        os.fchdir(endowment.workdir.fd)
        linux.close_from(_STATM_FD + 1)
        _use_workdir(endowment.workdir.path)
        channel = Channel(_JOB_FD, largest_frame)
        _serve(guest, channel, prepared)
    except (EOFError, ConnectionError):
        os._exit(0)  # discarded before it got a job
    except BaseException:  # noqa: BLE001 - whatever broke, it ends here and is reported
        _report_fault(channel)
    finally:
        os._exit(EXIT_GUEST_FAILED)


def _report_fault(channel: Channel | None) -> None:
    """Tell the supervisor's log, and only that, what broke in the guest itself."""
    text = traceback.format_exc()[-_FAULT_CHARACTERS:]
    if channel is not None:
        channel.send(FrameKind.FAULT, text.encode("utf-8", "replace"))


def _install_descriptors(endowment: Endowment) -> None:
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    given = (endowment.stdin, endowment.stdout, endowment.stderr, endowment.job, statm)
    # Moved out of the way first, so that no target overwrites a source.
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _ASIDE) for fd in given]
    for target, fd in enumerate(moved):
        os.dup2(fd, target, inheritable=target < _JOB_FD)


def _use_workdir(path: str) -> None:
    for name in ("TMPDIR", "HOME"):
        os.environ[name] = path
    tempfile.tempdir = None


def _serve(guest: Guest, channel: Channel, prepared: Prepared) -> None:
    if not channel.job_is_waiting():
        guest.warm()
    guest.seal()
    job = decode_job(channel.receive_job())
    if Layer.RLIMITS in prepared.spec.enabled:
        limits = job.header["limits"]
        limit_run(limits["memory_bytes"], limits["cpu_seconds"], _mapped_bytes() + _SPARE_BYTES)
    os.close(_STATM_FD)
    gc.enable()
    result = guest.run(job, channel)
    channel.send(FrameKind.RESULT, result)
    # Stay until killed: the supervisor first reads what the kernel counted.
    channel.wait_for_end()


def _mapped_bytes() -> int:
    pages = int(os.pread(_STATM_FD, 64, 0).split()[0])
    return pages * resource.getpagesize()


def encode_job(header: dict[str, object], body: bytes) -> bytes:
    """Return the payload of a job frame: header length, JSON header, opaque body."""
    # Not escaped: an escape is up to three times as long as the character.
    encoded = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _HEADER_LENGTH.pack(len(encoded)) + encoded + body


def decode_job(payload: bytes) -> Job:
    """Return the job that :func:`encode_job` wrote."""
    start = _HEADER_LENGTH.size
    end = start + _HEADER_LENGTH.unpack_from(payload)[0]
    return Job(json.loads(payload[start:end].decode("utf-8", "surrogatepass")), payload[end:])
