"""Extraction side by side: the service's confined workers, a library in a fresh process, and the same when warm.

    .venv/bin/python -B dataflowtools/benchmarks/extraction.py [--pages 600] [--rows 100000] [--plumber 60]

Prints tables in Markdown. Each figure is the median of the runs; the comparisons run in processes of their own, one
after the other. pdfplumber reads only as many pages as ``--plumber`` says, since it takes a second for a few of them;
its figure is scaled up and marked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_SERVICE = _HERE.parent
sys.path[:0] = [str(_SERVICE / "src"), str(_SERVICE / "tests")]

import xlsxwriter  # noqa: E402 - the service's own folders had to come first
from docx import Document  # noqa: E402

from drivenadapters.workers.specification import WorkerSettings  # noqa: E402
from fakes.result_cache import FakeResultCache  # noqa: E402
from fakes.stored_files import FakeStoredFiles  # noqa: E402
from harness.documents import documents, packages  # noqa: E402
from harness.pdfs import pdf  # noqa: E402
from logics.documents import ExtractionWish, Part  # noqa: E402
from logics.extract_document import ExtractDocument, ExtractionLimits  # noqa: E402

_WORDS = "the quick brown fox jumps over a lazy dog and runs back again".split()

# Each comparison is a program: it loads its library, then reads the file as often as it is told and prints how long
# each reading took and the most memory the process had, in MiB.
_PROGRAM = """
import json, resource, sys, time
begin = time.perf_counter()
{imports}
loaded = time.perf_counter() - begin
taken = []
for _ in range(int(sys.argv[2])):
    begin = time.perf_counter()
    {reading}
    taken.append(time.perf_counter() - begin)
