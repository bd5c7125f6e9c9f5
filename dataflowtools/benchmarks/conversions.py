"""Conversions by the service's confined workers, beside the same tools called directly; and fifty at once.

Run it with the environment of the checkout: ``.venv/bin/python dataflowtools/benchmarks/conversions.py --help``.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from sandboxkit.admission import Admission  # noqa: E402

from harness.conversions import Making, making  # noqa: E402
from harness.making_samples import CSV, MARKDOWN  # noqa: E402
from logics.convert_file import Wish  # noqa: E402

_ROWS = 20_000
_TOGETHER = 50
_HTML = "import sys, weasyprint; weasyprint.HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])"
_SHEET = "import sys, pandas; pandas.read_csv(sys.argv[1]).to_excel(sys.argv[2], engine='xlsxwriter', index=False)"


@dataclass
class Table:
    """Rows of a comparison: milliseconds in the middle, of the slowest, and how often."""

    rows: list[tuple[str, str, list[float]]] = field(default_factory=list)

    def add(self, what: str, how: str, times: list[float]) -> None:
        """Note a series."""
        self.rows.append((what, how, times))
        middle, slowest = statistics.median(times) * 1000, max(times) * 1000
        print(f"{what:<22} {how:<44} {middle:>8.0f} ms {slowest:>8.0f} ms  n={len(times)}", flush=True)


def timed(repeat: int, run: Callable[[], object]) -> list[float]:
    """Return how long each of several calls took."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


async def awaited(repeat: int, run: Callable[[int], Awaitable[object]]) -> list[float]:
    """The same for coroutines, with a moment in between for the next worker to get ready, as it has in quiet times."""
    times = []
    for number in range(repeat):
        await asyncio.sleep(0.5)
        start = time.perf_counter()
        await run(number)
        times.append(time.perf_counter() - start)
    return times


def program(*words: str) -> Callable[[], object]:
    """Return what runs a program to its end."""
    return lambda: subprocess.run(words, check=True, capture_output=True)


def office_command(folder: Path, source: Path, target: str, profile: str) -> list[str]:
    """Return the command line of LibreOffice for one conversion."""
    home = f"-env:UserInstallation={(folder / profile).as_uri()}"
    return ["soffice", home, "--headless", "--convert-to", target, "--outdir", str(folder / "out"), str(source)]


async def compare_office(made: Making, folder: Path, table: Table, repeat: int) -> None:
    """LibreOffice: its command line with a new profile and a used one, against a worker."""
    docx = await made.converted("a.md", MARKDOWN.encode(), "docx")
    source = folder / "a.docx"
    source.write_bytes(docx)
    if shutil.which("soffice"):

        def cold() -> None:
            shutil.rmtree(folder / "cold", ignore_errors=True)
            program(*office_command(folder, source, "pdf", "cold"))()

        table.add("docx to pdf", "soffice, new profile", timed(repeat, cold))
        table.add(
            "docx to pdf",
            "soffice, used profile",
            timed(repeat, program(*office_command(folder, source, "pdf", "warm"))),
        )
    table.add("docx to pdf", "service", await awaited(repeat, lambda _: _fresh(made, "a.docx", docx, "pdf")))
    doc = await made.converted("a.docx", docx, "doc")
    table.add("doc to docx", "service", await awaited(repeat, lambda _: _fresh(made, "a.doc", doc, "docx")))


async def compare_markup(made: Making, folder: Path, table: Table, repeat: int) -> None:
    """Pandoc: its command line against a worker that runs it."""
    source = folder / "a.md"
    source.write_text(MARKDOWN, encoding="utf-8")
    if made.installed.pandoc is not None:
        command = [
            str(made.installed.pandoc),
            "--sandbox",
            "-f",
            "commonmark_x",
            "-o",
            str(folder / "b.docx"),
            str(source),
        ]
        table.add("md to docx", "pandoc", timed(repeat, program(*command)))
    content = MARKDOWN.encode()
    table.add("md to docx", "service", await awaited(repeat, lambda _: _fresh(made, "a.md", content, "docx")))


async def compare_libraries(made: Making, folder: Path, table: Table, repeat: int) -> None:
    """Libraries in a new process, against a worker that has them loaded."""
    lines = CSV.splitlines()
    content = "\r\n".join([lines[0], *(lines[1 + number % 2] for number in range(_ROWS))]).encode()
    source, page = folder / "a.csv", folder / "a.html"
    source.write_bytes(content)
    html = await made.converted("a.md", MARKDOWN.encode(), "html")
    page.write_bytes(html)
    fresh = [sys.executable, "-c"]
    table.add(
        f"csv to xlsx, {_ROWS}",
        "pandas, new process",
        timed(repeat, program(*fresh, _SHEET, str(source), str(folder / "a.xlsx"))),
    )
    table.add(
        f"csv to xlsx, {_ROWS}", "service", await awaited(repeat, lambda _: _fresh(made, "a.csv", content, "xlsx"))
    )
    table.add(
        "html to pdf",
        "WeasyPrint, new process",
        timed(repeat, program(*fresh, _HTML, str(page), str(folder / "a.pdf"))),
    )
    table.add("html to pdf", "service", await awaited(repeat, lambda _: _fresh(made, "a.html", html, "pdf")))


async def remembered(made: Making, table: Table, repeat: int) -> None:
    """An equal conversion again."""
    file = made.files.put("a.md", MARKDOWN.encode())
    await made.convert_file.convert(file.file_id, Wish("docx"))
    table.add(
        "md to docx",
        "service, remembered",
        await awaited(repeat, lambda _: made.convert_file.convert(file.file_id, Wish("docx"))),
    )


async def together(made: Making) -> None:
    """Fifty documents at once."""
    docx = await made.converted("a.md", MARKDOWN.encode(), "docx")

    async def one(number: int) -> float:
        start = time.perf_counter()
        await _fresh(made, f"{number}.docx", docx, "pdf")
        return time.perf_counter() - start

    start = time.perf_counter()
    times = await asyncio.gather(*(one(number) for number in range(_TOGETHER)))
    took = time.perf_counter() - start
    rate = _TOGETHER / took
    print(f"{_TOGETHER} x docx to pdf at once: {took:.1f} s, {rate:.1f} a second, the last after {max(times):.1f} s")


async def _fresh(made: Making, name: str, content: bytes, target: str) -> object:
    made.cache.values.clear()
    return await made.convert(name, content, target)


async def main(repeat: int) -> None:
    """Run everything."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "files").mkdir()
        async with making(folder / "files", admission=Admission(2, 200, 600)) as made:
            table = Table()
            print(f"{'':<22} {'':<44} {'median':>11} {'slowest':>11}")
            await compare_office(made, folder, table, repeat)
            await compare_markup(made, folder, table, repeat)
            await compare_libraries(made, folder, table, repeat)
            await remembered(made, table, repeat)
            await together(made)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=10, help="times that each conversion is done; 10 by default")
    asyncio.run(main(parser.parse_args().repeat))
