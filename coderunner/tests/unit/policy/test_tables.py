"""The tables of names do not contradict each other."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import pytest

from drivenadapters.sandbox.guest.policy import AllowedModules, names, stdlib
from drivenadapters.sandbox.guest.policy.attributes import Attributes
from drivenadapters.sandbox.guest.policy.evaluation import Evaluation
from drivenadapters.sandbox.guest.policy.facades import install
from drivenadapters.sandbox.guest.policy.files import WorkFiles
from drivenadapters.sandbox.guest.policy.importing import Importer
from drivenadapters.sandbox.guest.policy.tools import Tools
from drivenadapters.sandbox.guest.policy.values import Values

# Imports that print, open a browser, or belong to a platform.
NOT_FOR_TESTS = {"this", "antigravity", "idlelib", "test"}


class RecordingValues(Values):
    """Remembers the rules it is given."""

    def __init__(self) -> None:
        super().__init__(AllowedModules.from_names([]))
        self.rules: dict[str, object] = {}

    def add_rules(self, package: str, rules: object) -> None:
        self.rules[package] = rules
        super().add_rules(package, rules)  # type: ignore[arg-type]


@pytest.fixture
def values() -> RecordingValues:
    recording = RecordingValues()
    attributes = Attributes(recording)
    importer = Importer(AllowedModules.from_names([]), attributes)
    install(Tools(attributes, WorkFiles(), importer, Evaluation(attributes), {}))
    return recording


def test_no_rule_speaks_of_a_name_that_is_not_guarded(values: RecordingValues) -> None:
    for package, rules in values.rules.items():
        if isinstance(rules, dict):
            assert names.UNGUARDED.isdisjoint(rules), package
        elif callable(rules):
            assert [name for name in names.UNGUARDED if rules(name) is not None] == [], package


def test_no_allowed_module_shows_a_module_under_an_unguarded_name() -> None:
    for name in sorted(stdlib.ALLOWED - NOT_FOR_TESTS):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        shown = {key for key in names.UNGUARDED if isinstance(getattr(module, key, None), ModuleType)}
        assert shown == set(), name


def test_no_name_is_both_unguarded_and_delicate() -> None:
    assert not [name for name in names.UNGUARDED if not names.is_ordinary(name)]


def test_forbidden_members_can_neither_be_defined_nor_written() -> None:
    assert names.FORBIDDEN_MEMBERS.isdisjoint(names.CLASS_BODY_DUNDERS)
    assert names.FORBIDDEN_MEMBERS.isdisjoint(names.WRITABLE_DUNDERS)


def test_no_module_is_both_allowed_and_refused() -> None:
    assert stdlib.ALLOWED.isdisjoint(stdlib.DENIED)
    assert stdlib.FACADES.isdisjoint(stdlib.DENIED)
    assert stdlib.FACADES - {"os.path"} <= set(sys.stdlib_module_names) | {"importlib.metadata", "importlib.util"}


def test_every_stand_in_exists_and_every_name_in_it_is_harmless_to_judge(values: RecordingValues) -> None:
    for name in stdlib.FACADES:
        facade = values.facade(name)
        assert facade is not None, name


@pytest.mark.parametrize(
    ("class_name", "name", "stored"),
    [
        ("A", "__x", "_A__x"),
        ("_A", "__x", "_A__x"),
        ("__", "__x", "__x"),
        ("A", "__x__", "__x__"),
        ("A", "_x", "_x"),
        (None, "__x", "__x"),
    ],
)
def test_names_are_mangled_as_python_does(class_name: str | None, name: str, stored: str) -> None:
    assert names.mangle(class_name, name) == stored
