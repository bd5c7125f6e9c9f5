# ruff: noqa: E501 - a program reads best on its own lines
"""Nothing of one run, of its caller or of the service reaches another run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.attacks import ENVIRONMENT_SECRET, everything
from harness.service import RunningService

SECRET = "tenant-secret-a81c5e"
BOTH = pytest.mark.parametrize("service_name", ["guarded", "unguarded"])


@pytest.fixture
def service(request: pytest.FixtureRequest, service_name: str) -> RunningService:
    found: RunningService = request.getfixturevalue(service_name)
    return found


@BOTH
def test_files_of_a_run_are_gone_for_the_next(service: RunningService) -> None:
    for _ in range(8):  # more than there are ready workers
        answer = service.client.run(
            "import os\nprint(sorted(os.listdir('.')))\nopen('mine', 'w').write('x')\nos.mkdir('d')"
        )
        assert (answer["status"], answer["result"]) == ("success", "[]\n"), answer["error"]


@BOTH
def test_input_files_are_seen_by_their_own_run_only(service: RunningService) -> None:
    file = {"name": "in.txt", "content_base64": "c2VjcmV0"}
    code = "import os\nprint(os.listdir('.'))"
    assert service.client.run(code, files=[file])["result"] == "['in.txt']\n"
    assert service.client.run(code)["result"] == "[]\n"


@pytest.mark.parametrize(
    ("change", "look"),
    [
        ("import json\njson.leftover = 1", "import json\nprint(hasattr(json, 'leftover'))"),
        ("import builtins\nbuiltins.leftover = 1", "import builtins\nprint(hasattr(builtins, 'leftover'))"),
        ("import os\nos.environ['LEFTOVER'] = '1'", "import os\nprint('LEFTOVER' in os.environ)"),
        ("import sys\nsys.path.append('leftover')", "import sys\nprint('leftover' in sys.path)"),
        ("import sys\nsys.modules['leftover'] = sys", "import sys\nprint('leftover' in sys.modules)"),
        ("import pandas as pd\npd.DataFrame.leftover = 1", "import pandas as pd\nprint(hasattr(pd.DataFrame, 'leftover'))"),
        ("import locale, decimal\ndecimal.getcontext().prec = 3", "import decimal\nprint(decimal.getcontext().prec == 3)"),
        ("import os\nos.chdir('/')", "import os\nprint(os.getcwd() == '/')"),
        ("import os\nos.umask(0o777)", "open('f', 'w').write('x')\nprint(open('f').read() != 'x')"),
        ("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
         "import signal\nprint(signal.getsignal(signal.SIGINT) == signal.SIG_IGN and 0)"),
    ],
)  # fmt: skip
def test_changes_inside_the_interpreter_end_with_the_run(unguarded: RunningService, change: str, look: str) -> None:
    for _ in range(6):
        unguarded.client.run(change)
        answer = unguarded.client.run(look)
        assert answer["result"] in ("False\n", "0\n"), answer["error"]


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('random').random()",
        "__import__('random').SystemRandom().random()",
        "__import__('secrets').token_hex()",
        "__import__('uuid').uuid4()",
        "__import__('os').urandom(8)",
        "__import__('numpy').random.rand()",
        "__import__('numpy').random.default_rng().random()",
        "__import__('tempfile').mkdtemp()[-8:]",
    ],
)
def test_random_numbers_differ_from_run_to_run(unguarded: RunningService, expression: str) -> None:
    results = [unguarded.client.run(f"# numpy\nprint({expression})") for _ in range(6)]
    assert len({answer["result"] for answer in results}) == 6, results[0]["error"]


@BOTH
@pytest.mark.parametrize(
    "code",
    [
        "import os\nprint(dict(os.environ))",
        "print(open('/proc/self/environ').read())",
        "import os\nprint(open(f'/proc/{os.getppid()}/environ').read())",
        "import os\nfor p in os.listdir('/proc'):\n    try:\n        print(open(f'/proc/{p}/environ').read())\n    except OSError: pass",
        "import glob\nprint([open(p).read() for p in glob.glob('/proc/*/cmdline')])",
        "import glob\nprint([open(p).read() for p in glob.glob('/proc/*/task/*/environ')])",
    ],
)
def test_the_environment_of_the_service_is_out_of_reach(service: RunningService, code: str) -> None:
    assert ENVIRONMENT_SECRET not in everything(service.client.run(code))


# Reads all of its own memory; the needle comes backwards, so that it is not found in itself.
_SEARCH = """
import ctypes
def main(backwards, planted):
    alive = planted[::-1].encode()
    found = []
    for line in open('/proc/self/maps'):
        span, mode = line.split()[:2]
        start, end = (int(part, 16) for part in span.split('-'))
        if not mode.startswith('rw') or '[v' in line:
            continue
        try:
            content = ctypes.string_at(start, end - start)
        except (OSError, OverflowError, MemoryError):
            continue
        for name, needle in (('secret', backwards[::-1].encode()), ('planted', b'plan' + alive[4:])):
            if content.count(needle) > (content is needle):
                found.append(name)
    return sorted(set(found))
