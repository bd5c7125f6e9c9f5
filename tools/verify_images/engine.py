"""A Docker engine: the machine's own, or Debian's started here for as long as it is needed."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_PACKAGES = ("docker.io", "iptables", "mmdebstrap")
_CLIENT = "/usr/bin/docker"
_START_SECONDS = 60.0


class CannotVerify(Exception):
    """There is no engine here and none can be started; the message says why."""


class CommandFailed(Exception):
    """A command of the engine failed; the message is its own."""


class Engine:
    """The engine's client, run as a command."""

    def __init__(self, client: str, host: str | None, folder: Path) -> None:
        self._client = client
        self._environment = {**os.environ, "DOCKER_BUILDKIT": "1", **({"DOCKER_HOST": host} if host else {})}
        self.folder = folder

    def __call__(self, *arguments: str | Path, seconds: float = 120) -> str:
        """Run a command and return what it prints.

        Raises CommandFailed.
        """
        done = subprocess.run(
            [self._client, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=seconds,
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailed(
                f"docker {' '.join(map(str, arguments[:3]))} ...: {(done.stdout + done.stderr)[-3000:]}"
            )
        return done.stdout.strip()

    def succeeds(self, *arguments: str | Path, seconds: float = 120) -> bool:
        """Tell whether a command succeeds."""
        try:
            self(*arguments, seconds=seconds)
        except (CommandFailed, subprocess.TimeoutExpired):
            return False
        return True

    def logs(self, container: str) -> str:
        """Return everything that a container printed, on either stream."""
        command = [self._client, "logs", container]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment, check=True
        )
        return done.stdout


@contextlib.contextmanager
def engine(keep: Path | None, *, may_start: bool = True) -> Iterator[Engine]:
    """Offer an engine until the block ends; what it started and made is gone then.

    With `keep`, images and build cache of an engine started here stay in that folder for the next time.
    Raises CannotVerify.
    """
    client = _CLIENT if os.access(_CLIENT, os.X_OK) else shutil.which("docker")
    if client and _answers(client):
        with tempfile.TemporaryDirectory(prefix="images-") as scratch:
            yield Engine(client, None, Path(scratch))
        return
    if not may_start and keep is None:
        raise CannotVerify("no Docker engine answers; one that was started here would take the images with it")
    _install()
    folder = keep or Path(tempfile.mkdtemp(prefix="images-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _daemon(folder) as host:
            yield Engine(_CLIENT, host, folder)
    finally:
        _unmount(folder)
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _answers(client: str) -> bool:
    command = [client, "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install() -> None:
    """Install Debian's engine unless it is there."""
    if os.geteuid() != 0:
        raise CannotVerify("no Docker engine answers, and only root can start one: start Docker, or run this as root")
    if all(shutil.which(name) for name in ("dockerd", "iptables", "mmdebstrap")) and os.access(_CLIENT, os.X_OK):
        return
    if shutil.which("apt-get") is None:
        raise CannotVerify("no Docker engine answers, and this is no Debian or Ubuntu to install one from")
    print(f"installing {', '.join(_PACKAGES)}", flush=True)
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    subprocess.run(["apt-get", "-qq", "update"], check=False, **quiet)  # type: ignore[call-overload]
    done = subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_PACKAGES],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
        check=False,
        **quiet,  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        raise CannotVerify(f"no Docker engine answers, and Debian's cannot be installed: {done.stderr[-500:]}")


@contextlib.contextmanager
def _daemon(folder: Path) -> Iterator[str]:
    """Run dockerd without touching the machine's network; yield where it listens."""
    host = f"unix://{folder}/engine.sock"
    settings = {
        "data-root": f"{folder}/data",
        "exec-root": f"{folder}/exec",
        "pidfile": f"{folder}/pid",
        "hosts": [host],
        "storage-driver": "overlay2",
        "iptables": False,
        "bridge": "none",
    }
    configuration = folder / "daemon.json"
    configuration.write_text(json.dumps(settings), encoding="utf-8")
    with open(folder / "engine.log", "w", encoding="utf-8") as log:
        command = ["dockerd", "--config-file", str(configuration)]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_until_ready(process, host, folder / "engine.log")
        yield host
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", host: str, log: Path) -> None:
    client = Engine(_CLIENT, host, log.parent)
    end = time.monotonic() + _START_SECONDS
    while not client.succeeds("version"):
        if process.poll() is not None or time.monotonic() > end:
            raise CannotVerify(f"dockerd does not start here: {_last_words(log)}")
        time.sleep(0.2)


def _last_words(log: Path) -> str:
    lines: Sequence[str] = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-5:])


def _unmount(folder: Path) -> None:
    """Unmount what the engine left mounted in its folder, the innermost first."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    for path in sorted((path for path in mounted if path.startswith(f"{folder}/")), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", path], check=False, capture_output=True)
