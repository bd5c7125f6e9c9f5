"""A warm Jupyter kernel: the same code, again and again, in one process that is never renewed.

A script: ``notebook.py COUNT`` reads the code on standard input and prints the seconds of
each run as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

_WARM_UP_RUNS = 20
_ANSWER_SECONDS = 60.0


def run_once(client: BlockingKernelClient, code: str) -> float:
    """Return the seconds from sending the code until the kernel is idle and its output is here."""
    started = time.perf_counter()
    reply = client.execute_interactive(code, timeout=_ANSWER_SECONDS, output_hook=lambda _: None)
    seconds = time.perf_counter() - started
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"the kernel answered {reply['content']}")
    return seconds


def main(count: int) -> None:
    """Start a kernel, warm it up, measure, end it."""
    code = sys.stdin.read()
    manager, client = start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)
    try:
        for _ in range(_WARM_UP_RUNS):
            run_once(client, code)
        print(json.dumps([run_once(client, code) for _ in range(count)]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
