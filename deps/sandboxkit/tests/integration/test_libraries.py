"""Libraries that people use, under every layer: nothing legitimate is refused, run after run."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from conftest import Sandbox
from hostile import specs
from sandboxkit.outcome import Verdict
from sandboxkit.pool import Pool

_RUNS = 12
_PRELOAD = ("numpy", "pandas", "matplotlib.pyplot", "lxml.etree", "PIL.Image", "sklearn.linear_model")

_PROGRAMS = {
    "numpy": """
import numpy as np
matrix = np.random.rand(200, 200)
assert np.allclose(matrix @ np.linalg.inv(matrix), np.eye(200), atol=1e-6)
np.save("matrix.npy", matrix)
assert np.load("matrix.npy", mmap_mode="r").shape == (200, 200)
assert abs(np.fft.ifft(np.fft.fft(matrix[0])).real - matrix[0]).max() < 1e-9
""",
    "pandas": """
import io, pandas as pd
days = pd.date_range("2024-03-30", periods=4, tz="Europe/Berlin")
frame = pd.DataFrame({"key": list("abab"), "value": [1, 2, 3, 4], "day": days})
assert frame.groupby("key")["value"].sum().to_dict() == {"a": 4, "b": 6}
frame.to_csv("frame.csv")
assert len(pd.read_csv("frame.csv", parse_dates=["day"])) == 4
frame.to_pickle("frame.pickle")
assert frame.merge(frame, on="key").shape == (8, 5)
assert frame.set_index("day")["value"].rolling("2D").sum().iloc[-1] == 9
assert frame.eval("value * 2").sum() == 20
""",
    "sklearn": """
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
data = np.random.RandomState(0).rand(60, 3)
assert LinearRegression().fit(data, data.sum(axis=1)).score(data, data.sum(axis=1)) > 0.99
assert len(set(KMeans(3, n_init=2).fit_predict(data))) == 3
RandomForestClassifier(8, n_jobs=2).fit(data, data[:, 0] > 0.5)
""",
    "matplotlib": """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2, 3], label="a line")
axes.set_title("Title")
axes.legend()
figure.savefig("figure.png")
figure.savefig("figure.svg")
assert open("figure.png", "rb").read(4) == b"\\x89PNG"
""",
    "lxml": """
from lxml import etree, html
tree = etree.fromstring(b"<a><b>1</b><b>2</b></a>")
assert [node.text for node in tree.xpath("//b")] == ["1", "2"]
assert html.fromstring("<p>one<br>two").text_content() == "onetwo"
etree.ElementTree(tree).write("tree.xml")
assert etree.parse("tree.xml").getroot().tag == "a"
""",
    "PIL": """
from PIL import Image, ImageDraw, ImageFilter
picture = Image.new("RGB", (64, 64), "white")
ImageDraw.Draw(picture).ellipse((8, 8, 56, 56), fill="red")
for kind in ("png", "jpeg", "gif", "webp", "tiff", "bmp"):
    picture.filter(ImageFilter.BLUR).save(f"picture.{kind}")
    assert Image.open(f"picture.{kind}").convert("RGB").size == (64, 64)
""",
    "threads": """
import concurrent.futures, queue, threading
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(lambda n: n * n, range(100))) == 328350
line = queue.Queue()
threads = [threading.Thread(target=line.put, args=(n,)) for n in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert sorted(line.get() for _ in range(20)) == list(range(20))
timer = threading.Timer(0.001, line.put, ("late",))
timer.start()
assert line.get(timeout=5) == "late"
""",
    "asyncio": """
import asyncio
async def work(n):
    await asyncio.sleep(0.001)
    return n
async def main():
    assert sum(await asyncio.gather(*(work(n) for n in range(50)))) == 1225
    assert await asyncio.to_thread(sum, [1, 2]) == 3
    reader = asyncio.Queue()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(reader.put(1))
        assert await reader.get() == 1
asyncio.run(main())
""",
    "files": """
import contextlib, os, shutil, sqlite3, tarfile, tempfile, zipfile, pathlib, glob
pathlib.Path("a/b").mkdir(parents=True)
pathlib.Path("a/b/text").write_text("content")
shutil.copy2("a/b/text", "copy")
shutil.copytree("a", "tree")
shutil.make_archive("archive", "zip", "a")
with tarfile.open("archive.tar.gz", "w:gz") as archive: archive.add("a")
with tarfile.open("archive.tar.gz") as archive: archive.extractall("out")
assert pathlib.Path("out/a/b/text").read_text() == "content"
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder) as file: file.write(b"x")
with sqlite3.connect("base.db") as base:
    base.execute("create table t (n)")
    base.executemany("insert into t values (?)", [(n,) for n in range(100)])
    assert base.execute("select sum(n) from t").fetchone() == (4950,)