"""


def test_a_ready_worker_holds_nothing_of_other_tenants_or_of_the_service(unguarded: RunningService) -> None:
    for _ in range(6):
        unguarded.client.run("def main(secret):\n    return len(secret)", inputs={"secret": SECRET}, stdin=SECRET)
    for secret in (SECRET, ENVIRONMENT_SECRET):
        inputs = {"backwards": secret[::-1], "planted": "planted-7e1"[::-1]}
        answer = unguarded.client.run(_SEARCH, inputs=inputs, timeout=20, memory_mb=256)
        assert answer["status"] == "success", answer["error"]
        held = answer["return_value"]
        assert "planted" in held  # the search does find what is there
        # The reversed needle is turned round during the search itself; only another copy would matter.
        assert unguarded.client.run(_count(secret), timeout=20)["return_value"] == []


def _count(secret: str) -> str:
    """Return a program that looks for a secret it never holds: it compares hashes of windows of memory."""
    import hashlib

    digest, first, size = hashlib.sha256(secret.encode()).hexdigest(), secret[:4], len(secret)
    return (
        "import ctypes, hashlib, re\n"
        "def main():\n"
        "    found = []\n"
        "    for line in open('/proc/self/maps'):\n"
        "        span, mode = line.split()[:2]\n"
        "        start, end = (int(part, 16) for part in span.split('-'))\n"
        "        if not mode.startswith('rw') or '[v' in line: continue\n"
        "        try: content = ctypes.string_at(start, end - start)\n"
        "        except (OSError, OverflowError, MemoryError): continue\n"
        f"        for match in re.finditer({first!r}.encode(), content):\n"
        f"            window = content[match.start():match.start() + {size}]\n"
        f"            if hashlib.sha256(window).hexdigest() == {digest!r}: found.append(hex(start))\n"
        "    return found\n"
    )


def test_a_concurrent_run_cannot_be_seen(unguarded: RunningService) -> None:
    slow = "import time\nopen('private', 'w').write(secret)\ntime.sleep(2)"
    spy = (
        "import os\n"
        "seen = []\n"
        "for pid in {*range(1, 100), *range(os.getpid() - 100, os.getpid() + 100), os.getppid()} - {os.getpid()}:\n"
        "    for name in ('cwd/private', 'environ', 'maps', 'mem', 'root/box', 'fd'):\n"
        "        try:\n"
        "            path = f'/proc/{pid}/{name}'\n"
        "            seen.append(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(10))\n"
        "        except OSError: pass\n"
        "for folder in ('/box', '/tmp', os.path.dirname(os.getcwd())):\n"
        "    try: seen.append(os.listdir(folder))\n"
        "    except OSError: pass\n"
        "print(seen)\n"
    )
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(unguarded.client.run, slow, inputs={"secret": SECRET})
        unguarded.wait_until_running()
        answer = unguarded.client.run(spy)
        assert running.result(30)["status"] == "success"
    assert (answer["status"], answer["result"]) == ("success", "[]\n"), answer["result"]


def test_one_worker_cannot_signal_another(unguarded: RunningService) -> None:
    code = (
        "import os, signal\n"
        "hit = []\n"
        "for pid in [*range(1, 50), *range(os.getpid() - 40, os.getpid() + 40), os.getppid(), -1, 0]:\n"
        "    if pid == os.getpid(): continue\n"
        "    try:\n        os.kill(pid, 0)\n        hit.append(pid)\n"
        "    except OSError: pass\n"
        "print([pid for pid in hit if pid > 0])\n"
    )
    answer = unguarded.client.run(code)
    assert answer["result"] == "[]\n"
