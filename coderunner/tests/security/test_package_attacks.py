"""Packages that attack: when they are installed, when they are imported, and by their names.

Each attack on a run is made twice: with the language layer, and under the kernel layer alone.
"""

from __future__ import annotations

import io
import py_compile
import socket
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.index import Index, serving_index
from harness.openapi import CheckedClient
from harness.service import OwnService, running, settings_for, worker_sandbox
from harness.wheels import build_wheel

# What a package tries when it is imported; each attempt is named with what became of it.
ATTACK = """
import os, sys
REPORT = {{}}

def attempt(name, action):
    try:
        REPORT[name] = repr(action())
    except BaseException as reason:
        REPORT[name] = "refused: " + type(reason).__name__

def write():
    with open({mark!r}, "w") as file:
        file.write("here")

def connect():
    import socket
    socket.create_connection(("127.0.0.1", {port}), 2).close()

def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid

def load():
    import ctypes
    library = ctypes.CDLL(None)
    if library.system(b"touch {mark}") != 0:
        raise OSError("not started")

attempt("write", write)
attempt("read", lambda: open({secret!r}).read())
attempt("list", lambda: os.listdir("/"))
attempt("connect", connect)
attempt("fork", fork)
attempt("program", lambda: os.execv("/bin/true", ["true"]))
attempt("kill", lambda: os.kill(os.getppid(), 9))
attempt("library", load)
attempt("environment", lambda: os.environ["CODERUNNER_TEST_SECRET"])
attempt("overwrite", lambda: open(__file__, "a").close())
"""
BUILD = (
    "import pathlib\npathlib.Path({mark!r}).write_text('built')\nfrom setuptools import setup\nsetup(name='builder')\n"
)


class Target:
    """What the attacks aim at.

    Attributes:
        folder: anybody may write there.
        secret: a file that nobody but the tests may read.
        connections: how many came to the listener.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.secret = folder / "secret.txt"
        self.secret.write_text("the secret")
        self.connections = 0

    @property
    def mark(self) -> Path:
        """What a successful attack leaves."""
        return self.folder / "mark"

    def attack(self) -> str:
        """The source of a package that attacks."""
        return ATTACK.format(mark=str(self.mark), secret=str(self.secret), port=self.port)

    def listen(self, server: socket.socket) -> None:
        """Count who connects."""
        while True:
            try:
                server.accept()[0].close()
            except OSError:
                return
            self.connections += 1


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("target")
    for path in (folder, *list(folder.parents)[:2]):
        path.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = Target(folder, server.getsockname()[1])
        listener = threading.Thread(target=target.listen, args=(server,), daemon=True)
        listener.start()
        yield target
        server.shutdown(socket.SHUT_RDWR)
        listener.join(10)


@pytest.fixture(scope="module")
def index(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index full of bad wheels."""
    wheels = tmp_path_factory.mktemp("bad-wheels")
    attack = target.attack()
    build_wheel(wheels, "attacker", files={"attacker.py": attack})
    build_wheel(wheels, "pyarrow", "999.0", {"pyarrow/__init__.py": attack + "__version__ = '999'\n"})
    build_wheel(wheels, "numpy", "999.0", {"numpy/__init__.py": attack})
    build_wheel(wheels, "endless", files={"endless.py": "while True: pass\n"})
    build_wheel(wheels, "hungry", files={"hungry.py": "x = bytearray(1 << 30)\n"})
    build_wheel(wheels, "leaver", files={"leaver.py": "import os\nos._exit(0)\n"})
    build_wheel(wheels, "keeper", files={"keeper.py": "import os, sys, subprocess\nfrom os import path\n"})
    shadows = ("json.py", "os.py", "sys.py", "typing.py", "ast.py", "site.py", "encodings/__init__.py", "codecs.py")
    own = ("guest/__init__.py", "sandboxkit/__init__.py", "RestrictedPython/__init__.py", "zipfile/__init__.py")
    build_wheel(wheels, "shadow", files={"shadow.py": "", **dict.fromkeys((*shadows, *own), attack)})
    unasked = ("evil.pth", "sitecustomize.py", "usercustomize.py", "usercustomize/__init__.py")
    touch = f"import pathlib; pathlib.Path({str(target.mark)!r}).touch()\n"
    build_wheel(
        wheels,
        "unasked",
        files={
            "unasked.py": "",
            **dict.fromkeys(unasked, touch),
        },
        info={"entry_points.txt": "[console_scripts]\nevil = unasked:main\n[gui_scripts]\npip = unasked:main\n"},
    )
    build_wheel(wheels, "outside", files={"outside.py": "", "../../../escaped.py": "", "../escaped.py": ""})
    build_wheel(wheels, "absolute", files={"absolute.py": "", f"{target.folder}/mark": "x"})
    build_wheel(wheels, "data", files={"data.py": "", "data-1.0.data/data/../../../../escaped.py": "x"})
    build_wheel(wheels, "scripts", files={"scripts.py": "", "scripts-1.0.data/scripts/pip": "#!python\n"})
    build_wheel(wheels, "linker", files={"linker.py": ""}, links={"secret.py": str(target.secret)})
    build_wheel(wheels, "liar", files={"liar.py": ""}, claimed=("requests", "1.0"))
    smuggled = "Metadata-Version: 2.1\nName: numpy\nVersion: 99\n"
    other = {"numpy-99.dist-info/METADATA": smuggled, "numpy-99.dist-info/RECORD": "", "smuggler.py": ""}
    build_wheel(wheels, "smuggler", files=other)
    build_wheel(wheels, "bomb", files={"bomb.py": "", "bomb.bin": bytes(40 << 20)})
    build_wheel(wheels, "crowd", files={f"crowd/f{n}.txt": "" for n in range(1500)})
    build_wheel(wheels, "deep", files={"deep.py": "(" * 5000 + ")" * 5000 + "\n", "fine.py": "V = 1\n"})
    build_wheel(wheels, "stale", files={"stale.py": "V = 'source'\n", "__pycache__/stale.cpython-311.pyc": _compiled()})
    (wheels / "broken-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 this is no wheel")
    _source_distribution(wheels, target)
    with serving_index(wheels) as index:
        yield index


