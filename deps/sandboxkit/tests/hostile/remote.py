"""A pool in a process of another user: what a server without root and capabilities gets."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import astuple

from hostile import specs
from sandboxkit import layers
from sandboxkit.files import OutputFile
from sandboxkit.layers import Layer, Report
from sandboxkit.outcome import Outcome, Usage, Verdict
from sandboxkit.pool import Pool
from sandboxkit.run import Errand, RunLimits

_LONGEST_LINE = 64 << 20


class UnprivilegedPool:
    """A pool's interface whose pool runs as a user without privileges."""

    def __init__(self, enabled: frozenset[Layer] = specs.IN_CONTAINERS) -> None:
        self._enabled = enabled
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self.report: Report = {}

    async def start(self, scratch: str) -> None:
        """Start the other process and its pool."""
        self._process = await asyncio.create_subprocess_exec(
            specs.interpreter()[0],
            "-B",
            "-m",
            "hostile.remote",
            specs.own_packages(),
            ",".join(sorted(self._enabled)),
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": f"{specs.SOURCE}:{specs.TESTS}", "PATH": os.defpath, "TMPDIR": scratch},
            limit=_LONGEST_LINE,
            **specs.as_stranger(),
        )
        self.report = layers.decode(json.loads(await self._line()))

    async def run(self, errand: Errand) -> Outcome:
        """Run the errand's body within its limits over there."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write(repr((errand.body, astuple(errand.limits))).encode() + b"\n")
            return _decode(await self._line())

    async def close(self) -> None:
        """End the other process."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode()


def _encode(outcome: Outcome) -> str:
    values = (str(outcome.verdict), *astuple(outcome)[1:])
    return repr(values)


def _decode(line: str) -> Outcome:
    verdict, detail, result, stdout, stderr, full, files, left_out, usage = ast.literal_eval(line)
    outputs = tuple(OutputFile(*file) for file in files)
    return Outcome(Verdict(verdict), detail, result, stdout, stderr, full, outputs, left_out, Usage(*usage))


async def _serve(packages: str, enabled: frozenset[Layer]) -> None:
    loop = asyncio.get_running_loop()
    spec = specs.spec("unprivileged", enabled=enabled, packages=packages)
    pool = Pool(spec, ready=2)
    await pool.start()
    print(json.dumps(layers.encode(pool.report)), flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        body, limits = ast.literal_eval(line)
        print(_encode(await pool.run(Errand(body, RunLimits(*limits)))), flush=True)
    await pool.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], frozenset(map(Layer, sys.argv[2].split(",")))))
