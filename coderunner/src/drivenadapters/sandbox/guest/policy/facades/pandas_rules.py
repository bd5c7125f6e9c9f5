"""pandas: methods that take the names of methods, and expressions in strings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..formatting import walks_attributes
from ..names import FRAME_ATTRIBUTES
from ..tools import Tools, labelled, refused, wrapped
from ..values import Rule
from .numpy_rules import number_formatter

_DISPATCHING = "agg aggregate apply transform pipe applymap map resample".split()
_AGGREGATING = "pivot_table crosstab pivot".split()
_FORMATTING = "to_string to_html to_latex to_csv to_excel to_markdown format format_index".split()
_FILES = """
    read_parquet to_parquet read_feather to_feather read_orc to_orc read_hdf to_hdf HDFStore
    read_spss
""".split()

# Methods that a string may not name: they write, evaluate, dispatch again or draw.
_NOT_BY_NAME = frozenset(
    """
    pipe agg aggregate apply transform eval query plot hist boxplot style attrs register_dataframe_accessor
    tofile dump dumps ctypes setflags
    """.split()
)


def install(tools: Tools) -> None:
    """Register the rules for pandas."""
    rules: dict[str, Rule] = {
        **dict.fromkeys(_DISPATCHING, wrapped(check_dispatch)),
        **dict.fromkeys(_AGGREGATING, wrapped(_check_aggregation)),
        **dict.fromkeys(_FORMATTING, wrapped(_check_formats)),
        **dict.fromkeys(_FILES, _first_path(tools)),
        "query": _evaluating,
        "eval": _evaluating,
        "read_xml": wrapped(_check_xml),
        "set_option": _option_setter,
        "option_context": _option_setter,
        "show_versions": refused("it describes the server"),
        "test": refused("it runs pandas' own tests"),
        "to_clipboard": refused("there is no clipboard"),
        "read_clipboard": refused("there is no clipboard"),
        "from_dataframe": refused("it trusts the addresses that an object tells"),
        "from_custom_template": refused("templates are rendered in a sandbox: use jinja2"),
        "get_handle": refused("use open()"),
        "urlopen": refused("use requests or httpx"),
    }
    for kind in ("dataframe", "series", "index"):
        rules[f"register_{kind}_accessor"] = refused("it changes pandas for all code; write a function")
    tools.attributes.values.add_rules("pandas", rules)


# -- names of methods in strings -------------------------------------------------------


def check_method_name(name: str) -> None:
    """Refuse the name of a method that must not be called through a string."""
    exact = str.__str__(name)
    if exact.startswith(("_", "to_")) or exact in _NOT_BY_NAME:
        raise ValueError(f"{exact!r} cannot be called by name here; pass a function: lambda x: x.{exact}(...)")


def _check_function(function: Any) -> None:
    """A function, the name of one, or lists and mappings of them."""
    if isinstance(function, str):
        check_method_name(function)
    elif isinstance(function, Mapping):
        for item in function.values():
            _check_function(item)
    elif isinstance(function, tuple) and len(function) == 2 and isinstance(function[0], str):
        _check_function(function[1])
    elif isinstance(function, (list, tuple, set)):
        for item in function:
            _check_function(item)


def check_dispatch(*arguments: Any, **keywords: Any) -> None:
    """For ``agg`` and its kin, bound or not: each string may be the name that is called."""
    for item in (*arguments, *keywords.values()):
        if isinstance(item, (str, list, tuple, set, dict)):
            _check_function(item)


def _check_aggregation(*arguments: Any, **keywords: Any) -> None:
    """``aggfunc`` of pivot tables; other strings are names of columns."""
    candidates: Iterable[Any] = [keywords["aggfunc"]] if "aggfunc" in keywords else arguments[4:]
    for item in candidates:
        _check_function(item)


# -- expressions in strings ------------------------------------------------------------


def _evaluating(value: Callable[..., Any]) -> Callable[..., Any]:
    """``query`` and ``eval``: columns, operators, and variables of the caller by ``@``."""

    def evaluate(*arguments: Any, **keywords: Any) -> Any:
        for name in ("level", "resolvers", "global_dict", "target"):
            if name in keywords:
                raise TypeError(f"{name} is not available here")
        expressions = [item for item in (*arguments, keywords.get("expr")) if isinstance(item, str)]
        for expression in expressions[:1]:
            check_expression(expression)
        return value(*arguments, level=1, **keywords)

    return labelled(evaluate, value)


def check_expression(expression: str) -> None:
    """Refuse an expression that reads attributes other than public ones of columns.

    Raises ValueError. A text that does not parse is left to pandas to explain.
    """
    readable = str.__str__(expression).replace("@", "_at_").replace("`", " ")
    try:
        tree = ast.parse("\n".join(line.strip() for line in readable.strip().splitlines()))
    except SyntaxError:
        tree = ast.Module(body=[], type_ignores=[])
        if "__" in readable or "._" in readable.replace(" ", ""):
            raise ValueError("private names are not available in expressions") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            _check_step(node)


def _check_step(node: ast.Attribute) -> None:
    name = node.attr
    if name.startswith(("_", "to_")) or name in _NOT_BY_NAME or name in FRAME_ATTRIBUTES:
        raise ValueError(f"the attribute {name!r} is not available in expressions")
    root: ast.AST = node
    while isinstance(root, (ast.Attribute, ast.Call, ast.Subscript)):
        root = root.func if isinstance(root, ast.Call) else root.value
    if isinstance(root, ast.Name) and root.id.startswith("_at_"):
        variable = root.id.removeprefix("_at_")
        raise ValueError(f"read {variable}.{name} into a variable first and use @ with that")


# -- output and input ------------------------------------------------------------------


def _check_formats(*arguments: Any, **keywords: Any) -> None:
    """Format strings that walk attributes would show the inside of objects."""
    for item in (*arguments, *keywords.values()):
        templates = item.values() if isinstance(item, Mapping) else (item,)
        for template in templates:
            if isinstance(template, str) and "{" in template and walks_attributes(str.__str__(template)):
                raise ValueError("format strings may not read attributes here")


def _check_xml(*_arguments: Any, **keywords: Any) -> None:
    if keywords.get("stylesheet") is not None:
        raise ValueError("stylesheets can read files and are not available here")


def _first_path(tools: Tools) -> Rule:
    def check(*arguments: Any, **keywords: Any) -> None:
        for item in (*arguments[:2], keywords.get("path"), keywords.get("path_or_buf")):
            if isinstance(item, (str, bytes)) or hasattr(item, "__fspath__"):
                tools.files.check(item)

    return wrapped(check)


def _option_setter(value: Any) -> Any:
    """``set_option(name, value, ...)``: formatters must show the number."""

    def set_option(*arguments: Any, **keywords: Any) -> Any:
        shown = [number_formatter(item) if callable(item) else item for item in arguments]
        return value(*shown, **keywords)

    return labelled(set_option, value)
