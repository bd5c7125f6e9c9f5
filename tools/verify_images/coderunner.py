"""What the image of coderunner is held to."""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from chart import helm
from chart.helm import CHART, Manifest
from verify_images.checks import Subject, expect, expect_confinement
from verify_images.containers import Container, container
from verify_images.engine import Engine
from verify_images.flags import command, run_flags
from verify_images.pip_secrets import mirror_mounts

NAME, WORKLOAD = "coderunner", "Deployment/coderunner"
_SERVICE = CHART.parent / "coderunner"
_SUITES = tuple(f"tests/security/test_{name}.py" for name in ("isolation", "escapes", "abuse", "kernel_attacks"))
_GREEDY = "import time\nheld = []\nfor _ in range(10_000):\n    held.append(bytearray(1 << 20))\n"
_SLOW = "import time\nprint('begun')\ntime.sleep(4)\nprint('done')"
_MORE_PACKAGES = {
    "coderunner": {
        "settings": {"ALLOWED_MODULES": "+humanize"},
        "packages": {"extra": ["humanize"]},
        "networkPolicy": {"egress": [{}]},
    }
}
_THREADS = """
import threading, time
try:
    while True:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
except RuntimeError:
    print("no more")
"""


def serves_confined(subject: Subject) -> str:
    """It starts as the chart runs it, gets healthy, confines its workers, and runs a program."""
    with subject.container() as service:
        seconds = service.wait_until_ready()
        expect_confinement(service.get("/api/health")["result"]["checks"]["sandbox"]["layers"])
        answer = service.run("import pandas as pd, numpy.testing\nprint(pd.DataFrame({'a': [1]}).a.sum())")
        expect(answer["result"] == "1\n", answer)
        subject.wait_until_healthy(service)
        log = subject.engine.logs(service.name)
        expect("atplotlib" not in log and "Traceback" not in log, log[-2000:])
        states = service.inspect("{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}")
        expect(states == "10001:10001 true [ALL]", states)
    return f"ready {seconds:.1f} s after `docker run` returned"


def runs_with_the_flags_of_the_readme(subject: Subject) -> str:
    """The command of the README is enough: no volume, no limit, nothing of the chart."""
    flags = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    with container(subject.engine, subject.image, flags) as service:
        service.wait_until_ready()
        expect(service.run("open('a', 'w').write('b')\nprint(1)")["result"] == "1\n", "no program runs")
    return ""


def holds_against_the_attacks(subject: Subject) -> str:
    """The security suites pass against it, with both layers and with the kernel layer alone."""
    secret = f"secret-{secrets.token_hex(8)}"
    folder = subject.engine.folder / "surroundings"
    folder.mkdir(exist_ok=True)
    # The attacks' marks and another job's folder are in reach of the containers' users, but for the confinement.
    mounts = ["--volume", f"{folder}:{folder}", "--env", f"TEST_SECRET={secret}", "--env", "QUEUE_LIMIT=200"]
    script = _SERVICE / "tests" / "harness" / "without_language_layer.py"
    plain = ["--volume", f"{script}:/opt/plain.py:ro", "--env", "PYTHONPATH=/app/coderunner/src"]
    with (
        subject.container(*mounts) as guarded,
        subject.container(*mounts, *plain, command=["python", "/opt/plain.py"]) as unguarded,
    ):
        guarded.wait_until_ready()
        unguarded.wait_until_ready()
        places = {"TEST_GUARDED_URL": guarded.url, "TEST_UNGUARDED_URL": unguarded.url}
        return _run_suites({**places, "TEST_SECRET": secret, "TEST_FOLDER": str(folder)})


def fits_its_memory(subject: Subject) -> str:
    """As many runs as it takes at once, each at its limit, stay below the container's limit."""
    with subject.container() as service:
        service.wait_until_ready()
        capacity = service.get("/api/health")["result"]["checks"]["sandbox"]["capacity"]
        with ThreadPoolExecutor(capacity) as pool:
            answers = list(pool.map(lambda _: service.run(_GREEDY, timeout=30), range(capacity)))
        expect({answer["status"] for answer in answers} == {"memory_exceeded"}, answers)
        expect(service.inspect("{{.State.OOMKilled}}") == "false", "the kernel killed something for want of memory")
        expect(service.run("print(1)")["result"] == "1\n", "it serves no more")
    return f"{capacity} runs of 512 MiB at once"


def survives_want_of_memory(subject: Subject) -> str:
    """In a container too small for its settings the run dies, not the service; if the service does, it starts again."""
    small = ["--memory=420m", "--memory-swap=420m", "--env", "MAX_CONCURRENT_RUNS=1", "--env", "READY_WORKERS=1"]
    with subject.container(*small, "--restart=always") as service:
        service.wait_until_ready()
        status = _status_of(service, _GREEDY)
        expect(status in {"memory_exceeded", "crashed", "connection lost"}, status)
        service.wait_until_ready()
        expect(service.run("print(1)")["result"] == "1\n", "it serves no more")
        restarts = service.inspect("{{.RestartCount}}")
    return f"the run ended as {status}, {restarts} restarts"


def survives_a_flood_of_threads(subject: Subject) -> str:
    """Threads end at the container's limit of processes, and the service goes on."""
    with subject.container("--pids-limit=100", "--env", "READY_WORKERS=2") as service:
        service.wait_until_ready()
        answer = service.run(_THREADS, timeout=5)
        expect(answer["status"] in {"success", "error", "timeout", "memory_exceeded"}, answer)
        service.wait_until_ready()
        expect(service.run("print(1)")["result"] == "1\n", "it serves no more")
    return f"the run ended as {answer['status']}"