print(json.dumps([loaded, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
_LIBRARIES = {
    "python-docx": ("import docx", "'\\n'.join(p.text for p in docx.Document(sys.argv[1]).paragraphs)"),
    "openpyxl": (
        "import openpyxl",
        "sum(1 for _ in openpyxl.load_workbook(sys.argv[1], read_only=True).active.iter_rows(values_only=True))",
    ),
    "calamine": (
        "from python_calamine import CalamineWorkbook",
        "len(CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python())",
    ),
    "PDFium": (
        "import pypdfium2\ndef read():\n    pdf = pypdfium2.PdfDocument(sys.argv[1])\n    for page in pdf:\n"
        "        text = page.get_textpage()\n        text.get_text_range()\n        text.close()\n        page.close()",
        "read()",
    ),
    "pdfplumber, text": (
        "import pdfplumber\ndef read():\n    with pdfplumber.open(sys.argv[1]) as pdf:\n"
        "        for page in pdf.pages[:int(sys.argv[3])]: page.extract_text()",
        "read()",
    ),
    "pdfplumber, tables": (
        "import pdfplumber\ndef read():\n    with pdfplumber.open(sys.argv[1]) as pdf:\n"
        "        for page in pdf.pages[:int(sys.argv[3])]: page.extract_tables()",
        "read()",
    ),
    "reader without its worker": (
        "sys.path[:0] = sys.argv[4:6]\nfrom harness.reading import read",
        "read(open(sys.argv[1], 'rb').read(), sys.argv[1], what=sys.argv[6].split(','))",
    ),
}


def main() -> int:
    """Measure and print; returns the exit status."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=600)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--plumber", type=int, default=60, help="pages that pdfplumber reads")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="extraction-") as folder:
        asyncio.run(measure(Path(folder), chosen.pages, chosen.rows, chosen.plumber))
    return 0


async def measure(folder: Path, pages: int, rows: int, plumber: int) -> None:
    """Measure everything, and print a table for each kind of document."""
    letter, workbook, book = write_word(folder), write_excel(folder, rows), write_pdf(folder, pages)
    print("| document | reader | ms |\n|---|---|---|")
    await service(letter, ["text"], "Word, 200 paragraphs", 20)
    compare("python-docx", letter, "Word, 200 paragraphs", 10)
    await service(workbook, ["tables"], f"Excel, {rows} rows of 8 cells", 3)
    compare("calamine", workbook, f"Excel, {rows} rows of 8 cells", 3)
    compare("openpyxl", workbook, f"Excel, {rows} rows of 8 cells", 1)
    await service(book, ["text"], f"PDF, {pages} pages", 3)
    await service(book, ["text", "tables"], f"PDF, {pages} pages, with tables", 1)
    compare("PDFium", book, f"PDF, {pages} pages", 3)
    compare("pdfplumber, text", book, f"PDF, {pages} pages", 1, scale=pages / min(plumber, pages), plumber=plumber)
    compare("pdfplumber, tables", book, f"PDF, {pages} pages", 1, scale=pages / min(plumber, pages), plumber=plumber)
    print("\n| pages | most memory of a process that reads text and tables, MiB |\n|---|---|")
    for count in (pages // 6, pages):
        _, _, memory = run("reader without its worker", write_pdf(folder, count), 1, parts="text,tables")
        print(f"| {count} | {memory:.0f} |")


async def service(file: Path, what: list[str], title: str, times: int) -> None:
    """Measure extraction in confined workers, and the answer from memory."""
    with tempfile.TemporaryDirectory() as folder:
        files, cache = FakeStoredFiles(Path(folder)), FakeResultCache()
        stored = files.put(file.name, file.read_bytes())  # noqa: ASYNC240 - nothing else runs
        wish = ExtractionWish(stored.file_id, frozenset(map(Part, what)))
        async with documents(WorkerSettings(packages(), seconds=600)) as reader:
            extract = ExtractDocument(files, reader, cache, ExtractionLimits(cached_bytes=1 << 30))
            await extract(wish)

            async def afresh() -> None:
                cache.values.clear()
                await extract(wish)

            show(title, "**service, in a confined worker**", await timed(afresh, times))
            show(title, "**service, asked again**", await timed(lambda: extract(wish), 20))


async def timed(work: Callable[[], Awaitable[object]], times: int) -> float:
    """Return the median of the seconds that something takes."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def compare(library: str, file: Path, title: str, times: int, *, scale: float = 1, plumber: int = 0) -> None:
    """Measure a library: its first reading in a fresh process, start included, and the later ones."""
    begin = time.perf_counter()
    _, first, _ = run(library, file, 1, plumber)
    fresh = (time.perf_counter() - begin - first[0]) + first[0] * scale
    mark = " (scaled up)" if scale > 1 else ""
    show(title, f"{library}, fresh process{mark}", fresh)
    if times > 1:
        _, taken, _ = run(library, file, times + 1, plumber)
        show(title, f"{library}, warm", statistics.median(taken[1:]))


def run(library: str, file: Path, times: int, plumber: int = 0, parts: str = "") -> tuple[float, list[float], float]:
    """Run a comparison; returns the seconds of loading and of each reading, and the memory in MiB."""
    imports, reading = _LIBRARIES[library]
    program = _PROGRAM.format(imports=imports, reading=reading)
    paths = [str(_SERVICE / "src"), str(_SERVICE / "tests")]
    command = [sys.executable, "-c", program, str(file), str(times), str(plumber), *paths, parts]
    loaded, taken, memory = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return loaded, taken, memory


def show(title: str, reader: str, seconds: float) -> None:
    """Print a row."""
    print(f"| {title} | {reader} | {seconds * 1000:.1f} |", flush=True)


def write_word(folder: Path) -> Path:
    """Write a letter."""
    document = Document()
    for number in range(200):
        document.add_paragraph(f"{number} " + " ".join(_WORDS * 3))
    document.save(str(folder / "letter.docx"))
    return folder / "letter.docx"


def write_excel(folder: Path, rows: int) -> Path:
    """Write a sheet of numbers, texts, dates and truths."""
    book = xlsxwriter.Workbook(str(folder / "sheet.xlsx"), {"constant_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for row in range(rows):
        sheet.write_row(row, 0, [row, f"name {row % 1000}", row * 1.5, row % 2 == 0, f"{row:08d}", 3.25, "text"])
        sheet.write_number(row, 7, 44_000 + row % 3000, day)
    book.close()
    return folder / "sheet.xlsx"


def write_pdf(folder: Path, pages: int) -> Path:
    """Write pages of prose with a table of ruling lines on each."""
    grid = "".join(f"50 {300 - 20 * n} m 450 {300 - 20 * n} l S " for n in range(9))
    grid += "".join(f"{50 + 100 * n} 140 m {50 + 100 * n} 300 l S " for n in range(5))
    cells = [(55 + 100 * c, 285 - 20 * r, f"r{r}c{c}") for r in range(8) for c in range(4)]
    prose = [(50, 750 - 16 * n, f"{n} " + " ".join(_WORDS)) for n in range(25)]
    file = folder / f"book-{pages}.pdf"
    file.write_bytes(pdf([[*prose, *cells]] * pages, drawn=grid))
    return file


if __name__ == "__main__":
    sys.exit(main())
