"""The call of the user's ``main`` with the inputs of the run."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

_WHOLE_NAMES = frozenset(
    {"inputs", "input", "input_data", "params", "parameters", "args", "arguments", "kwargs", "data"}
    | {"event", "context", "payload", "variables", "state", "ctx"}
)
_WHOLE_ANNOTATIONS = ("dict", "Dict", "Mapping", "MutableMapping", "Any")


class MissingInput(TypeError):
    """``main`` has a parameter that no input provides."""


def calls_main(tree: ast.Module) -> bool:
    """Whether the program calls its ``main`` by itself, as scripts do."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "main":
            return True
        pending.extend(ast.iter_child_nodes(node))
    return False


def call_main(main: Callable[..., Any], inputs: Mapping[str, Any]) -> Any:
    """Call ``main`` with the inputs that its parameters name; await it if need be.

    A parameter takes the input of its name; ``**kwargs`` takes the rest; a lone
    parameter named for it (``inputs``, ``params``, ``data`` ...) or annotated as a
    mapping takes them all.

    Raises:
        MissingInput: naming the parameter and the inputs there are.
    """
    positional, named = arguments(main, inputs)
    value = main(*positional, **named)
    return asyncio.run(_await(value)) if inspect.isawaitable(value) else value


async def _await(value: Any) -> Any:
    return await value


def arguments(main: Callable[..., Any], inputs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and named arguments for ``main``."""
    parameters = list(inspect.signature(main).parameters.values())
    if _takes_whole(parameters, inputs):
        return [dict(inputs)], {}
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            named |= {name: value for name, value in inputs.items() if name not in named}
        elif parameter.kind is parameter.VAR_POSITIONAL:
            continue
        elif parameter.name in inputs:
            if parameter.kind is parameter.POSITIONAL_ONLY:
                positional.append(inputs[parameter.name])
            else:
                named[parameter.name] = inputs[parameter.name]
        elif parameter.default is parameter.empty:
            raise MissingInput(_missing(parameter.name, inputs))
    return positional, named


def _takes_whole(parameters: list[inspect.Parameter], inputs: Mapping[str, Any]) -> bool:
    required = [item for item in parameters if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)]
    if len(parameters) != 1 or len(required) != 1 or required[0].name in inputs:
        return False
    parameter = required[0]
    if parameter.default is not parameter.empty and not inputs:
        return False
    annotation = parameter.annotation
    label = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return parameter.name in _WHOLE_NAMES or label.split("[")[0].split(".")[-1] in _WHOLE_ANNOTATIONS


def _missing(name: str, inputs: Mapping[str, Any]) -> str:
    given = ", ".join(sorted(inputs)) or "none"
    return f"main() needs an argument {name!r}; inputs given: {given}"
