"""The call of a program's ``main``."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from drivenadapters.sandbox.guest.entry import MissingInput, arguments, call_main, calls_main

INPUTS: dict[str, Any] = {"a": 1, "b": 2}


def defined(source: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"Any": Any, "Mapping": Mapping}
    exec(compile(source, "main.py", "exec", dont_inherit=True), namespace)  # noqa: S102 - the tests' own functions
    main: Callable[..., Any] = namespace["main"]
    return main


@pytest.mark.parametrize(
    ("signature", "inputs", "expected"),
    [
        ("", INPUTS, ()),
        ("a", INPUTS, (1,)),
        ("b, a", INPUTS, (2, 1)),
        ("a, c=3", INPUTS, (1, 3)),
        ("a, b=9", INPUTS, (1, 2)),
        ("a, /, b", INPUTS, (1, 2)),
        ("b, a, /", INPUTS, (2, 1)),
        ("*, b", INPUTS, (2,)),
        ("*args, a", INPUTS, (1, ())),
        ("**kwargs", INPUTS, (INPUTS,)),
        ("a, **rest", INPUTS, (1, {"b": 2})),
        ("inputs", INPUTS, (INPUTS,)),
        ("params", INPUTS, (INPUTS,)),
        ("data", INPUTS, (INPUTS,)),
        ("event", {}, ({},)),
        ("anything: dict", INPUTS, (INPUTS,)),
        ("anything: dict[str, int]", INPUTS, (INPUTS,)),
        ("anything: 'dict[str, Any]'", INPUTS, (INPUTS,)),
        ("anything: Mapping", INPUTS, (INPUTS,)),
        ("data", {"data": [1]}, ([1],)),
        ("inputs", {"inputs": {"x": 1}}, ({"x": 1},)),
        ("data=None", {}, (None,)),
        ("data=None", INPUTS, (INPUTS,)),
        ("a: dict", {"a": {"k": 1}}, ({"k": 1},)),
    ],
)
def test_main_takes_the_inputs_that_its_parameters_ask_for(
    signature: str, inputs: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    main = defined(f"def main({signature}):\n    return tuple(locals().values())")
    assert call_main(main, inputs) == expected


@pytest.mark.parametrize("signature", ["c", "a, c", "c, /", "*, c", "text: str"])
def test_a_parameter_without_input_is_named_with_the_inputs_there_are(signature: str) -> None:
    main = defined(f"def main({signature}): return None")
    missing = "text" if "text" in signature else "c"
    with pytest.raises(MissingInput, match=f"'{missing}'; inputs given: a, b"):
        call_main(main, INPUTS)


def test_without_inputs_the_message_says_so() -> None:
    with pytest.raises(MissingInput, match="inputs given: none"):
        call_main(defined("def main(x): return x"), {})


def test_the_whole_dictionary_is_a_copy_of_the_inputs() -> None:
    inputs = dict(INPUTS)
    call_main(defined("def main(inputs): inputs['c'] = 3"), inputs)
    assert inputs == INPUTS


def test_an_async_main_is_awaited() -> None:
    async def main(a: int) -> int:
        await asyncio.sleep(0)
        return a + 1

    assert call_main(main, INPUTS) == 2


def test_a_main_that_returns_an_awaitable_is_awaited() -> None:
    async def work() -> str:
        return "done"

    assert call_main(lambda: work(), {}) == "done"


def test_a_class_named_main_is_called_with_its_parameters() -> None:
    class Main:
        def __init__(self, a: int) -> None:
            self.a = a

    assert call_main(Main, INPUTS).a == 1


def test_inputs_nobody_asks_for_are_left_out() -> None:
    assert arguments(defined("def main(a): ..."), {"a": 1, "zzz": 2}) == ([], {"a": 1})


@pytest.mark.parametrize(
    "source",
    [
        "def main(): ...\nmain()",
        "def main(): ...\nif __name__ == '__main__':\n    main()",
        "def main(): ...\nif __name__ == '__main__':\n    print(main())",
        "import asyncio\nasync def main(): ...\nasyncio.run(main())",
        "def main(): ...\nfor _ in range(2):\n    x = [main()]",
        "def main(): ...\ntry:\n    main()\nexcept ValueError:\n    pass",
        "def main(): ...\nwith open('x') as f:\n    result = main() or 1",
        "import sys\ndef main(): ...\nsys.exit(main())",
    ],
)
def test_a_script_that_calls_its_main_is_recognised(source: str) -> None:
    assert calls_main(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "def main(): ...",
        "def main(): return main()",
        "def main(): ...\ndef other():\n    main()",
        "def main(): ...\nclass A:\n    def run(self): main()",
        "def main(): ...\nrun = lambda: main()",
        "def main(): ...\nother.main()",
        "def main(): ...\nasync def other():\n    await main()",
        "print('main()')",
    ],
)
def test_a_main_that_only_stands_there_is_not_taken_for_called(source: str) -> None:
    assert not calls_main(ast.parse(source))
