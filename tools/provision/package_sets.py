"""Hash-locked sets of packages for confined workers, each installed once per lock, interpreter and platform.

Layout of the store::

    base-cp311-0123456789ab/    one complete installation, never changed after it appeared
    base -> base-cp311-...      the current one
    dataflow -> dataflow-...    another set's
    .partial-...                an installation under way, or one that was interrupted
"""

import os
import shutil
import tempfile
from pathlib import Path

from provision.console import ProvisionError, output, run, say, succeeds
from provision.fingerprint import digest
from provision.installer import Installer
from provision.layout import Layout
from provision.locking import exclusive
from provision.system_libraries import provide_system_libraries

_TAG = "import sys, sysconfig; print('cp%d%d' % sys.version_info[:2], sysconfig.get_platform())"
_FONT_CACHE = "import matplotlib.font_manager"


class PackageSet:
    """One set in the store, for one interpreter.

    `additions` is a requirements file of more beside it, `seed` a store that may have the set already.
    """

    def __init__(
        self, layout: Layout, python: Path, name: str, additions: Path | None = None, seed: Path | None = None
    ) -> None:
        self._name = name
        self._additions = additions
        self._seed = seed
        self._lock_file = layout.lock_of(name)
        self._store = layout.store
        self._python = python

    def provide(self, installer: Installer) -> Path:
        """Install the set unless it is there, point its name at it, and return its directory.

        A killed run leaves no half installation behind the final name. Raises ProvisionError when packages cannot be
        had.
        """
        folder = self._folder()
        link = self._store / self._name
        if not folder.is_dir() or _target(link) != folder.name:
            with exclusive(self._store):
                if not folder.is_dir():
                    self._install(installer, folder)
                _point(link, folder.name)
        return folder

    def _folder(self) -> Path:
        tag = output([self._python, "-I", "-c", _TAG])
        return self._store / self._folder_name(tag, self._additions)

    def _folder_name(self, tag: str, additions: Path | None = None) -> str:
        files = [self._lock_file, *([additions] if additions else [])]
        return f"{self._name}-{tag.split()[0]}-{digest(files, tag)[:12]}"

    def _install(self, installer: Installer, folder: Path) -> None:
        for leftover in self._store.glob(".partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        say(f"installing the {self._name} packages into {folder} (about 700 MB; minutes on a slow line)")
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=self._store))
        partial.chmod(0o755)  # mkdtemp makes it private
        try:
            self._fill(installer, partial, folder)
            partial.rename(folder)
        except (ProvisionError, KeyboardInterrupt):
            shutil.rmtree(partial, ignore_errors=True)
            raise
        provide_system_libraries(offline=installer.offline)
        say(f"{self._name} packages are ready ({sum(1 for _ in folder.glob('*.dist-info'))} distributions)")

    def _fill(self, installer: Installer, partial: Path, folder: Path) -> None:
        seeded = self._copy_seed(partial)
        if not seeded:
            # Wheels only: building a source distribution would run its code here, outside the sandbox.
            how = ["--require-hashes", "--only-binary", ":all:"]
            # Without --upgrade pip would keep what a uv that failed half-way left in the folder.
            installer.install(["--target", partial, "--upgrade", *how, "-r", self._lock_file])
        if self._additions:
            self._add(installer, partial, self._additions)
        shutil.rmtree(partial / "bin", ignore_errors=True)
        say(f"compiling the {self._name} packages")
        self._compile([path for path in partial.iterdir() if path.name not in seeded], partial, folder)
        if not seeded:
            self._prepare_font_cache(partial)

    def _copy_seed(self, partial: Path) -> frozenset[str]:
        """Copy the set from the seed, if that has it; return the names of what was copied."""
        seed = self._seed / self._folder_name(output([self._python, "-I", "-c", _TAG])) if self._seed else None
        if seed is None or not seed.is_dir():
            return frozenset()
        say(f"copying the {self._name} packages from {seed}")
        shutil.copytree(seed, partial, symlinks=True, dirs_exist_ok=True)
        return frozenset(path.name for path in seed.iterdir())

    def _add(self, installer: Installer, partial: Path, additions: Path) -> None:
        """Install what was asked for beside the set, whose versions hold for both."""
        say(f"adding the packages of {additions}")
        with tempfile.NamedTemporaryFile("w", prefix="constraints-", suffix=".txt") as constraints:
            constraints.write("\n".join(pins(self._lock_file)))
            constraints.flush()
            target: list[str | Path] = ["--target", partial, "--only-binary", ":all:"]
            installer.install([*target, "-c", Path(constraints.name), "-r", additions.resolve()])

    def _compile(self, parts: list[Path], partial: Path, folder: Path) -> None:
        """Write the .pyc files now: the sandbox may not, and every child would compile anew."""
        # Sources here never change, so bytecode need not be checked against them, and survives copies that lose times.
        # Test suites are left out: half of the files, and nobody imports them.
        command: list[str | Path] = [self._python, "-I", "-m", "compileall", "-qq", "-x", r"/tests?/"]
        command += ["--invalidation-mode", "unchecked-hash", "-s", partial, "-p", folder, *parts]
        # Several processes need shared semaphores, which a container without /dev/shm does not have.
        if not parts or succeeds([*command, "-j", "0"]) or succeeds(command):
            return
        say("some files of the packages do not compile; Python will compile them at import")

    def _prepare_font_cache(self, partial: Path) -> None:
        """Let matplotlib list the fonts now; it would take seconds in the first chart."""
        environment = {"MPLCONFIGDIR": str(partial / ".cache" / "matplotlib"), "MPLBACKEND": "Agg"}
        code = f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(partial)!r}); {_FONT_CACHE}"
        run([self._python, "-I", "-c", code], env=environment)


def pins(lock: Path) -> list[str]:
    """Return the requirements of a lock without their hashes: with them pip would want hashes of everything else."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.removesuffix("\\").strip() for line in lines if line and line[0] not in "# "]


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def _point(link: Path, name: str) -> None:
    """Make the link point at a name beside it, in one step for whoever reads it meanwhile."""
    temporary = link.with_name(f".{link.name}-{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(name)
    temporary.replace(link)