def ends_runs_before_it_ends(subject: Subject) -> str:
    """SIGTERM during a run: the run's answer still comes, readiness says no, the exit status is 0."""
    with subject.container() as service:
        service.wait_until_ready()
        with ThreadPoolExecutor(1) as pool:
            run = pool.submit(service.run, _SLOW, timeout=20)
            _wait_for_a_run(service)
            started = time.monotonic()
            stop = threading.Thread(target=subject.engine, args=("stop", "--time", str(subject.patience), service.name))
            stop.start()
            seen = _statuses_until_gone(service, stop)
            expect(run.result(30)["result"] == "begun\ndone\n", run.result())
        seconds = time.monotonic() - started
        expect(503 in seen, f"readiness never said no: {seen}")
        expect(service.inspect("{{.State.ExitCode}}") == "0", "it did not end by itself")
        expect(seconds < subject.patience, "it took longer than the chart allows")
    return f"ended after {seconds:.1f} s of the {subject.patience} that the chart allows"


def starts_again(subject: Subject) -> str:
    """Killed and started again it serves, and what the killed one left in /tmp is no burden."""
    with subject.container() as service:
        service.wait_until_ready()
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(_status_of, service, _SLOW)
            _wait_for_a_run(service)
            subject.engine("kill", "--signal=KILL", service.name)
            expect(lost.result(30) == "connection lost", lost.result())
        subject.engine("start", service.name)
        seconds = service.wait_until_ready()
        expect(service.run("print(1)")["result"] == "1\n", "it serves no more")
    return f"ready {seconds:.1f} s after it was started again"


def buries_its_dead(subject: Subject) -> str:
    """When fork servers are killed others take their place, and no dead process is left."""
    list_states = "for p in /proc/[0-9]*/stat; do cut -d' ' -f1,3,4 $p; done 2>/dev/null; true"
    with subject.container() as service:
        service.wait_until_ready()
        before = subject.engine("exec", service.name, "sh", "-c", list_states).splitlines()
        states = [line.split() for line in before]
        (main,) = [pid for pid, _, parent in states if parent == "1"]
        forks = [pid for pid, _, parent in states if parent == main]
        subject.engine("exec", service.name, "sh", "-c", f"kill -9 {' '.join(forks)}")
        service.wait_until_ready()
        expect(service.run("print(1)")["result"] == "1\n", "it serves no more")
        after = subject.engine("exec", service.name, "sh", "-c", list_states)
        dead = [line for line in after.splitlines() if line.split()[1:2] == ["Z"]]
        expect(not dead, dead)
    return f"{len(forks)} fork servers killed"


def takes_more_packages(subject: Subject) -> str:
    """What the chart's initial container does with `packages.extra`, and a program that imports the package."""
    folder = subject.engine.folder / "packages"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    requirements = subject.engine.folder / "requirements.txt"
    requirements.write_text("humanize\n", encoding="utf-8")
    with helm.running() as chart:
        objects = chart.render("v3", _MORE_PACKAGES)
    one = run_flags(objects, WORKLOAD, "packages", without=("/packages", "/etc/coderunner"))
    shared = ["--volume", f"{folder}:/packages"]
    index = [word for path in mirror_mounts(subject.engine.folder) for word in ("--volume", path)]
    files = ["--volume", f"{requirements}:/etc/coderunner/requirements.txt:ro", *index]
    started = time.monotonic()
    subject.engine(
        "run", "--rm", "--network=host", *one, *shared, *files, "--entrypoint", "",
        subject.image, *command(objects, WORKLOAD, "packages"), seconds=300,
    )  # fmt: skip
    seconds = time.monotonic() - started
    main = run_flags(objects, WORKLOAD, "coderunner", without=("/packages",))
    with container(subject.engine, subject.image, [*main, *shared]) as service:
        service.wait_until_ready()
        answer = service.run("import humanize, pandas\nprint(humanize.intcomma(1234567))")
        expect(answer["result"] == "1,234,567\n", answer)
    return f"{seconds:.0f} s before the service starts"


CHECKS = (
    serves_confined,
    runs_with_the_flags_of_the_readme,
    fits_its_memory,
    survives_want_of_memory,
    survives_a_flood_of_threads,
    ends_runs_before_it_ends,
    starts_again,
    buries_its_dead,
    takes_more_packages,
    holds_against_the_attacks,
)


def subject(engine: Engine, image: str, objects: list[Manifest]) -> Subject:
    """Return the image as the chart runs it."""
    return Subject.of(engine, image, objects, WORKLOAD, NAME)


def _run_suites(places: Mapping[str, str]) -> str:
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *_SUITES]
    done = subprocess.run(
        pytest, cwd=_SERVICE, env={**os.environ, **places}, capture_output=True, text=True, check=False
    )
    expect(done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:])
    return done.stdout.strip().splitlines()[-1]


def _status_of(service: Container, code: str) -> str:
    try:
        return str(service.run(code, timeout=20)["status"])
    except (OSError, json.JSONDecodeError, ValueError):
        return "connection lost"
    except Exception as error:  # noqa: BLE001 - http.client's own, when the peer is gone
        return "connection lost" if type(error).__module__ == "http.client" else repr(error)


def _wait_for_a_run(service: Container) -> None:
    end = time.monotonic() + 30
    while not service.get("/api/health")["result"]["checks"]["sandbox"]["running"]:
        expect(time.monotonic() < end, "no program is being run")
        time.sleep(0.05)


def _statuses_until_gone(service: Container, stop: threading.Thread) -> set[int]:
    seen = set()
    while stop.is_alive():
        seen.add(service.status("/api/health/ready"))
        stop.join(0.1)
    return seen
