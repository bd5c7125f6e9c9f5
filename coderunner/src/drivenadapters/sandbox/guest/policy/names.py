"""Which names user code may bind, read and write.

Names decide three things: what is refused while compiling, what takes a guarded path while
running, and what is so ordinary that no guard is emitted at all.
"""

from __future__ import annotations

import functools
from typing import Final

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

# The guards are stored in the globals of user code under names that no Python source can
# spell, so that a program can neither read nor replace them.
LOAD: Final = "<load>"
LOAD_PRIVATE: Final = "<load private>"
TARGET: Final = "<target>"
PLAIN: Final = "<plain>"
TYPE: Final = "<type>"
IMPORT: Final = "<import>"
IMPORT_AS: Final = "<import as>"
IMPORT_FROM: Final = "<import from>"
IMPORT_STAR: Final = "<import star>"
IMPORT_CALL: Final = "<__import__>"
PATTERN: Final = "<pattern>"
RESULT: Final = "<result>"

_ARITHMETIC = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split()
_OPERATORS = frozenset(f"__{prefix}{operation}__" for prefix in ("", "r", "i") for operation in _ARITHMETIC)

_PROTOCOLS = frozenset(
    """
    __init__ __new__ __post_init__ __repr__ __str__ __bytes__ __format__ __hash__ __bool__
    __lt__ __le__ __eq__ __ne__ __gt__ __ge__ __len__ __length_hint__ __getitem__ __setitem__
    __delitem__ __missing__ __iter__ __next__ __reversed__ __contains__ __call__ __enter__
    __exit__ __aenter__ __aexit__ __aiter__ __anext__ __await__ __abs__ __neg__ __pos__
    __invert__ __int__ __float__ __complex__ __index__ __round__ __trunc__ __floor__ __ceil__
    __init_subclass__ __set_name__ __class_getitem__ __copy__ __deepcopy__ __replace__
    __getattr__ __getattribute__ __setattr__ __delattr__ __dir__ __get__ __set__ __delete__
    __instancecheck__ __subclasscheck__ __subclasshook__ __mro_entries__ __sizeof__ __fspath__
    __array__ __array_ufunc__ __array_function__ __array_priority__ __array_finalize__ __html__
    __getnewargs__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __del__
    __rich__ __rich_repr__ __get_pydantic_core_schema__
    """.split()
)

# By these numpy, and the interpreter, are told addresses.
MEMORY_NAMES: Final = frozenset({"__array_interface__", "__array_struct__", "__buffer__"})

# Left out on purpose, although classes may define them elsewhere: those that tell addresses,
# __prepare__ (the namespace it returns would answer for the guards), __class__ and __dict__.
CLASS_BODY_DUNDERS: Final = _OPERATORS | _PROTOCOLS | frozenset("__slots__ __doc__ __match_args__ __test__".split())

# Never in the namespace of a class that user code made, however it was made.
FORBIDDEN_MEMBERS: Final = MEMORY_NAMES | frozenset("__prepare__ __class__ __getnewargs_ex__".split())

_METADATA = frozenset(
    """
    __name__ __qualname__ __doc__ __module__ __class__ __dict__ __mro__ __bases__ __base__
    __annotations__ __members__ __version__ __author__ __slots__ __match_args__ __wrapped__
    __cause__ __context__ __suppress_context__ __notes__ __traceback__ __origin__ __args__
    __parameters__ __metadata__ __dataclass_fields__ __dataclass_params__ __type_params__
    __abstractmethods__ __isabstractmethod__ __all__ __value__ __bound__ __constraints__
    __required_keys__ __optional_keys__ __total__ __defaults__ __kwdefaults__ __weakref__
    __subclasses__ __orig_bases__ __supertype__ __file__ __date__ __license__ __copyright__ __objclass__
    """.split()
)

READABLE_DUNDERS: Final = CLASS_BODY_DUNDERS | _METADATA

WRITABLE_DUNDERS: Final = (CLASS_BODY_DUNDERS - {"__getattr__", "__getattribute__"}) | frozenset(
    """
    __name__ __qualname__ __doc__ __wrapped__ __cause__ __context__ __suppress_context__
    __notes__ __traceback__ __signature__ __isabstractmethod__ __module__ __version__
    """.split()
)

