"""Templates and loaders of text: string.Formatter, jinja2, yaml, sympy's parser."""

from __future__ import annotations

import functools
from typing import Any

from ..classes import check_members
from ..formatting import Formatting, walks_attributes
from ..tools import Tools, refused, replaced, wrapped

_OBJECTS = "it makes arbitrary objects; use yaml.safe_load"


def install(tools: Tools) -> None:
    """Register the rules."""
    values = tools.attributes.values
    values.add_rules("string", {"Formatter": replaced(Formatting(tools.attributes).formatter)})
    values.add_rules("yaml", _yaml_rules())
    values.add_rules("jinja2", _jinja_rules(tools))
    values.add_rules("sympy", {"get_class": refused("use the import statement")})
    values.add_rules("logging", {"makeLogRecord": wrapped(check_members)})
    values.add_rules("matplotlib", {"StrMethodFormatter": _checked_template})


def _checked_template(cls: type) -> type:
    def initialise(self: Any, fmt: str) -> None:
        if walks_attributes(str.__str__(fmt)):
            raise ValueError("format strings may not read attributes here")
        cls.__init__(self, fmt)  # type: ignore[misc]

    return type(cls.__name__, (cls,), {"__init__": initialise, "__module__": cls.__module__})


# -- yaml ------------------------------------------------------------------------------


def _safe_yaml(name: str) -> Any:
    def rule(_value: Any) -> Any:
        import yaml  # ships no types

        return getattr(yaml, name)

    return rule


def _yaml_rules() -> dict[str, Any]:
    rules: dict[str, Any] = {name: _safe_yaml("SafeLoader") for name in ("Loader", "FullLoader", "UnsafeLoader")}
    rules |= {name: _safe_yaml("CSafeLoader") for name in ("CLoader", "CFullLoader", "CUnsafeLoader")}
    rules |= {"full_load": _safe_yaml("safe_load"), "full_load_all": _safe_yaml("safe_load_all")}
    refusal = refused(_OBJECTS)
    names = "unsafe_load unsafe_load_all Constructor FullConstructor UnsafeConstructor add_constructor_object"
    return rules | dict.fromkeys(names.split(), refusal)


# -- jinja2 ----------------------------------------------------------------------------


def _jinja_rules(tools: Tools) -> dict[str, Any]:
    def made(name: str) -> Any:
        return lambda _value: _jinja_classes(tools)[name]

    rules = {name: made(name) for name in ("Environment", "Template", "NativeEnvironment")}
    rules["SandboxedEnvironment"] = made("Environment")
    rules["ImmutableSandboxedEnvironment"] = made("Environment")
    for name in ("from_string", "get_template", "select_template", "get_or_select_template", "compile_expression"):
        rules[name] = _of_sandbox
    rules["ImportedName"] = refused("templates import nothing; pass the object to render()")
    rules["compile"] = rules["import_string"] = refused("it makes code that the policy has not seen")
    refusal = refused("templates are rendered in a sandbox")
    for name in ("ModuleLoader", "PackageLoader", "FileSystemBytecodeCache"):
        rules[name] = refusal
    return rules


def _of_sandbox(method: Any) -> Any:
    """A method of an environment, which must be one of the guarded ones."""
    from jinja2 import sandbox  # jinja2 is present, since one of its values is being judged

    if not isinstance(getattr(method, "__self__", None), sandbox.SandboxedEnvironment):
        raise AttributeError("this environment does not render in a sandbox; make one with jinja2.Environment()")  # noqa: TRY004 - as for all refused values
    return method


@functools.cache
def _jinja_classes(tools: Tools) -> dict[str, Any]:
    """Environment and Template whose attribute access is that of user code."""
    import jinja2
    from jinja2 import nativetypes, sandbox

    guarded = _guarded_lookup(tools)
    environment = type("Environment", (sandbox.SandboxedEnvironment,), {**guarded, "__module__": "jinja2"})
    native_bases = (sandbox.SandboxedEnvironment, nativetypes.NativeEnvironment)
    native = type("NativeEnvironment", native_bases, {**guarded, "__module__": "jinja2"})
    members = {"environment_class": environment, "__module__": "jinja2"}
    template = type("Template", (jinja2.Template,), members)
    environment.template_class = template  # type: ignore[attr-defined]
    return {"Environment": environment, "NativeEnvironment": native, "Template": template}


def _guarded_lookup(tools: Tools) -> dict[str, Any]:
    """Overrides of jinja2.Environment that read attributes as user code would."""
    import jinja2

    attributes = tools.attributes

    def getattr_(self: Any, obj: Any, attribute: str) -> Any:
        try:
            return attributes.get(obj, attribute)
        except AttributeError:
            pass
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    def getitem(self: Any, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            pass
        if isinstance(argument, str):
            try:
                return attributes.get(obj, argument)
            except AttributeError:
                pass
        return self.undefined(obj=obj, name=argument)

    def is_safe_attribute(_self: Any, obj: Any, attr: str, _value: Any) -> bool:
        return attributes.has(obj, attr)

    def extend(self: Any, **values: Any) -> None:
        check_members(values)
        jinja2.Environment.extend(self, **values)

    return {
        "extend": extend,
        "getattr": getattr_,
        "getitem": getitem,
        "is_safe_attribute": is_safe_attribute,
    }
