"""Command line of `make images` and `make verify-images`."""

import argparse
import functools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_TOOLS = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(_TOOLS), str(_TOOLS.parent / "coderunner" / "src")]

from chart import helm  # noqa: E402
from verify_images import base_image, coderunner, dataflowtools, images, pip_secrets  # noqa: E402
from verify_images.checks import Check, Subject  # noqa: E402
from verify_images.engine import CannotVerify, CommandFailed, Engine, engine  # noqa: E402

VERSION = "0.1.0"


@dataclass(frozen=True)
class Image:
    """One image: how it is built, and what it is held to."""

    service: str
    tag: str
    options: tuple[str, ...]
    subject: Callable[[Engine, str, list[helm.Manifest]], Subject]
    checks: tuple[Check, ...]


IMAGES = (
    Image("coderunner", "latest", (), coderunner.subject, coderunner.CHECKS),
    Image("dataflowtools", "latest", (), dataflowtools.subject, dataflowtools.FULL),
    Image("dataflowtools", "slim", ("--build-arg", "LIBREOFFICE=false"), dataflowtools.subject, dataflowtools.SLIM),
)


@dataclass
class Report:
    """What was found, line by line."""

    failed: list[str] = field(default_factory=list)

    def note(self, name: str, action: Callable[[], str]) -> bool:
        """Do something, print a line about it, and tell whether it went well."""
        started = time.monotonic()
        try:
            found, verdict = action(), "ok    "
        except Exception as error:  # noqa: BLE001 - whatever broke a check, the others are still worth their time
            told = isinstance(error, AssertionError | CommandFailed)
            found, verdict = str(error) if told else f"{type(error).__name__}: {error}", "FAILED"
            self.failed.append(name)
        print(f"{verdict} {time.monotonic() - started:6.1f} s  {name}{f': {found}' if found else ''}", flush=True)
        return verdict != "FAILED"


def main(arguments: list[str]) -> int:
    """Build, and unless told to build only, verify; returns the exit status."""
    options = _parser().parse_args(arguments)
    wanted = [image for image in IMAGES if not options.only or f"{image.service}:{image.tag}" in options.only]
    report = Report()
    try:
        with engine(options.keep, may_start=not options.build_only) as docker:
            for image in wanted:
                _build(docker, image, report)
            if not options.build_only:
                with helm.running() as chart:
                    objects = chart.render("v3", {})
                for image in wanted:
                    _verify(docker, image, objects, report, options.check)
    except CannotVerify as reason:
        print(f"cannot do it here: {reason}", file=sys.stderr)
        return 0 if options.or_skip else 2
    print(f"FAILED: {', '.join(report.failed)}" if report.failed else "all is well")
    return int(bool(report.failed))


def _build(docker: Engine, image: Image, report: Report) -> None:
    tag = f"{image.service}:{image.tag}"
    dockerfile = images.ROOT / f"Dockerfile.{image.service}"
    report.note(f"base of {tag}", lambda: base_image.provide(docker, dockerfile))
    options = [*image.options, *pip_secrets.build_secrets(docker.folder)]
    report.note(f"{tag} is built", lambda: images.build(docker, image.service, tag, options))


def _verify(docker: Engine, image: Image, objects: list[helm.Manifest], report: Report, words: str) -> None:
    tag = f"{image.service}:{image.tag}"
    if f"{tag} is built" in report.failed:
        return
    options = [*image.options, *pip_secrets.build_secrets(docker.folder)]
    subject = image.subject(docker, tag, objects)
    checks: dict[str, Callable[[], str]] = {
        "is well made": lambda: images.is_well_made(docker, tag, VERSION),
        "is built from the cache the second time": lambda: images.builds_from_the_cache(
            docker, image.service, tag, options, docker.folder
        ),
        **{check.__name__.replace("_", " "): functools.partial(check, subject) for check in image.checks},
    }
    for name, check in checks.items():
        if words in name:
            report.note(f"{tag} {name}", check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify_images", description=(__doc__ or "").strip())
    parser.add_argument("--build-only", action="store_true", help="build, verify nothing")
    parser.add_argument("--only", action="append", metavar="IMAGE:TAG", help="this one; may be given several times")
    parser.add_argument("--check", default="", metavar="WORDS", help="only what has these words in its name")
    parser.add_argument("--or-skip", action="store_true", help="where no engine can be had, say so and succeed")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep images and build cache of an own engine there")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