def _compiled() -> bytes:
    """Bytecode that says something else than the source beside it, and is never compared with it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "stale.py")
        source.write_text("V = 'bytecode'\n")
        compiled = py_compile.compile(
            str(source), cfile=f"{folder}/x.pyc", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
        return Path(str(compiled)).read_bytes()


def _source_distribution(wheels: Path, target: Target) -> None:
    content = BUILD.format(mark=str(target.mark)).encode()
    with tarfile.open(wheels / "builder-1.0.tar.gz", "w:gz") as archive:
        for name, data in (
            ("setup.py", content),
            ("PKG-INFO", b"Metadata-Version: 2.1\nName: builder\nVersion: 1.0\n"),
        ):
            entry = tarfile.TarInfo(f"builder-1.0/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


@contextmanager
def attacked(index: Index, store: Path, *, language_layer: bool) -> Iterator[OwnService]:
    """Run a service that installs from the index of bad wheels."""
    store.chmod(0o755)
    settings = settings_for(
        package_index_url=index.url,
        packages_dir=store,
        ready_workers=1,
        max_concurrent_runs=4,
        max_install_mb=32,
        max_install_files=1000,
    )
    with running(settings, worker_sandbox(settings, language_layer=language_layer)) as service:
        yield service


@pytest.fixture(scope="module")
def guarded(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnService]:
    """The service as it is shipped."""
    with attacked(index, tmp_path_factory.mktemp("bad-store"), language_layer=True) as service:
        yield service


@pytest.fixture(scope="module")
def unguarded(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnService]:
    """Plain Python under the kernel layer alone."""
    with attacked(index, tmp_path_factory.mktemp("bad-store"), language_layer=False) as service:
        yield service


@pytest.fixture(params=["guarded", "unguarded"])
def client(request: pytest.FixtureRequest) -> CheckedClient:
    """A client of the one and of the other."""
    service: OwnService = request.getfixturevalue(request.param)
    return service.client


def install(client: CheckedClient, package: str, environment: str, status: int = 200) -> dict[str, Any]:
    answer = client.post("/api/pypkg/install", json={"package": package, "environment": environment}, timeout=300)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()["result" if status == 200 else "error"]
    return found


def value(client: CheckedClient, environment: str, statement: str, expression: str) -> Any:
    """Return what an expression is in a program; ``main`` is called under either layer."""
    answer = client.run(f"{statement}\ndef main():\n    return {expression}", environment=environment)
    assert answer["status"] == "success", answer
    return answer["return_value"]


def assert_unharmed(target: Target, client: CheckedClient) -> None:
    """Nothing was written or reached, and the service goes on."""
    assert not target.mark.exists()
    assert target.connections == 0
    assert client.run("print(1)")["result"] == "1\n"


def test_a_package_that_attacks_at_import_gets_nowhere(client: CheckedClient, target: Target) -> None:
    install(client, "attacker", "attacked")
    report = value(client, "attacked", "import attacker", "dict(attacker.REPORT)")
    # a private view of the file tree, where there is one, may be listed
    succeeded = {name: text for name, text in report.items() if not text.startswith("refused") and name != "list"}
    assert succeeded == {}
    assert "the secret" not in str(report)
    assert_unharmed(target, client)


@pytest.mark.parametrize(
    ("package", "status"), [("endless", "timeout"), ("hungry", "memory_exceeded"), ("leaver", "crashed")]
)
def test_limits_hold_while_a_package_is_imported(client: CheckedClient, package: str, status: str) -> None:
    install(client, package, f"limits-{package}")
    answer = client.run(f"print('before', flush=True)\nimport {package}", environment=f"limits-{package}", timeout=1)
    assert (answer["status"], answer["result"]) == (status, "before\n")


@pytest.mark.parametrize("package", ["pyarrow", "numpy"])
def test_what_workers_import_beforehand_is_never_what_was_installed(
    client: CheckedClient, target: Target, package: str
) -> None:
    """pandas looks for pyarrow when it is imported, and imports numpy; fork servers are not confined."""
    environment = f"preload-{package}"
    if package == "numpy":
        error = install(client, "numpy==999.0", environment, status=422)
        assert "base packages" in error["message"]
    else:
        install(client, f"{package}==999.0", environment)
        answer = client.run("import pandas\nprint(pandas.__name__)", environment=environment)
        assert answer["status"] in ("success", "error")
    assert_unharmed(target, client)


def test_a_package_cannot_take_the_place_of_standard_or_service_modules(
    client: CheckedClient, target: Target, request: pytest.FixtureRequest
) -> None:
    install(client, "shadow", "shadowed")
    names = "json, typing, ast, zipfile, codecs"
    found = value(client, "shadowed", f"import {names}", f"[hasattr(module, 'REPORT') for module in ({names})]")
    assert found == [False] * 5
    for own in ("guest", "sandboxkit", "RestrictedPython"):
        answer = client.run(f"import {own}\nprint(hasattr({own}, 'REPORT'))", environment="shadowed")
        language_layer = "unguarded" not in request.node.callspec.id
        assert answer["status"] == "error" if language_layer else answer["result"] != "True\n"
    assert_unharmed(target, client)


def test_nothing_in_a_wheel_takes_effect_unasked(target: Target, guarded: OwnService) -> None:
    install(guarded.client, "unasked", "unasked")
    assert guarded.client.run("import unasked", environment="unasked")["status"] == "success"
    assert guarded.settings.packages_dir is not None
    names = {path.name for path in guarded.settings.packages_dir.glob("sets/*/packages/*")}
    assert not {name for name in names if name.endswith(".pth") or "customize" in name or name == "bin"}
    assert_unharmed(target, guarded.client)


@pytest.mark.parametrize("package", ["outside", "absolute", "data", "scripts", "linker"])
def test_a_wheel_writes_nowhere_but_into_its_set(target: Target, guarded: OwnService, package: str) -> None:
    answer = guarded.client.post("/api/pypkg/install", json={"package": package, "environment": f"paths-{package}"})
    assert answer.status_code in (200, 422), answer.text
    store = guarded.settings.packages_dir
    assert store is not None
    around = [path for root in (store.parent, target.folder.parent) for path in root.rglob("escaped.py")]
    assert [path for path in around if "packages" not in path.relative_to(store.parent).parts[:4]] == []
    assert not list(store.glob("sets/*/packages/**/pip"))
    links = [path for path in store.glob("sets/*/packages/**/*") if path.is_symlink()]
    assert links == []
    if answer.status_code == 200 and package == "linker":
        run = guarded.client.run("import secret", environment=f"paths-{package}")
        assert "the secret" not in str(run)
    assert_unharmed(target, guarded.client)


@pytest.mark.parametrize(
    ("package", "word"),
    [
        ("liar", ""),
        ("smuggler", ""),
        ("broken", ""),
        ("bomb", "MAX_INSTALL_MB"),
        ("crowd", "MAX_INSTALL_FILES"),
        ("builder", "builder"),
    ],
)
def test_what_is_not_an_honest_wheel_is_refused_and_leaves_nothing(
    target: Target, guarded: OwnService, package: str, word: str
) -> None:
    error = install(guarded.client, package, f"bad-{package}", status=422)
    assert word in error["message"]
    store = guarded.settings.packages_dir
    assert store is not None
    assert str(store) not in error["message"]
    assert list(store.glob("partial/*")) == []
    assert list(store.glob(f"environments/bad-{package}.json")) == []
    assert_unharmed(target, guarded.client)


def test_source_that_cannot_be_compiled_harms_nobody_else(guarded: OwnService) -> None:
    install(guarded.client, "deep", "deep")
    assert value(guarded.client, "deep", "import fine", "fine.V") == 1
    assert guarded.client.run("import deep", environment="deep")["status"] == "error"


def test_bytecode_that_a_wheel_brings_is_not_believed(guarded: OwnService) -> None:
    install(guarded.client, "stale", "stale")
    assert value(guarded.client, "stale", "import stale", "stale.V") == "source"


def test_modules_that_a_package_holds_are_no_way_around_the_policy(guarded: OwnService) -> None:
    install(guarded.client, "keeper", "keeper")
    for name in ("subprocess", "sys.modules['posix']", "os.system", "os.listdir('/')"):
        answer = guarded.client.run(f"import keeper\nreturn keeper.{name}", environment="keeper")
        assert answer["status"] == "error", (name, answer)
