"""A thousand runs, hostile ones among good ones: nothing is lost, nothing stays behind."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness.openapi import CheckedClient
from harness.process import children, serving

RUNS = 1000
CLIENTS = 8
WORKERS = 4 + 4 + 2  # ready ones of the light, the data and the full kind
_SETTLE_SECONDS = 60.0

GOOD = [
    ("print(sum(n))", "6\n"),
    ("import pandas as pd\nprint(pd.Series(n).sum())", "6\n"),
    ("open('f', 'w').write(str(n))\nprint(open('f').read())", "[1, 2, 3]\n"),
    ("import json\nprint(json.dumps(n))", "[1, 2, 3]\n"),
    ("def main(n):\n    print(max(n))", "3\n"),
]
HOSTILE = [
    "while True: print('x' * 1000)",
    "x = []\nwhile True: x.append(bytearray(10**6))",
    "def f(): f()\nf()",
    "for i in range(10**4): open(f'i{i}', 'w').close()",
    "import os\nos._exit(1)",
    "import subprocess\nsubprocess.run(['id'])",
    "import socket\nsocket.create_connection(('127.0.0.1', 1))",
    "open('/etc/passwd').read()",
    "open('big', 'wb').write(b'x' * 10**7)",
    "(" * 10_000,
    "def main():\n    a = []\n    a.append(a)\n    return a",
    "import threading, time\nfor _ in range(50): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "import json\njson.codecs.open('/etc/passwd')",
    "import sys\nsys.exit(3)",
]
ENDLESS = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"


def good(client: CheckedClient, number: int) -> bool:
    code, expected = GOOD[number % len(GOOD)]
    answer = client.run(code, inputs={"n": [1, 2, 3]}, timeout=30)
    return bool(answer["status"] == "success" and answer["result"] == expected)


def hostile(client: CheckedClient, number: int) -> bool:
    if number % 25 == 0:
        return bool(client.run(ENDLESS, timeout=0.3)["status"] == "timeout")
    client.run(HOSTILE[number % len(HOSTILE)], timeout=10, memory_mb=32)
    return True


def mixed(client: CheckedClient, runs: int) -> Counter[str]:
    """Run good and hostile programs side by side; count what went as it should."""
    numbers = list(range(runs))
    random.Random(7).shuffle(numbers)  # noqa: S311 - a fixed order that looks like none

    def one(number: int) -> str:
        kind = good if number % 5 < 3 else hostile
        return f"{kind.__name__} {'as expected' if kind(client, number) else 'FAILED'}"

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(one, numbers))


def processes(pid: int) -> dict[str, Any]:
    """Return the fork servers of a service, and how many workers they have, alive or not reaped."""
    servers = sorted(children(pid))
    workers = [worker for server in servers for worker in children(server)]
    return {
        "fork servers": servers,
        "workers": len(workers),
        "zombies": [worker for worker in workers if _is_zombie(worker)],
    }


def descriptors(pid: int) -> dict[int, int]:
    """Return how many files the service and each fork server have open; memory files are among them."""
    return {process: len(os.listdir(f"/proc/{process}/fd")) for process in (pid, *children(pid))}


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def resident_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def settles(look: Callable[[], Any], expected: Any) -> Any:
    """Look until it is as expected: workers are replaced after an answer, not before."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (found := look()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def scratch(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_after_a_thousand_mixed_runs_everything_is_as_before(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with serving(tmp_path, TMPDIR=str(temporary), MAX_CONCURRENT_RUNS="8", READY_WORKERS="4") as (process, client):
        pid = process.process.pid
        client.run("import matplotlib\nprint(1)")  # the last kind has started, too
        mixed(client, RUNS)  # caches, pools and the allocator's arenas have grown to their size
        assert settles(lambda: processes(pid)["workers"], WORKERS) == WORKERS
        before, held, files, memory = processes(pid), descriptors(pid), scratch(temporary), resident_kib(pid)

        counts = mixed(client, RUNS)

        assert {name for name in counts if "FAILED" in name} == set(), counts
        assert sum(counts.values()) == RUNS
        assert settles(lambda: processes(pid), before) == before
        # An empty working directory is kept for a later worker: one for each run at a time.
        assert {number for number, count in descriptors(pid).items() if count > held[number] + CLIENTS} == set()
        assert process.process.poll() is None
        assert scratch(temporary) == files
        assert resident_kib(pid) < memory * 1.25 + 20_000
        health = client.get("/api/health").json()["result"]["checks"]["sandbox"]
        assert [kind["restarts"] for kind in health["workers"].values()] == [0, 0, 0]
        assert (health["running"], health["waiting"]) == (0, 0)
