# ruff: noqa: E501 - an attack reads best on one line
"""Waste of what the machine has, over HTTP and against both layers.

Each program is bounded by something, ends with a status that says so, and leaves the
service able to run the next one.
"""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from harness.service import RunningService

ENDINGS = {"success", "error", "timeout", "memory_exceeded", "output_exceeded", "rejected", "crashed"}


def run(service: RunningService, code: str, **fields: Any) -> dict[str, Any]:
    return service.client.run(code, **{"timeout": 2, "memory_mb": 128, **fields})


@pytest.fixture(autouse=True)
def still_serving(guarded: RunningService) -> Any:
    """After whatever happened, an ordinary program runs."""
    yield
    assert guarded.client.run("print(1)")["result"] == "1\n"


@pytest.mark.parametrize(
    ("code", "endings"),
    [
        ("while True: pass", {"timeout"}),
        ("sum(range(10**13))", {"timeout"}),
        ("len(str(10**10**7))", {"timeout", "error", "memory_exceeded"}),
        ("import time\ntime.sleep(10**6)", {"timeout"}),
        ("import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')", {"timeout"}),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", {"timeout"}),
        (
            "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
            {"timeout", "error", "rejected"},
        ),
        ("import threading\nthreading.Event().wait()", {"timeout"}),
        ("import threading\nfor _ in range(8):\n    threading.Thread(target=lambda: all(iter(lambda: 1, 0))).start()",
         {"timeout"}),
        ("import asyncio\nasync def f():\n    while True:\n        await asyncio.sleep(0)\nasyncio.run(f())", {"timeout"}),
        ("class A:\n    def __del__(self):\n        while True: pass\na = A()\ndel a", {"timeout", "rejected"}),
        ("input()\n" * 3, {"error"}),
        ("sorted(range(10**9))", {"timeout", "memory_exceeded"}),
        ("import itertools\nlist(itertools.repeat(0))", {"timeout", "memory_exceeded"}),
        ("'x' * 10**10", {"memory_exceeded"}),
        ("x = []\nwhile True: x.append(bytearray(10**6))", {"memory_exceeded"}),
        ("x = []\nwhile True:\n    try:\n        x.append(bytearray(10**6))\n    except MemoryError: pass", {"timeout"}),
        ("import numpy as np\nnp.ones((10**5, 10**5))", {"memory_exceeded"}),
        ("x = {}\nwhile True: x[len(x)] = str(len(x)) * 100", {"memory_exceeded", "timeout"}),
        ("a = []\nfor _ in range(10**8): a = [a, a]\nprint(len(str(a)))", {"memory_exceeded", "timeout", "error"}),
        ("def f(): return f()\nf()", {"error"}),
        ("import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)",
         {"error", "memory_exceeded", "crashed", "timeout", "rejected"}),
        ("a = []\nfor _ in range(10**5): a = [a]\nrepr(a)", {"error"}),
        ("a = []\nfor _ in range(10**6): a = [a]\nprint('built')", {"success", "crashed"}),
        ("import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()",
         {"memory_exceeded", "error", "timeout"}),
        ("import os\nos.fork()", {"error", "rejected"}),
        ("import subprocess\nsubprocess.run(['id'])", {"error", "rejected"}),
        ("import multiprocessing\nmultiprocessing.Process(target=print).start()", {"error", "rejected"}),
        ("import ctypes\nctypes.string_at(0)", {"error", "rejected"}),
        ("import os\nos._exit(7)", {"error", "rejected"}),
        ("import os\nos.abort()", {"error", "rejected"}),
        ("import os\nos.kill(os.getpid(), 9)", {"error", "rejected"}),
        ("raise KeyboardInterrupt", {"error"}),
        ("raise GeneratorExit", {"error"}),
        ("import gc\ngc.get_objects()[0]", {"error", "rejected"}),
        ("import gc\ngc.disable()\nwhile True:\n    a = []\n    a.append(a)", {"timeout", "memory_exceeded", "error", "rejected"}),
    ],
    ids=lambda value: value[:60].replace("\n", "; ") if isinstance(value, str) else "",
)  # fmt: skip
def test_a_program_that_wastes_time_or_memory_is_ended(guarded: RunningService, code: str, endings: set[str]) -> None:
    answer = run(guarded, code)
    assert answer["status"] in endings, answer["error"]
    assert answer["usage"]["peak_memory_mb"] < 200


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    "body",
    [
        "while True: s.write('x' * 10**6)",
        "while True: s.write('x')",
        "s.write('x' * 10**7)",
        "while True:\n    try:\n        s.write('x' * 10**5)\n    except BaseException: pass",
        "import threading\nfor _ in range(4): threading.Thread(target=lambda: [s.write('x' * 999) for _ in iter(int, 1)]).start()",
    ],
)
def test_output_stops_at_its_limit(guarded: RunningService, stream: str, body: str) -> None:
    answer = run(guarded, f"import sys\ns = sys.{stream}\n{body}", timeout=20)
    assert (answer["status"], answer["truncated"]) == ("output_exceeded", True)
    assert len(answer["result"]) + len(answer["stderr"]) <= (1 << 20) + 1000


