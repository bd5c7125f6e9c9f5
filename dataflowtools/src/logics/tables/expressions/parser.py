"""From text to tree.

Columns are names, or anything between backticks; text stands in single or double quotes, a quote inside is doubled.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, VisitError

from logics.tables.expressions.tree import Call, Column, ExpressionError, Literal, Node

LONGEST = 4000  # characters
DEEPEST = 60  # nested parentheses, calls and signs
_LARGEST_INTEGER = 2**63 - 1

_GRAMMAR = r"""
?start: or_
?or_: and_ | or_ "or"i and_ -> or_
?and_: not_ | and_ "and"i not_ -> and_
?not_: comparison | "not"i not_ -> not_
?comparison: sum
  | sum _EQ sum -> equal
  | sum _NE sum -> not_equal
  | sum "<" sum -> less
  | sum "<=" sum -> less_equal
  | sum ">" sum -> greater
  | sum ">=" sum -> greater_equal
  | sum "in"i "(" _list ")" -> in_
  | sum "not"i "in"i "(" _list ")" -> not_in
  | sum "between"i sum "and"i sum -> between
  | sum "is"i "null"i -> is_null
  | sum "is"i "not"i "null"i -> not_null
?sum: term | sum "+" term -> add | sum "-" term -> subtract
?term: sign
  | term "*" sign -> multiply
  | term "/" sign -> divide
  | term "//" sign -> floor_divide
  | term "%" sign -> modulo
?sign: power | "-" sign -> negate | "+" sign -> positive
?power: atom | atom "**" sign -> power
?atom: NUMBER -> number
  | STRING -> string
  | "true"i -> true
  | "false"i -> false
  | "null"i -> null
  | NAME "(" [_list] ")" -> call
  | NAME -> name
  | QUOTED -> quoted
  | "(" or_ ")"
