"""Which modules may be imported, and what is said of the others."""

from __future__ import annotations

import pytest

from drivenadapters.sandbox.guest.policy import AllowedModules
from unit.policy.conftest import Run


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import subprocess",
            "Module 'subprocess' is not allowed here: programs cannot be started; use a Python library for the task",
        ),
        ("import socket", 'use requests or httpx, with "network": true'),
        ("from multiprocessing import Pool", "use threading or concurrent.futures.ThreadPoolExecutor"),
        (
            "import yaml",
            'package \'pyyaml\' provides it: install it with POST /api/pypkg/install {"package": "pyyaml"}',
        ),
        ("import sklearn.svm", "package 'scikit-learn' provides it"),
        ("import made_up", "Module 'made_up' is not available here; if a package provides it, install it with"),
        ("import _io", "Module '_io' is private and not allowed here"),
        ("import turtledemo", "ask the operator to add +turtledemo to ALLOWED_MODULES"),
        ("from json import nothing", "cannot import name 'nothing' from 'json'"),
        ("from os import system", "os.system is not allowed here: it reaches the operating system"),
        ("from unittest import mock", "it replaces parts of libraries; write a small class instead"),
        ("from . import x", "attempted relative import with no known parent package"),
        ("import importlib.machinery", "Module 'importlib.machinery' is not allowed here"),
        ("from random import _os", "'_os' is private to module 'random'"),
    ],
)
def test_a_refused_import_says_what_to_do(source: str, message: str, execute: Run) -> None:
    with pytest.raises(ImportError) as caught:
        execute(source)
    assert message in str(caught.value)


def test_a_missing_part_of_a_package_is_missing(execute: Run) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'json\.nothing'"):
        execute("import json.nothing")


def test_an_operator_widens_and_narrows_the_list() -> None:
    allowed = AllowedModules.from_names(["numpy", "pandas"], ["+antigravity", " -pandas", "-json", "fancy.part"])
    assert [allowed.permits(name) for name in ("antigravity", "pandas", "pandas.api", "json", "json.decoder")] == [
        *(True, False, False, False, False)
    ]
    assert allowed.permits("fancy.part.deep")
    assert not allowed.permits("fancy")
    assert "the operator took it away" in allowed.refusal("json")


@pytest.mark.parametrize("entry", ["", "+", "a b", "../x", "a..b"])
def test_a_malformed_entry_of_the_setting_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="not a module name"):
        AllowedModules.from_names([], [entry])


def test_parts_are_judged_by_the_longest_name() -> None:
    allowed = AllowedModules.from_names(["numpy"])
    assert allowed.permits("numpy.linalg")
    assert not allowed.permits("numpy.f2py.crackfortran")
    assert not allowed.permits("numpy._core")
    assert allowed.permits("collections.abc")
    assert not allowed.permits("logging.config")