@pytest.mark.parametrize(
    "code",
    [
        "f = open('big', 'wb')\nwhile True: f.write(b'x' * 2**20)",
        "for i in range(10**5): open(f'f{i}', 'wb').write(b'x' * 2**20)",
        "for i in range(10**5): open(f'i{i}', 'w').close()",
        "import os\nfor i in range(10**5): os.mkdir(f'd{i}')",
        "import os\nfor i in range(10**5):\n    os.mkdir('d')\n    os.chdir('d')",
        "fs = []\nfor i in range(10**5): fs.append(open('one', 'w'))",
        "import tempfile\nfs = [tempfile.TemporaryFile() for _ in range(10**5)]",
        "f = open('sparse', 'wb')\nf.seek(2**40)\nf.write(b'x')\nf.flush()",
        "f = open('sparse', 'wb')\nf.truncate(2**40)",
    ],
)
def test_files_stop_at_their_limits(guarded: RunningService, code: str) -> None:
    answer = run(guarded, code, timeout=10)
    assert answer["status"] in {"error", "output_exceeded", "rejected"}
    assert len(answer["artifacts"]) <= 64
    assert sum(artifact["size"] for artifact in answer["artifacts"]) <= 16 << 20


@pytest.mark.parametrize(
    "code",
    [
        "(" * 100_000,
        "-" * 900_000 + "1",
        "[" * 1000 + "]" * 1000,
        "x = " + "[" * 90 + "]" * 90,
        "not " * 100_000 + "1",
        "lambda: " * 20_000 + "0",
        "a" + ".a" * 100_000,
        "a" + "(1)" * 100_000,
        "a" + "[0]" * 100_000,
        "1" + "+1" * 100_000,
        "1" + "<1" * 100_000,
        "1" + " if 1 else 1" * 20_000,
        "x = 10**10**8",
        "x = 2**(2**40)",
        "x = (1,) * 10**9 * 10**9",
        "x = 'a' * 10**6 * 10**6",
        "x = 1 << 10**9",
        "f'" + "{1}" * 50_000 + "'",
        "f'" + "{f" * 200 + "'",
        "x = [" + "1," * 250_000 + "]",
        "x = {" + ",".join(f"{n}:{n}" for n in range(60_000)) + "}",
        "\n".join(f"x{n} = {n}" for n in range(60_000)),
        "\n".join(" " * n + "if 1:" for n in range(500)),
        "def f(" + ",".join(f"a{n}" for n in range(50_000)) + "): pass",
        "x = '''" + "y" * 1_000_000 + "'''",
        "#" * 1_000_000,
        "\n" * 1_000_000,
        "[[]]*10**9",
        "class A:\n" + "".join(f" def f{n}(self): pass\n" for n in range(10_000)),
        "try:\n pass\n" + "except A: pass\n" * 20_000,
        "match 1:\n case " + "|".join(str(n) for n in range(20_000)) + ": pass",
        "match 1:\n case " + "[" * 5000 + "]" * 5000 + ": pass",
        "global " + ",".join(f"a{n}" for n in range(100_000)),
        "from x import " + ",".join(f"a{n}" for n in range(20_000)),
        "if 0:\n pass\n" + "elif 0:\n pass\n" * 5_000,
        "\ufeff\ufeffprint(1)",
        "print(1)\x1a",
        "x = '\\N{" + "A" * 10_000 + "}'",
        "1" * 900_000,
        "x = 0x" + "f" * 900_000,
        "x = 1e" + "9" * 100_000,
    ],
    ids=lambda code: code[:30].replace("\n", "; "),
)
def test_code_made_to_break_the_compiler_is_answered(guarded: RunningService, code: str) -> None:
    answer = run(guarded, code, timeout=4, memory_mb=256)
    assert answer["status"] in ENDINGS - {"crashed"}, answer["error"]


