"""The life of the process: settings, signals, crashes of its parts, several instances."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from harness.process import SOURCE, ServiceProcess, children, serving, started

SLOW = "import time\nprint('started')\ntime.sleep(2)\nprint('ended')"


def wait_until_in_flight(process: ServiceProcess) -> None:
    """Wait until the service says that a program is running."""
    with httpx.Client(base_url=process.url, trust_env=False) as client:
        while client.get("/metrics").text.find("\ncoderunner_running 1.0") < 0:
            pass


def test_a_run_in_progress_is_finished_before_the_service_ends(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, client), ThreadPoolExecutor(1) as pool:
        run = pool.submit(client.run, SLOW)
        wait_until_in_flight(process)
        process.signal(signal.SIGTERM)
        assert run.result(60)["result"] == "started\nended\n"
        assert process.wait() == 0


def test_readiness_is_refused_while_draining_and_runs_are_served(tmp_path: Path) -> None:
    with serving(tmp_path, SHUTDOWN_DRAIN_SECONDS="30") as (process, client):
        process.signal(signal.SIGTERM)
        process.wait_for("stopping")
        assert client.get("/api/health/ready").status_code == 503
        assert client.run("print(1)")["result"] == "1\n"
        process.signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with serving(tmp_path, TMPDIR=str(tmp_path)) as (process, client):
        client.run("open('x', 'w').write('y')")
        servers = children(process.process.pid)
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
    assert servers
    assert [pid for pid in servers if Path(f"/proc/{pid}").exists()] == []
    assert list(tmp_path.iterdir()) == []


def test_a_killed_service_takes_its_workers_with_it(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        servers = [os.pidfd_open(pid) for pid in children(process.process.pid)]
        process.signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    try:
        assert servers
        assert all(_ends(pidfd) for pidfd in servers)
    finally:
        for pidfd in servers:
            os.close(pidfd)


def _ends(pidfd: int) -> bool:
    return bool(select.select([pidfd], [], [], 30)[0])


def test_killed_fork_servers_are_replaced_and_the_next_runs_are_fine(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, client):
        assert client.run("import matplotlib\nprint(1)")["result"] == "1\n"  # every kind has started
        fork_servers = children(process.process.pid)
        for pid in fork_servers:
            os.kill(pid, signal.SIGKILL)
        # A large process takes a while to die, and a run handed over in that while dies with it.
        process.wait_for_text("the fork server died", len(fork_servers))
        codes = ["print(2)", "import pandas\nprint(3)", "import matplotlib\nprint(4)"]
        with ThreadPoolExecutor(3) as pool:
            results = [answer["result"] for answer in pool.map(client.run, codes)]
        assert results == ["2\n", "3\n", "4\n"]


def test_a_run_whose_fork_server_is_killed_is_told_so_and_the_next_is_fine(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, client), ThreadPoolExecutor(1) as pool:
        run = pool.submit(client.run, SLOW)
        wait_until_in_flight(process)
        for pid in children(process.process.pid):
            os.kill(pid, signal.SIGKILL)
        assert run.result(60)["status"] in ("crashed", "success")
        assert client.run("print(1)")["result"] == "1\n"


def test_it_starts_again_on_the_same_port_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, client):
        port = process.port
        assert client.run("print(1)")["result"] == "1\n"
    for _ in range(2):
        with serving(tmp_path, PORT=str(port)) as (_, client):
            assert client.run("print(2)")["result"] == "2\n"


def test_a_port_that_is_taken_ends_the_second_instance_with_a_reason(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, client):
        with started(tmp_path, PORT=str(process.port)) as second:
            assert second.wait() == 1
            assert second.wait_for("cannot_listen")["port"] == process.port
        assert client.run("print(1)")["result"] == "1\n"


def test_two_instances_side_by_side_do_not_disturb_each_other(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, first):
        with serving(tmp_path) as (_, second):
            assert (first.run("print(1)")["result"], second.run("print(2)")["result"]) == ("1\n", "2\n")
        assert first.run("print(3)")["result"] == "3\n"


def test_the_env_file_of_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MAX_EXECUTION_TIME=3\n")
    with serving(tmp_path) as (_, client):
        refusal = client.post("/api/runner/execute", json={"code": "print(1)", "timeout": 4})
    assert refusal.status_code == 400
    assert "3 (MAX_EXECUTION_TIME)" in refusal.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_EXECUTION_TIME", "soon"), ("PORT", "99999"), ("SANDBOX_REQUIRED_LAYERS", "magic"), ("MAX_MEMORY_MB", "-1")],
)
def test_a_wrong_setting_ends_the_start_with_status_2_and_its_name(tmp_path: Path, name: str, value: str) -> None:
    with started(tmp_path, **{name: value}) as process:
        assert process.wait() == 2
        assert name in process.text()
        assert "Traceback" not in process.text()


def test_listening_to_the_network_without_keys_is_warned_of(tmp_path: Path) -> None:
    with started(tmp_path, HOST="0.0.0.0") as process:
        assert process.wait_for("open_to_the_network")["level"] == "warning"


def test_code_inputs_and_keys_are_not_in_the_log(tmp_path: Path) -> None:
    with started(tmp_path, API_KEYS="very-secret-key") as process:
        with httpx.Client(base_url=process.url, trust_env=False, headers={"X-Api-Key": "very-secret-key"}) as client:
            body = {"code": "print('code-words')\n1/0", "inputs": {"a": "input-words"}, "stdin": "stdin-words"}
            assert client.post("/api/runner/execute", json=body).json()["result"] == "code-words\n"
        process.signal(signal.SIGTERM)
        process.wait()
        text = process.text()
    assert "/api/runner/execute" in text
    for secret in ("code-words", "input-words", "stdin-words", "very-secret-key"):
        assert secret not in text


NOBODY = 65534
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
SECRET = "open('a', 'w').write('b')\nprint(1)\nprint(open('/etc/hostname').read())"


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="only root has capabilities to drop")
def test_it_works_without_any_capability(tmp_path: Path) -> None:
    with serving(tmp_path, prefix=WITHOUT_CAPABILITIES) as (process, client):
        status = Path(f"/proc/{process.process.pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in status
        answer = client.run(SECRET)
        assert (answer["status"], answer["result"]) == ("error", "1\n")
        assert [file["name"] for file in answer["artifacts"]] == ["a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start the service as somebody else")
def test_it_works_as_an_ordinary_user() -> None:
    """From a copy that everybody can read; the checkout may be root's own."""
    if not _readable_to_everybody(Path(sys.executable), Path(sys.prefix), SOURCE):
        pytest.skip("the interpreter or the packages lie in a folder that only root can read")
    with tempfile.TemporaryDirectory(prefix="checkout-") as name:
        checkout = Path(name)
        checkout.chmod(0o755)
        source, packages = checkout / "coderunner" / "src", checkout / "deps" / "site-packages"
        shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
        packages.mkdir(parents=True)
        shutil.copy(SOURCE.parents[1] / "deps" / "site-packages" / "modules.toml", packages)
        with serving(checkout, main=source / "main.py", user=NOBODY) as (process, client):
            assert f"Uid:\t{NOBODY}" in Path(f"/proc/{process.process.pid}/status").read_text()
            answer = client.run(SECRET)
    assert (answer["status"], answer["result"]) == ("error", "1\n")
    assert [file["name"] for file in answer["artifacts"]] == ["a"]


def _readable_to_everybody(*paths: Path) -> bool:
    return all(
        folder.stat().st_mode & 0o005 == 0o005 for path in paths for folder in (path.resolve(), *path.resolve().parents)
    )
