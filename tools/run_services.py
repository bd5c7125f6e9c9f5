"""Runs both services side by side until one ends or this process is told to stop."""

import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from provision.layout import SERVICES, dotenv_value

ROOT = Path(__file__).resolve().parent.parent


async def main() -> int:
    """Start both, pass signals on, stop the other when one ends; returns the first exit status that is not 0."""
    processes = [await _start(service, number) for number, service in enumerate(SERVICES)]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _pass_on, processes, number)
    waits = [asyncio.create_task(process.wait()) for process in processes]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    _pass_on(processes, signal.SIGTERM)
    statuses = await asyncio.gather(*waits)
    return next((status for status in statuses if status), 0)


async def _start(service: str, number: int) -> asyncio.subprocess.Process:
    """Start one service; a port that the user names is the first one's, the next port the other's."""
    port = os.environ.get("PORT") or dotenv_value(ROOT / ".env", "PORT")
    moved = {"PORT": str(int(port) + number)} if port.isdigit() and int(port) else {}
    # The second service asks the first, wherever that listens; who names its address knows better.
    known = os.environ.get("CODERUNNER_URL") or dotenv_value(ROOT / ".env", "CODERUNNER_URL")
    asked = {"CODERUNNER_URL": f"http://127.0.0.1:{port}"} if moved and number and not known else {}
    # A session of its own, so that Ctrl-C reaches the service once: through this process.
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / service / "src" / "main.py"),
        cwd=ROOT,
        env={**os.environ, **moved, **asked},
        start_new_session=True,
    )


def _pass_on(processes: list[asyncio.subprocess.Process], number: signal.Signals) -> None:
    for process in processes:
        if process.returncode is None:
            process.send_signal(number)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
