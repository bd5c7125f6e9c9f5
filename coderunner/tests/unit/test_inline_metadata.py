"""Inline script metadata, PEP 723."""

from __future__ import annotations

import pytest

from errors import InvalidInput, UnsupportedPython
from logics.inline_metadata import ScriptMetadata, read_metadata

BLOCK = """# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests<3",
#   "rich",
# ]
# ///

import requests
"""


def test_a_block_names_dependencies_and_python() -> None:
    assert read_metadata(BLOCK) == ScriptMetadata(("requests<3", "rich"), ">=3.11")


@pytest.mark.parametrize(
    "code",
    [
        "print(1)",
        "# /// pyproject\n# dependencies = ['x']\n# ///\n",
        "# /// script\n# dependencies = ['x']\nprint(1)",
        "text = '''\n # /// script\n # ///\n'''",
        "#/// script\n# dependencies = ['x']\n# ///",
        "# /// scripts\n# ///",
    ],
)
def test_without_a_whole_block_there_is_nothing(code: str) -> None:
    assert read_metadata(code) is None


def test_the_block_may_stand_anywhere_and_hold_other_tables() -> None:
    code = "import x\n# /// script\n# dependencies = []\n#\n# [tool.thing]\n# a = 1\n# ///\n# more\n"
    assert read_metadata(code) == ScriptMetadata()


def test_the_last_closing_line_ends_the_block() -> None:
    code = '# /// script\n# dependencies = ["a"]\n# # ///\n# ///\n'
    assert read_metadata(code) == ScriptMetadata(("a",))


def test_line_ends_of_other_systems_do_not_matter() -> None:
    assert read_metadata(BLOCK.replace("\n", "\r\n")) == ScriptMetadata(("requests<3", "rich"), ">=3.11")


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("# dependencies = [", "not TOML"),
        ("# dependencies = 'requests'", "list of strings"),
        ("# dependencies = [1]", "list of strings"),
        ("# requires-python = 3", "must be a string"),
        ("# x = " + "[" * 5000, "not TOML"),
        ("# x = '" + "y" * 20000 + "'", "longer than"),
    ],
)
def test_a_block_that_cannot_be_read_is_refused(block: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refusal:
        read_metadata(f"# /// script\n{block}\n# ///\n")
    assert [problem.field for problem in refusal.value.details] == ["code"]


def test_two_blocks_are_refused() -> None:
    with pytest.raises(InvalidInput, match="several"):
        read_metadata(BLOCK + BLOCK)


def test_another_python_is_refused_by_version() -> None:
    ScriptMetadata((), ">=3.11").check_python()
    ScriptMetadata().check_python()
    with pytest.raises(UnsupportedPython, match=r"requires Python <3; this server runs 3\."):
        ScriptMetadata((), "<3").check_python()
    with pytest.raises(InvalidInput, match="not a version specifier"):
        ScriptMetadata((), "three").check_python()