with contextlib.redirect_stdout(open(os.devnull, "w")): print("nowhere")
os.replace("copy", "moved")
shutil.rmtree("tree")
assert sorted(glob.glob("*.zip")) == ["archive.zip"]
""",
    "standard library": """
import ctypes, datetime, decimal, getpass, hashlib, json, locale, logging, mmap, multiprocessing, os, platform
import random, re, secrets, select, signal, socket, ssl, subprocess, sys, time, urllib.request, uuid, zoneinfo
assert datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai")).utcoffset().seconds == 28800
assert len(secrets.token_bytes(16)) == 16 and uuid.uuid4() != uuid.uuid4()
assert hashlib.sha256(b"").hexdigest().startswith("e3b0")
assert mmap.mmap(-1, 4096)[:1] == b"\\0"
assert os.cpu_count() and os.getpid() and platform.python_version()
logging.basicConfig(); logging.getLogger().warning("heard")
assert ctypes.CDLL(None).getpid() == os.getpid()
left, right = socket.socketpair()
left.send(b"x"); assert right.recv(1) == b"x"
assert select.select([], [left], [], 0)[1]
signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.001); time.sleep(0.003)
""",
}


def _is_installed(program: str) -> bool:
    return program not in ("numpy", "pandas", "sklearn", "matplotlib", "lxml", "PIL") or bool(
        importlib.util.find_spec(program)
    )


def _cases() -> list[object]:
    return [
        pytest.param(
            code, id=name, marks=[] if _is_installed(name) else pytest.mark.skip(reason=f"{name} is not installed")
        )
        for name, code in _PROGRAMS.items()
    ]


@pytest_asyncio.fixture(scope="module")
async def loaded(scratch: Path) -> AsyncIterator[Pool]:
    """A pool whose fork server has imported the libraries."""
    settings = scratch / "matplotlib"
    settings.mkdir()
    preload = tuple(name for name in _PRELOAD if importlib.util.find_spec(name.partition(".")[0]))
    pool = Pool(specs.spec("loaded", preload=preload, environment={"MPLCONFIGDIR": str(settings)}), ready=2)
    await pool.start()
    yield pool
    await pool.close()


@pytest.mark.parametrize("code", _cases())
async def test_a_library_works_every_time(loaded: Pool, code: str) -> None:
    errand = specs.errand(code, wall=60, cpu=30, memory=1 << 30)
    outcomes = await asyncio.gather(*(loaded.run(errand) for _ in range(_RUNS)))
    assert [json.loads(outcome.result or b"null") for outcome in outcomes] == ["ok"] * _RUNS
    assert {outcome.verdict for outcome in outcomes} == {Verdict.COMPLETED}


@pytest.mark.parametrize("name", ["threads", "asyncio", "files", "standard library"])
async def test_the_standard_library_works_wherever_the_sandbox_runs(sandbox: Sandbox, name: str) -> None:
    outcome = await sandbox.run(specs.errand(_PROGRAMS[name], memory=512 << 20))
    assert outcome.result == b'"ok"'


@pytest.mark.skipif(not _is_installed("pandas"), reason="pandas is not installed")
async def test_a_library_can_be_imported_by_the_job_itself(sandbox: Sandbox) -> None:
    outcome = await sandbox.run(specs.errand(_PROGRAMS["pandas"], wall=30, cpu=20, memory=1 << 30))
    assert outcome.result == b'"ok"'


async def test_random_numbers_differ_between_workers(loaded: Pool) -> None:
    code = "import random, os, uuid; print(random.random(), os.urandom(8).hex(), uuid.uuid4())"
    outputs = [(await loaded.run(specs.errand(code))).stdout.split() for _ in range(6)]
    for column in zip(*outputs, strict=True):
        assert len(set(column)) == 6