_list: or_ ("," or_)*
_EQ: "==" | "="
_NE: "!=" | "<>"
NUMBER: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
STRING: /'(?:[^']|'')*'/ | /"(?:[^"]|"")*"/
QUOTED: /`(?:[^`]|``)+`/
NAME: /[^\W\d]\w*/
%ignore /\s+/
"""


def parse(text: str) -> Node:
    """Parse an expression.

    Raises:
        ExpressionError: it is too long, nested too deep, or no expression; with the position.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters")
    _bound_depth(text)
    try:
        node: Node = _Builder().transform(_parser().parse(text))
    except VisitError as wrapped:
        if isinstance(wrapped.orig_exc, ExpressionError):
            raise wrapped.orig_exc from None
        raise
    except UnexpectedInput as reason:
        raise _explain(reason, text) from None
    return node


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _bound_depth(text: str) -> None:
    """Refuse what the walks over the tree could not follow: they recurse."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "", text)
    depth = deepest = 0
    for character in bare:
        depth += {"(": 1, ")": -1}.get(character, 0)
        deepest = max(deepest, depth)
    unary = len(re.findall(r"\bnot\b|-|\+|\*\*|\bor\b|\band\b|[*/%]", bare, re.IGNORECASE))
    if deepest > DEEPEST or unary > 4 * DEEPEST:
        raise ExpressionError(f"an expression has at most {DEEPEST} levels and {4 * DEEPEST} operators")


def _explain(reason: UnexpectedInput, text: str) -> ExpressionError:
    match reason:
        case UnexpectedToken() if reason.token.type == "$END":
            return ExpressionError("the expression ends too early", len(text) + 1)
        case UnexpectedToken():
            return ExpressionError(f"unexpected {str(reason.token)[:40]!r}", (reason.token.start_pos or 0) + 1)
        case UnexpectedCharacters():
            place: int = reason.pos_in_stream  # type: ignore[assignment] # set by this exception, unlike by its base
            return ExpressionError(f"unexpected {text[place]!r}", place + 1)
        case UnexpectedEOF():
            return ExpressionError("the expression ends too early", len(text) + 1)
    return ExpressionError("not an expression")


def _operator(function: str) -> Any:
    def build(_: Any, meta: Any, children: list[Node]) -> Node:
        return Call(function, tuple(children), meta.start_pos + 1)

    return v_args(meta=True)(build)


class _Builder(Transformer[Token, Any]):
    """Makes the tree, one method a rule of the grammar."""

    or_, and_, not_ = _operator("or"), _operator("and"), _operator("not")
    equal, not_equal = _operator("equal"), _operator("not_equal")
    less, less_equal = _operator("less"), _operator("less_equal")
    greater, greater_equal = _operator("greater"), _operator("greater_equal")
    add, subtract, multiply = _operator("add"), _operator("subtract"), _operator("multiply")
    divide, floor_divide = _operator("divide"), _operator("floor_divide")
    modulo, power = _operator("modulo"), _operator("power")
    is_null, in_ = _operator("is_null"), _operator("in")

    @v_args(meta=True)
    def not_in(self, meta: Any, children: list[Node]) -> Node:
        """``a not in (...)``."""
        return Call("not", (Call("in", tuple(children), meta.start_pos + 1),), meta.start_pos + 1)

    @v_args(meta=True)
    def not_null(self, meta: Any, children: list[Node]) -> Node:
        """``a is not null``."""
        return Call("not", (Call("is_null", tuple(children), meta.start_pos + 1),), meta.start_pos + 1)

    @v_args(meta=True)
    def between(self, meta: Any, children: list[Node]) -> Node:
        """``a between b and c``, both included."""
        value, low, high = children
        position = meta.start_pos + 1
        both = (Call("greater_equal", (value, low), position), Call("less_equal", (value, high), position))
        return Call("and", both, position)

    @v_args(meta=True)
    def negate(self, meta: Any, children: list[Node]) -> Node:
        """A sign, folded into a literal so that the smallest integer can be written."""
        (value,) = children
        if isinstance(value, Literal) and isinstance(value.value, int | float):
            return Literal(-value.value, meta.start_pos + 1)
        return Call("negate", (value,), meta.start_pos + 1)

    def positive(self, children: list[Node]) -> Node:
        """A sign that changes nothing."""
        return children[0]

    def number(self, children: list[Token]) -> Node:
        """A number: an integer unless it has a point or an exponent."""
        (token,) = children
        position = (token.start_pos or 0) + 1
        if token.isdecimal():
            if len(token) > 19 or int(token) > _LARGEST_INTEGER + 1:
                raise ExpressionError("an integer has at most 64 bits", position)
            return Literal(int(token), position)
        return Literal(float(token), position)

    def string(self, children: list[Token]) -> Node:
        """Text; its quote is doubled inside."""
        (token,) = children
        quote = token[0]
        return Literal(token[1:-1].replace(quote * 2, quote), (token.start_pos or 0) + 1)

    @v_args(meta=True)
    def true(self, meta: Any, _: list[Token]) -> Node:
        """The constant."""
        return Literal(True, getattr(meta, "start_pos", 0) + 1)

    @v_args(meta=True)
    def false(self, meta: Any, _: list[Token]) -> Node:
        """The constant."""
        return Literal(False, getattr(meta, "start_pos", 0) + 1)

    @v_args(meta=True)
    def null(self, meta: Any, _: list[Token]) -> Node:
        """The missing value."""
        return Literal(None, getattr(meta, "start_pos", 0) + 1)

    def call(self, children: list[Any]) -> Node:
        """A function by its name, in any case."""
        name, *arguments = children
        given = tuple(item for item in arguments if item is not None)
        return Call(str(name).lower(), given, (name.start_pos or 0) + 1)

    def name(self, children: list[Token]) -> Node:
        """A column by its bare name."""
        (token,) = children
        return Column(str(token), (token.start_pos or 0) + 1)

    def quoted(self, children: list[Token]) -> Node:
        """A column by its quoted name."""
        (token,) = children
        return Column(token[1:-1].replace("``", "`"), (token.start_pos or 0) + 1)
