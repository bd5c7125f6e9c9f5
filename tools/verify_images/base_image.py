"""The base image: the official one where a registry answers, otherwise a stand-in made of Debian's packages."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from verify_images.engine import CannotVerify, Engine

# What the official image has and Debian's Python lacks: its names in /usr/local/bin, and pip that installs.
_HOOKS = (
    'rm -f "$1"/usr/lib/python3.11/EXTERNALLY-MANAGED',
    'for name in python python3 python3.11; do ln -s /usr/bin/python3.11 "$1/usr/local/bin/$name"; done',
    'for name in pip pip3; do ln -s /usr/bin/pip3 "$1/usr/local/bin/$name"; done',
)
_PACKAGES = "python3.11-minimal,python3.11-venv,python3-pip,ca-certificates"
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


def provide(engine: Engine, dockerfile: Path) -> str:
    """Make sure that the engine has the image of the FROM line; return what it is, for the report.

    Raises CannotVerify.
    """
    name = external_image(dockerfile)
    if engine.succeeds("image", "inspect", name):
        return f"{name}, as it was here"
    if engine.succeeds("pull", name, seconds=600):
        return f"{name}, the official one"
    _import_stand_in(engine, name)
    return f"{name}, a stand-in made of Debian's packages: no registry answers"


def external_image(dockerfile: Path) -> str:
    """Return the one image that a Dockerfile takes from outside."""
    lines = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", dockerfile.read_text(encoding="utf-8"), re.MULTILINE)
    stages = {stage for _, stage in lines}
    (name,) = {image for image, _ in lines if image not in stages}
    return str(name)


def _import_stand_in(engine: Engine, name: str) -> None:
    print(f"making a stand-in for {name}", flush=True)
    # In memory where there is some: half a minute instead of several.
    place = "/dev/shm" if os.path.ismount("/dev/shm") else None  # noqa: S108 - a folder of its own is made there
    with tempfile.TemporaryDirectory(prefix="base-", dir=place) as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - apt's own user passes through
        archive = Path(folder, "base.tar")
        hooks = [f"--customize-hook={hook}" for hook in _HOOKS]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", *hooks]
        done = subprocess.run(
            [*command, "--aptopt=Acquire::Languages none", "bookworm", str(archive)],
            env={**os.environ, "TMPDIR": folder},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CannotVerify(f"no registry answers for {name}, and no stand-in can be made: {done.stderr[-500:]}")
        engine("import", "-c", f"ENV PATH={_PATH} LANG=C.UTF-8", "-c", 'CMD ["python3"]', archive, name, seconds=300)