@pytest.mark.parametrize(
    ("code", "endings"),
    [
        ("def main():\n    return 'x' * 10**8", {"memory_exceeded"}),
        ("def main():\n    return 'x' * (2 * 10**7)", {"output_exceeded"}),
        ("def main():\n    return [0] * 10**7", {"output_exceeded", "memory_exceeded", "timeout"}),
        ("def main():\n    a = []\n    a.append(a)\n    return a", {"error"}),
        ("def main():\n    a = {}\n    a['a'] = a\n    return a", {"error"}),
        ("def main():\n    a = []\n    for _ in range(10**5): a = [a]\n    return a", {"error"}),
        ("def main():\n    return 10**5000", {"success"}),
        ("def main():\n    return {10**5000: 1}", {"success", "error"}),
        ("def main():\n    return 1 << 10**7", {"success"}),
        ("class A:\n    def __repr__(self): raise ValueError\ndef main():\n    return A()", {"success"}),
        ("class A:\n    def __repr__(self):\n        while True: pass\ndef main():\n    return A()", {"timeout"}),
        ("class A:\n    def __repr__(self): raise SystemExit\ndef main():\n    return [A()]", {"success", "error"}),
        ("class A(dict):\n    def items(self):\n        while True: yield 1, 1\ndef main():\n    return A(a=1)",
         {"timeout", "memory_exceeded", "success"}),
        ("class A(list):\n    def __iter__(self):\n        while True: yield 1\ndef main():\n    return A([1])",
         {"timeout", "memory_exceeded", "success"}),
        ("class A(str):\n    def __str__(self): return A('y')\ndef main():\n    return A('x')", {"success", "error"}),
        ("import itertools\ndef main():\n    return (n for n in itertools.count())", {"timeout", "memory_exceeded"}),
        ("import numpy as np\ndef main():\n    a = np.empty(1, dtype=object)\n    a[0] = a\n    return a", {"error"}),
        ("import numpy as np\ndef main():\n    return np.zeros((5000, 5000))",
         {"output_exceeded", "memory_exceeded", "timeout"}),
        ("import numpy as np\ndef main():\n    return np.array([object(), None, 'a'], dtype=object)", {"success"}),
        ("def main():\n    return '\\ud800'", {"success"}),
        ("def main():\n    return {'\\udfff': ['\\ud800']}", {"success"}),
        ("print('\\ud800')", {"success"}),
        ("import dataclasses\n@dataclasses.dataclass\nclass A:\n    a: object = None\ndef main():\n    x = A()\n    x.a = x\n    return x",
         {"error"}),
    ],
    ids=lambda value: value[-50:].replace("\n", "; ") if isinstance(value, str) else "",
)  # fmt: skip
def test_a_value_made_to_break_the_encoder_is_answered(guarded: RunningService, code: str, endings: set[str]) -> None:
    answer = run(guarded, code)
    assert answer["status"] in endings, answer["error"]


def test_links_and_pipes_are_not_taken_for_files(unguarded: RunningService) -> None:
    code = (
        "import os, socket\n"
        "def attempt(function, *arguments):\n"
        "    try:\n        function(*arguments)\n        print(function.__name__)\n"
        "    except OSError: pass\n"
        "for number, target in enumerate(('/etc/passwd', '/proc/self/environ', '/', '..', 'real', 'link5')):\n"
        "    attempt(os.symlink, target, f'link{number}')\n"
        "attempt(os.mkfifo, 'pipe')\n"
        "attempt(os.link, '/etc/passwd', 'hard')\n"
        "open('real', 'w').write('x')\n"
    )
    answer = unguarded.client.run(code)
    assert "link\n" not in answer["result"].replace("symlink", "")
    assert {artifact["name"] for artifact in answer["artifacts"]} == {"real"}


@pytest.mark.parametrize(
    "name", ["a\nb", "\x1b[31mred", "-rf", " ", "%00", "a" * 255, "con", "x\\y", "\u202etxt.exe", "'\"<script>"]
)
def test_odd_names_come_back_as_they_are(guarded: RunningService, name: str) -> None:
    answer = guarded.client.run("open(name, 'w').write('x')", inputs={"name": name})
    assert [artifact["name"] for artifact in answer["artifacts"]] == [name]