# Assignments to these are judged by their values: a namespace, or a class, for an object.
ADOPTED: Final = frozenset({"__dict__", "__class__"})

# Public by documentation although they start with an underscore.
PUBLIC_UNDERSCORED: Final = frozenset(
    """
    _asdict _replace _fields _make _field_defaults _name_ _value_ _missing_ _ignore_ _order_
    _generate_next_value_ _repr_html_ _repr_png_ _repr_svg_ _mapping
    """.split()
)

# What programs use for want of a public name, by the package that made the object or class.
CUSTOMARY: Final = {
    "docx": frozenset("_element _tc _tr _tbl _p _r _body".split()),
    "openpyxl": frozenset("_style _images _charts _sheets".split()),
    "pandas": frozenset({"_append"}),
    "lxml": frozenset("_Element _ElementTree _Comment".split()),
    "requests": frozenset({"_content"}),
}
# Those among them that are set.
CUSTOMARILY_SET: Final = frozenset({("openpyxl", "_style"), ("openpyxl", "_sheets"), ("requests", "_content")})
# Tables of an Enum's members; given out as copies.
MEMBER_TABLES: Final = frozenset({"_value2member_map_", "_member_map_", "_member_names_"})

# dataclass() sets whatever these name on instances, so user code gets copies of them.
COPIED_MAPPINGS: Final = frozenset({"__annotations__", "__dataclass_fields__"})

# Variables that user code may neither read nor bind: they lead to, or replace, the guards.
FORBIDDEN_VARIABLES: Final = frozenset("__builtins__ __loader__ __spec__ __build_class__ __debug__".split())

FRAME_ATTRIBUTES: Final = frozenset(INSPECT_ATTRIBUTES) | frozenset(
    "f_lasti f_trace_lines f_trace_opcodes gi_yieldfrom cr_origin ag_await f_generator".split()
)

# Public names whose meaning depends on the object, so that the fast path must not answer:
# str.format walks attributes, mro() leads to metaclasses, AttributeError.obj is whatever a
# library looked at, ndarray.ctypes and BitGenerator.cffi are raw memory.
DELICATE: Final = frozenset("format format_map mro obj ctypes cffi".split())

# Methods of the built-in types that mean nothing dangerous on any object. They are emitted as
# plain attribute access. A test proves that no rule of this package speaks of one of them and
# that no allowed module exposes a module under one of them.
UNGUARDED: Final = frozenset(
    """
    append extend insert pop popitem clear keys values items setdefault add discard
    union intersection difference symmetric_difference issubset issuperset sort reverse
    appendleft popleft extendleft rotate most_common elements
    strip lstrip rstrip split rsplit splitlines lower upper title capitalize casefold swapcase
    startswith endswith isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal
    isidentifier zfill ljust rjust center removeprefix removesuffix rfind rindex rpartition
    partition expandtabs translate bit_length as_integer_ratio is_integer
    groups groupdict finditer fullmatch strftime isoformat weekday isoweekday timestamp
    total_seconds year month day hour minute second microsecond days seconds tzinfo
    """.split()
)


def is_dunder(name: str) -> bool:
    """Whether ``name`` has the form ``__x__``."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


@functools.lru_cache(4096)
def is_delicate(name: str) -> bool:
    """Whether attribute ``name`` must take the careful path on any object."""
    return name in DELICATE or name in FRAME_ATTRIBUTES or is_dunder(name)


@functools.lru_cache(4096)
def is_ordinary(name: str) -> bool:
    """Whether attribute ``name`` is public and means nothing special."""
    return not name.startswith("_") and name not in DELICATE and name not in FRAME_ATTRIBUTES


def mangle(class_name: str | None, name: str) -> str:
    """``name`` as Python stores it inside ``class_name`` (language reference, 6.2.1)."""
    if class_name is None or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = class_name.lstrip("_")
    return f"_{stripped}{name}" if stripped else name
