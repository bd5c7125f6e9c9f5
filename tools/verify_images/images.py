"""Building the images from the committed Dockerfiles, and what holds for all of them."""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

from chart.helm import CHART
from verify_images.checks import expect
from verify_images.engine import Engine

ROOT = CHART.parent
_MEGABYTE = 1_000_000
_BUILD_SECONDS = 1800.0


def build(engine: Engine, service: str, tag: str, options: Sequence[str]) -> str:
    """Build an image, unmodified; return what to say of it."""
    started = time.monotonic()
    dockerfile = ROOT / f"Dockerfile.{service}"
    engine("build", "--network=host", "-t", tag, "-f", dockerfile, *options, ROOT, seconds=_BUILD_SECONDS)
    size = int(engine("image", "inspect", "--format", "{{.Size}}", tag)) / _MEGABYTE
    return f"{size:.0f} MB, built in {time.monotonic() - started:.0f} s"


def is_well_made(engine: Engine, tag: str, version: str) -> str:
    """Hold an image's configuration and history to what the README says of it."""
    image = json.loads(engine("image", "inspect", tag))[0]
    config = image["Config"]
    labels = config["Labels"]
    expect(config["User"] == "10001:10001", config["User"])
    expect(config["Healthcheck"]["Test"][0] == "CMD", config["Healthcheck"])
    expect(config["StopSignal"] == "SIGTERM", config["StopSignal"])
    expect(labels["org.opencontainers.image.version"] == version, labels)
    expect(labels["org.opencontainers.image.licenses"] == "Apache-2.0", labels)
    history = engine("history", "--no-trunc", "--format", "{{.CreatedBy}}", tag)
    expect(not re.search(r"https?://|index-url|--proxy", history), "the history names a host")
    left = engine(
        "run", "--rm", "--network=none", "--user=0", "--entrypoint=sh", tag, "-c",
        "ls -d /etc/pip.conf /root/.cache /opt/installers /app/tests /var/lib/apt/lists/*_* 2>/dev/null; "
        "find /app /opt -perm /022 ! -type l 2>/dev/null | head -5",
    )  # fmt: skip
    expect(not left, f"left behind, or for others to write: {left}")
    return f"{len(image['RootFS']['Layers'])} layers"


def builds_from_the_cache(engine: Engine, service: str, tag: str, options: Sequence[str], scratch: Path) -> str:
    """A second build does nothing anew."""
    identifier = scratch / "image-id"
    started = time.monotonic()
    dockerfile = ROOT / f"Dockerfile.{service}"
    engine("build", "--network=host", "-q", "--iidfile", identifier, "-f", dockerfile, *options, ROOT, seconds=600)
    expect(identifier.read_text() == engine("image", "inspect", "--format", "{{.Id}}", tag), "something was built anew")
    return f"{time.monotonic() - started:.1f} s"