def test_a_name_that_is_not_text_comes_back_readable(unguarded: RunningService) -> None:
    answer = unguarded.client.run("import os\nopen(b'a\\xff', 'w').write('x')")
    assert [artifact["name"] for artifact in answer["artifacts"]] == ["a\ufffd"]


def test_files_beyond_the_limits_are_named(guarded: RunningService) -> None:
    answer = guarded.client.run("for n in range(100): open(f'{n:03}', 'w').write('x')")
    assert len(answer["artifacts"]) == 64
    assert answer["truncated"]
    assert answer["left_out"]


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00FORGED",
        b"\xff" * 100,
        b"\x00" * 10_000,
        b"R" + b"\xff" * 8,
        b"\x01\xff\xff\xff\x7f",
        b"\x01\x00\x00\x00\x00",
    ],
)
def test_bytes_forged_on_the_worker_s_connection_hurt_nobody_else(unguarded: RunningService, frame: bytes) -> None:
    code = f"import os\nfor fd in range(3, 20):\n    try:\n        os.write(fd, {frame!r})\n    except OSError: pass"
    assert unguarded.client.run(code)["status"] in ENDINGS
    assert unguarded.client.run("print(1)")["result"] == "1\n"


@pytest.mark.parametrize("levels", [250, 300, 900, 100_000])
def test_a_forged_result_nested_without_end_is_no_failure_of_the_service(
    unguarded: RunningService, levels: int
) -> None:
    value = "[" * levels + "]" * levels
    answer = unguarded.client.run(forging(f'{{"status":"success","error":null,"return_value":{value}}}'))
    assert answer["status"] == "crashed"


@pytest.mark.parametrize(
    "message",
    [
        '{"status":"timeout","error":null,"return_value":null}',
        '{"status":"success","error":{"line":true},"return_value":null}',
        '{"status":["success"],"error":null,"return_value":null}',
        '{"status":"error","error":"text","return_value":null}',
        "[]",
        "NaN",
    ],
)
def test_a_forged_result_that_makes_no_sense_is_told_as_a_crash(unguarded: RunningService, message: str) -> None:
    assert unguarded.client.run(forging(message))["status"] == "crashed"


def test_a_forged_success_can_only_be_about_the_program_itself(unguarded: RunningService) -> None:
    message = '{"status":"success","error":null,"return_value":NaN}'
    answer = unguarded.client.run(forging(message))
    assert (answer["status"], answer["return_value"]) == ("success", None)


def forging(message: str) -> str:
    """Return a program that sends a result of its own through the worker's library."""
    return (
        "import sys\n"
        "from sandboxkit import frames\n"
        "import os, time\n"
        f"payload = frames.encode(frames.FrameKind.RESULT, {message.encode()!r})\n"
        "while payload:\n    payload = payload[os.write(3, payload):]\n"
        "time.sleep(5)\n"
    )


def test_a_program_cannot_plant_code_for_the_next_run_of_its_source(unguarded: RunningService) -> None:
    """Beyond the size that is cached, no note of the worker would stand in the way."""
    planted = "import marshal, os\nfrom sandboxkit import frames\n"
    planted += "evil = marshal.dumps((compile('print(\"planted\")', '<code>', 'exec'), False))\n"
    planted += "os.write(3, frames.encode(frames.FrameKind.NOTE, evil))\nprint('own')\n"
    for padding in ("", "x = '" + "y" * 400_000 + "'\n"):
        results = [unguarded.client.run(padding + planted)["result"] for _ in range(3)]
        assert results == ["own\n"] * 3


def test_many_large_requests_at_once_are_served_or_refused_and_nothing_else(guarded: RunningService) -> None:
    body = {"code": "print(len(open('a', 'rb').read()))", "files": [
        {"name": "a", "content_base64": base64.b64encode(b"x" * (3 << 20)).decode()}
    ]}  # fmt: skip
    statuses = set()
    for _ in range(8):
        answer: httpx.Response = guarded.client.post("/api/runner/execute", json=body)
        statuses.add((answer.status_code, answer.json()["result"]))
    assert statuses == {(200, f"{3 << 20}\n")}
