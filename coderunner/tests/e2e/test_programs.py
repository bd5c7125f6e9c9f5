"""What users send, as they send it, to a real process."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import zipfile
from typing import Any

import pytest

from harness.openapi import CheckedClient
from harness.process import ServiceProcess

CSV = "region,amount\nnorth,10\nsouth,5\nnorth,7\n"


def files(**contents: str | bytes) -> list[dict[str, str]]:
    encoded = {name: text.encode() if isinstance(text, str) else text for name, text in contents.items()}
    return [
        {"name": name.replace("_DOT_", "."), "content_base64": base64.b64encode(content).decode()}
        for name, content in encoded.items()
    ]


def artifacts(answer: dict[str, Any]) -> dict[str, bytes]:
    for artifact in answer["artifacts"]:
        assert artifact["size"] == len(base64.b64decode(artifact["content_base64"]))
    return {item["name"]: base64.b64decode(item["content_base64"]) for item in answer["artifacts"]}


def succeeded(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["status"] == "success", (answer["error"], answer["stderr"])
    return answer


def test_the_command_of_the_readme_prints_what_it_says(
    running_service: tuple[ServiceProcess, CheckedClient],
) -> None:
    command = ["curl", "-s", "-X", "POST", f"{running_service[0].url}/api/runner/execute"]
    header = ["-H", "Content-Type: application/json"]
    try:
        done = subprocess.run(
            [*command, *header, "-d", '{"code": "print(\'Hello\')", "timeout": 30}'],
            capture_output=True,
            check=True,
            timeout=60,
        )
    except FileNotFoundError:
        pytest.skip("curl is not installed")
    answer = json.loads(done.stdout)
    assert (answer["result"], answer["status"]) == ("Hello\n", "success")


def test_inputs_are_variables_and_arguments_of_main(client: CheckedClient) -> None:
    code = "print(greeting)\ndef main(name, greeting='Hi', **rest):\n    return f'{greeting} {name}', rest"
    answer = succeeded(client.run(code, inputs={"name": "Ada", "greeting": "Hello", "extra": 1}))
    assert answer["result"] == "Hello\n"
    assert answer["return_value"] == ["Hello Ada", {"extra": 1}]


def test_a_dify_node_returns_its_outputs(client: CheckedClient) -> None:
    code = (
        "import json\n\n"
        "def main(arg1: str, arg2: str) -> dict:\n"
        "    data = json.loads(arg1)\n"
        "    return {\n        'result': data['a'] + arg2,\n    }\n"
    )
    answer = succeeded(client.run(code, inputs={"arg1": '{"a": "x"}', "arg2": "y"}))
    assert answer["return_value"] == {"result": "xy"}


def test_an_n8n_node_returns_at_the_top_level(client: CheckedClient) -> None:
    code = "out = []\nfor item in items:\n    out.append({'json': {'n': item['n'] * 2}})\nreturn out\n"
    answer = succeeded(client.run(code, inputs={"items": [{"n": 1}, {"n": 2}]}))
    assert answer["return_value"] == [{"json": {"n": 2}}, {"json": {"n": 4}}]


def test_the_last_expression_is_the_value(client: CheckedClient) -> None:
    assert succeeded(client.run("x = 20\nx * 2 + 2"))["return_value"] == 42


def test_a_script_that_calls_its_main_runs_it_once(client: CheckedClient) -> None:
    code = "def main():\n    print('once')\n\nif __name__ == '__main__':\n    main()\n"
    assert succeeded(client.run(code))["result"] == "once\n"


def test_standard_input_is_read_by_line_and_whole(client: CheckedClient) -> None:
    code = "import sys\nname = input('Name? ')\nprint(name.upper(), sys.stdin.read().split())"
    assert succeeded(client.run(code, stdin="ada\n1 2\n3"))["result"] == "Name? ADA ['1', '2', '3']\n"


def test_files_come_in_and_go_out(client: CheckedClient) -> None:
    code = (
        "from pathlib import Path\n"
        "text = open('in.txt').read()\n"
        "Path('out').mkdir()\n"
        "Path('out/upper.txt').write_text(text.upper())\n"
    )
    answer = succeeded(client.run(code, files=files(in_DOT_txt="hello", unused_DOT_bin=b"\x00")))
    assert artifacts(answer) == {"out/upper.txt": b"HELLO"}
    assert answer["artifacts"][0]["mime"] == "text/plain"


def test_a_csv_becomes_a_workbook(client: CheckedClient) -> None:
    code = (
        "import pandas as pd\n"
        "df = pd.read_csv('sales.csv')\n"
        "total = df.groupby('region', as_index=False)['amount'].sum()\n"
        "total.to_excel('total.xlsx', index=False)\n"
        "def main():\n    return total\n"
    )
    answer = succeeded(client.run(code, files=files(sales_DOT_csv=CSV)))
    assert answer["return_value"] == [{"region": "north", "amount": 17}, {"region": "south", "amount": 5}]
    with zipfile.ZipFile(io.BytesIO(artifacts(answer)["total.xlsx"])) as workbook:
        assert "xl/worksheets/sheet1.xml" in workbook.namelist()


def test_a_figure_left_open_comes_back_as_a_picture(client: CheckedClient) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4])\nplt.title('売上')\nplt.show()\n"
    picture = artifacts(succeeded(client.run(code)))["figure_1.png"]
    assert picture.startswith(b"\x89PNG\r\n")
    assert len(picture) > 3000


def test_standard_error_is_apart(client: CheckedClient) -> None:
    answer = succeeded(client.run("import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.stdout.write('x')"))
    assert (answer["result"], answer["stderr"]) == ("out\nx", "err\n")


def test_an_error_tells_type_message_line_and_the_user_s_frames(client: CheckedClient) -> None:
    answer = client.run("def f(x):\n    return {}[x]\n\nprint('kept')\nf('missing')\n")
    error = answer["error"]
    assert (answer["status"], answer["result"]) == ("error", "kept\n")
    assert (error["type"], error["message"], error["line"]) == ("KeyError", "'missing'", 2)
    assert [line for line in error["traceback"].splitlines() if "File" in line] == [
        '  File "<code>", line 5, in <module>',
        '  File "<code>", line 2, in f',
    ]


def test_a_timeout_keeps_the_partial_output_and_files(client: CheckedClient) -> None:
    code = "open('part.txt', 'w').write('half')\nprint('started')\nwhile True:\n    pass\n"
    answer = client.run(code, timeout=1)
    assert (answer["status"], answer["result"]) == ("timeout", "started\n")
    assert "1 second" in answer["error"]["message"]
    assert artifacts(answer) == {"part.txt": b"half"}


def test_a_fraction_of_a_second_is_a_timeout_too(client: CheckedClient) -> None:
    assert client.run("import time\ntime.sleep(20)", timeout=0.2)["status"] == "timeout"


def test_memory_beyond_the_limit_is_told(client: CheckedClient) -> None:
    answer = client.run("print('started')\nx = []\nwhile True:\n    x.append(bytearray(10**6))", memory_mb=64)
    assert (answer["status"], answer["result"]) == ("memory_exceeded", "started\n")
    assert "64 MiB" in answer["error"]["message"] or answer["error"]["type"] == "MemoryError"
    assert answer["usage"]["peak_memory_mb"] < 100


def test_output_beyond_the_limit_is_cut_and_told(client: CheckedClient) -> None:
    answer = client.run("while True:\n    print('x' * 1000)")
    assert (answer["status"], answer["truncated"]) == ("output_exceeded", True)
    assert len(answer["result"]) == 1 << 20
    assert "MAX_OUTPUT_KB" in answer["error"]["hint"]


def test_a_value_beyond_the_limit_is_told(client: CheckedClient) -> None:
    answer = client.run("def main():\n    return 'x' * (9 << 20)")
    assert (answer["status"], answer["return_value"]) == ("output_exceeded", None)
    assert "MAX_RESULT_MB" in answer["error"]["message"]


def test_refused_code_is_rejected_with_the_reason_and_the_line(client: CheckedClient) -> None:
    answer = client.run("x = 1\nprint(x.__class__.__subclasses__())")
    assert answer["status"] in ("rejected", "error")
    assert answer["error"]["line"] == 2


def test_a_module_that_is_not_allowed_is_named(client: CheckedClient) -> None:
    answer = client.run("import subprocess\nsubprocess.run(['ls'])")
    assert answer["status"] in ("rejected", "error")
    assert "subprocess" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("call", "status"), [("sys.exit()", "success"), ("sys.exit(0)", "success"), ("exit()", "success")]
)
def test_leaving_early_is_a_success(client: CheckedClient, call: str, status: str) -> None:
    answer = client.run(f"import sys\nprint('done')\n{call}\nprint('never')")
    assert (answer["status"], answer["result"]) == (status, "done\n")


def test_leaving_with_another_code_is_an_error_that_tells_it(client: CheckedClient) -> None:
    answer = client.run("import sys\nprint('x')\nsys.exit(3)")
    assert (answer["status"], answer["result"]) == ("error", "x\n")
    assert "3" in answer["error"]["message"]


def test_threads_run_and_are_waited_for(client: CheckedClient) -> None:
    code = (
        "import threading, time\n"
        "def work(n):\n    time.sleep(0.05)\n    print(n)\n"
        "for n in range(3):\n    threading.Thread(target=work, args=(n,)).start()\n"
    )
    assert sorted(succeeded(client.run(code))["result"].split()) == ["0", "1", "2"]


def test_a_pool_of_threads_runs(client: CheckedClient) -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool:\n    print(list(pool.map(abs, [-1, 2])))"
    )
    assert succeeded(client.run(code))["result"] == "[1, 2]\n"


def test_asyncio_runs(client: CheckedClient) -> None:
    code = (
        "import asyncio\n"
        "async def one(n):\n    await asyncio.sleep(0.01)\n    return n\n"
        "async def main():\n    return await asyncio.gather(one(1), one(2))\n"
    )
    assert succeeded(client.run(code))["return_value"] == [1, 2]


def test_usage_tells_what_was_taken(client: CheckedClient) -> None:
    answer = succeeded(client.run("x = bytearray(50 << 20)\nfor i in range(10**6):\n    pass"))
    usage = answer["usage"]
    assert usage["peak_memory_mb"] > 45
    assert usage["wall_ms"] > 0
    assert usage["cpu_ms"] > 0


def test_the_same_program_again_gives_the_same_answer(client: CheckedClient) -> None:
    code = "def main(n):\n    return n + 1"
    assert [succeeded(client.run(code, inputs={"n": n}))["return_value"] for n in range(5)] == [1, 2, 3, 4, 5]


def test_what_a_thread_raises_is_told_with_the_lines_of_the_program_only(client: CheckedClient) -> None:
    code = (
        "import threading\ndef work():\n    1/0\nthread = threading.Thread(target=work)\nthread.start()\nthread.join()"
    )
    stderr = succeeded(client.run(code))["stderr"]
    assert 'File "<code>", line 3, in work' in stderr
    assert "ZeroDivisionError" in stderr
    assert "threading.py" not in stderr


def test_what_a_destructor_raises_is_told_with_the_lines_of_the_program_only(client: CheckedClient) -> None:
    code = "class A:\n    def __del__(self):\n        raise ValueError('gone')\nA()\nprint('on')"
    body = succeeded(client.run(code))
    assert body["result"] == "on\n"
    assert "ValueError: gone" in body["stderr"]
    assert "program.py" not in body["stderr"]


def test_lines_of_threads_are_not_cut_by_each_other(client: CheckedClient) -> None:
    code = (
        "import threading\n"
        "def work(n):\n    for _ in range(200):\n        print(n * 20)\n"
        "threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]\n"
        "for thread in threads:\n    thread.start()\n"
    )
    lines = succeeded(client.run(code))["result"].splitlines()
    assert sorted(set(lines)) == [str(n) * 20 for n in range(4)]
    assert len(lines) == 800


def test_usage_counts_what_even_the_shortest_run_takes(client: CheckedClient) -> None:
    usages = [succeeded(client.run("print(1)"))["usage"] for _ in range(20)]
    assert all(usage["cpu_ms"] > 0 and usage["wall_ms"] > 0 for usage in usages)
