"""Ordinary object-oriented programs, as people write them."""

from __future__ import annotations

import textwrap

import pytest

from harness.openapi import CheckedClient

PROGRAMS = {
    "private attributes": (
        """
        class Account:
            def __init__(self, balance=0):
                self._balance = balance
                self.__log = []
            def deposit(self, amount):
                self._balance += amount
                self.__log.append(amount)
                return self
            @property
            def history(self):
                return list(self.__log)
        a = Account(5).deposit(3).deposit(2)
        print(a._balance, a.history)
        """,
        "10 [3, 2]",
    ),
    "inheritance": (
        """
        from abc import ABC, abstractmethod
        class Shape(ABC):
            def __init__(self, name): self.name = name
            @abstractmethod
            def area(self): ...
            def __str__(self): return f"{self.name}: {self.area():.2f}"
        class Square(Shape):
            def __init__(self, side):
                super().__init__("square")
                self.side = side
            def area(self): return self.side ** 2
        print(Square(3))
        try: Shape("x")
        except TypeError as e: print("abstract" in str(e))
        """,
        "square: 9.00\nTrue",
    ),
    "operators": (
        """
        class V:
            __slots__ = ("x", "y")
            def __init__(self, x, y): self.x, self.y = x, y
            def __add__(self, o): return V(self.x + o.x, self.y + o.y)
            def __mul__(self, k): return V(self.x * k, self.y * k)
            __rmul__ = __mul__
            def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)
            def __hash__(self): return hash((self.x, self.y))
            def __repr__(self): return f"V({self.x}, {self.y})"
            def __neg__(self): return V(-self.x, -self.y)
            def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
            def __bool__(self): return bool(self.x or self.y)
        print(V(1, 2) + 2 * V(1, 1), -V(1, 0), abs(V(3, 4)), bool(V(0, 0)), len({V(1, 1), V(1, 1)}))
        """,
        "V(3, 4) V(-1, 0) 5.0 False 1",
    ),
    "containers": (
        """
        class Matrix:
            def __init__(self, rows): self.rows = rows
            def __getitem__(self, at):
                i, j = at
                return self.rows[i][j]
            def __setitem__(self, at, value): self.rows[at[0]][at[1]] = value
            def __delitem__(self, i): del self.rows[i]
            def __len__(self): return len(self.rows)
            def __contains__(self, v): return any(v in r for r in self.rows)
            def __iter__(self): return iter(self.rows)
        m = Matrix([[1, 2], [3, 4]])
        m[0, 1] += 10
        del m[1]
        print(m[0, 1], len(m), 12 in m, list(m))
        """,
        "12 1 True [[1, 12]]",
    ),
    "iterator": (
        """
        class Countdown:
            def __init__(self, n): self.n = n
            def __iter__(self): return self
            def __next__(self):
                if self.n <= 0: raise StopIteration
                self.n -= 1
                return self.n
        print(list(Countdown(3)), *Countdown(2))
        """,
        "[2, 1, 0] 1 0",
    ),
    "context manager": (
        """
        class Step:
            def __init__(self, name): self.name = name
            def __enter__(self):
                print("in", self.name)
                return self
            def __exit__(self, kind, error, trace):
                print("out", kind.__name__ if kind else None)
                return kind is ValueError
        with Step("a") as s, Step("b"):
            raise ValueError
        print(s.name)
        """,
        "in a\nin b\nout ValueError\nout None\na",
    ),
    "dataclass": (
        """
        from dataclasses import dataclass, field, asdict, replace
        @dataclass(order=True, frozen=True)
        class Item:
            price: float
            name: str = field(compare=False)
            tags: tuple[str, ...] = ()
            def __post_init__(self):
                if self.price < 0: raise ValueError("negative")
        items = sorted([Item(2, "b"), Item(1, "a")])
        print(items[0].name, asdict(items[1]), replace(items[0], price=9).price)
        try: Item(-1, "x")
        except ValueError as e: print(e)
        """,
        "a {'price': 2, 'name': 'b', 'tags': ()} 9\nnegative",
    ),
    "properties": (
        """
        class T:
            def __init__(self): self._c = 0.0
            @property
            def f(self): return self._c * 9 / 5 + 32
            @f.setter
            def f(self, v): self._c = (v - 32) * 5 / 9
            @f.deleter
            def f(self): self._c = None
        t = T(); t.f = 212
        print(t._c, t.f); del t.f; print(t._c)
        """,
        "100.0 212.0\nNone",
    ),
    "class and static methods": (
        """
        class P:
            count = 0
            def __init__(self, n): self.n = n; type(self).count += 1
            @classmethod
            def parse(cls, text): return cls(int(text))
            @staticmethod
            def twice(x): return 2 * x
        print(P.parse("4").n, P.twice(3), P.count, P.__name__)
        """,
        "4 6 1 P",
    ),
    "enum": (
        """
        from enum import Enum, IntFlag, auto
        class Colour(Enum):
            RED = auto()
            BLUE = auto()
            @property
            def label(self): return self.name.title()
        class Mode(IntFlag):
            R = 4
            W = 2
        print([c.label for c in Colour], Colour["RED"].value, Colour(2), (Mode.R | Mode.W).value)
        """,
        "['Red', 'Blue'] 1 Colour.BLUE 6",
    ),
    "descriptor": (
        """
        class Positive:
            def __set_name__(self, owner, name): self.name = "_" + name
            def __get__(self, o, kind=None): return self if o is None else getattr(o, self.name)
            def __set__(self, o, v):
                if v <= 0: raise ValueError(self.name)
                setattr(o, self.name, v)
        class Order:
            amount = Positive()
            def __init__(self, amount): self.amount = amount
        print(Order(3).amount)
        try: Order(0)
        except ValueError as e: print(e)
        """,
        "3\n_amount",
    ),
    "mixins and resolution order": (
        """
        class A:
            def who(self): return "A"
        class B(A):
            def who(self): return "B" + super().who()
        class C(A):
            def who(self): return "C" + super().who()
        class D(B, C): pass
        print(D().who(), issubclass(D, A), isinstance(D(), C))
        """,
        "BCA True True",
    ),
    "generic": (
        """
        from typing import Generic, TypeVar, Protocol, Iterator
        T = TypeVar("T")
        class Stack(Generic[T]):
            def __init__(self) -> None: self._items: list[T] = []
            def push(self, item: T) -> None: self._items.append(item)
            def pop(self) -> T: return self._items.pop()
        class Sized(Protocol):
            def size(self) -> int: ...
        s: Stack[int] = Stack()
        s.push(1); s.push(2)
        print(s.pop(), s._items)
        """,
        "2 [1]",
    ),
    "named tuple and typed dictionary": (
        """
        from typing import NamedTuple, TypedDict
        class Row(NamedTuple):
            a: int
            b: str = "x"
            def both(self): return f"{self.a}{self.b}"
        class Person(TypedDict, total=False):
            name: str
        p: Person = {"name": "Ada"}
        print(Row(1).both(), Row(1)._replace(a=2), Row(3)._asdict(), p["name"])
        """,
        "1x Row(a=2, b='x') {'a': 3, 'b': 'x'} Ada",
    ),
    "linked list": (
        """
        class Node:
            def __init__(self, value, next=None): self.value, self.next = value, next
        class Linked:
            def __init__(self): self.head = None
            def push(self, v): self.head = Node(v, self.head)
            def reverse(self):
                previous, node = None, self.head
                while node: node.next, previous, node = previous, node, node.next
                self.head = previous
            def __iter__(self):
                node = self.head
                while node:
                    yield node.value
                    node = node.next
        l = Linked()
        for n in range(3): l.push(n)
        l.reverse(); print(list(l))
        """,
        "[0, 1, 2]",
    ),
    "observer with callbacks": (
        """
        from collections import defaultdict
        class Bus:
            def __init__(self): self._handlers = defaultdict(list)
            def on(self, name):
                def register(f):
                    self._handlers[name].append(f)
                    return f
                return register
            def emit(self, name, **data): return [h(**data) for h in self._handlers[name]]
        bus = Bus()
        @bus.on("x")
        def double(n): return n * 2
        print(bus.emit("x", n=4), bus.emit("y"))
        """,
        "[8] []",
    ),
    "own exceptions": (
        """
        class AppError(Exception):
            def __init__(self, code, *args):
                super().__init__(*args)
                self.code = code
        class Missing(AppError): pass
        try:
            try: {}["k"]
            except KeyError as e: raise Missing(404, "no k") from e
        except AppError as e: print(type(e).__name__, e.code, e, repr(e.__cause__))
        finally: print("done")
        """,
        "Missing 404 no k KeyError('k')\ndone",
    ),
    "caching decorator class": (
        """
        import functools
        class Memo:
            def __init__(self, f):
                self.f, self.cache = f, {}
                functools.update_wrapper(self, f)
            def __call__(self, *args):
                if args not in self.cache: self.cache[args] = self.f(*args)
                return self.cache[args]
        @Memo
        def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
        print(fib(80), len(fib.cache), fib.__name__)
        """,
        "23416728348467685 81 fib",
    ),
    "subclass registry": (
        """
        class Plugin:
            registry = {}
            def __init_subclass__(cls, /, key, **kwargs):
                super().__init_subclass__(**kwargs)
                Plugin.registry[key] = cls
        class Csv(Plugin, key="csv"): pass
        class Json(Plugin, key="json"): pass
        print({k: v.__name__ for k, v in Plugin.registry.items()})
        """,
        "{'csv': 'Csv', 'json': 'Json'}",
    ),
    "async class": (
        """
        import asyncio
        class Source:
            async def __aenter__(self): return self
            async def __aexit__(self, *_): print("closed")
            async def __aiter__(self):
                for n in range(3):
                    await asyncio.sleep(0)
                    yield n
        async def work():
            async with Source() as s:
                return [n async for n in s]
        print(asyncio.run(work()))
        """,
        "closed\n[0, 1, 2]",
    ),
    "matching on classes": (
        """
        from dataclasses import dataclass
        @dataclass
        class Point: x: int; y: int
        def where(p):
            match p:
                case Point(x=0, y=0): return "origin"
                case Point(0, y): return f"y={y}"
                case Point(x, y) if x == y: return "diagonal"
                case {"x": x, **rest}: return f"dict {x} {rest}"
                case [first, *others]: return f"list {first} {others}"
                case str() | int() as v: return f"plain {v}"
                case _: return "else"
        print([where(p) for p in (Point(0, 0), Point(0, 2), Point(3, 3), {"x": 1, "z": 2}, [1, 2, 3], "s", 2.5)])
        """,
        "['origin', 'y=2', 'diagonal', \"dict 1 {'z': 2}\", 'list 1 [2, 3]', 'plain s', 'else']",
    ),
    "attribute fallbacks": (
        """
        class Config(dict):
            def __getattr__(self, name):
                try: return self[name]
                except KeyError: raise AttributeError(name) from None
            def __setattr__(self, name, value): self[name] = value
            def __missing__(self, key): return f"<{key}>"
        c = Config(a=1); c.b = 2
        print(c.a, c["b"], c["zz"], getattr(c, "b", None), hasattr(c, "a"), sorted(c))
        """,
        "1 2 <zz> 2 True ['a', 'b']",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_ordinary_program_with_classes_runs(client: CheckedClient, name: str) -> None:
    code, expected = PROGRAMS[name]
    answer = client.run(textwrap.dedent(code))
    assert answer["status"] == "success", answer["error"]
    assert answer["result"] == expected + "\n"
