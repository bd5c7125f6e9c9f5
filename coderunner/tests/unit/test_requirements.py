"""Requirements as callers write them."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from errors import InvalidRequirement
from logics.packages import Distribution
from logics.requirements import RequirementRules, dependents, is_satisfied, plain, reachable

RULES = RequirementRules(providers={"yaml": "pyyaml", "bs4": "beautifulsoup4", "requests": "requests"}, most=3)


def available(*items: Distribution) -> dict[str, Distribution]:
    return {item.name: item for item in items}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requests", "requests"),
        ("Requests == 2.32.3", "requests==2.32.3"),
        ("zope.interface>=5,<8", "zope-interface<8,>=5"),
        ("httpx[http2,brotli]~=0.28", "httpx[brotli,http2]~=0.28"),
        ('tomli>=1; python_version >= "3"', "tomli>=1"),
        ("a===1.0-odd", "a===1.0-odd"),
    ],
)
def test_names_versions_extras_and_markers_are_accepted(text: str, expected: str) -> None:
    assert [plain(item) for item in RULES.read([text])] == [expected]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("x" * 301, "longer than 300"),
        ("a\nb", "control characters"),
        ("a\x00", "control characters"),
        ("a\u2028--index-url=x", "control characters"),
        ("--index-url=http://127.0.0.1/simple", "options"),
        ("-r requirements.txt", "options"),
        ("-e .", "options"),
        ("git+https://host/x.git", "version control"),
        ("GIT+ssh://git@host/x", "version control"),
        ("https://host/x-1.0-py3-none-any.whl", "direct URLs"),
        ("file:///etc/passwd", "direct URLs"),
        ("pkg @ https://host/x.whl", "direct URLs"),
        ("pkg @ file:///tmp/x.whl", "direct URLs"),
        ("./local", "local paths"),
        ("../local", "local paths"),
        ("/srv/x", "local paths"),
        ("~/x", "local paths"),
        ("C:\\x", "direct URLs"),
        ("x-1.0-py3-none-any.whl", "local paths"),
        ("x.tar.gz", "local paths"),
        ("folder/x", "local paths"),
        ("requests 2.0", "not a package name"),
        ("requests=2", "not a package name"),
        ("requests==", "not a package name"),
        ("pip install x", "not a package name"),
        ("a; os_name", "not a package name"),
        ("é", "not a package name"),
        ("a; sys_platform ~= '1'", "marker cannot be decided"),
        ('a; os_name == "\ud800"', "not a package name"),
    ],
)
def test_everything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidRequirement, match=reason) as refusal:
        RULES.read([text])
    assert [problem.field for problem in refusal.value.details] == ["packages.0"]


def test_credentials_in_a_refused_url_are_not_repeated() -> None:
    with pytest.raises(InvalidRequirement) as refusal:
        RULES.read(["https://user:hunter2@host/x.whl"])
    assert "hunter2" not in str(refusal.value)


def test_an_import_name_is_answered_with_the_package_that_provides_it() -> None:
    with pytest.raises(InvalidRequirement, match="'yaml' is the import name of package 'pyyaml'"):
        RULES.read(["yaml"])
    assert [plain(item) for item in RULES.read(["yaml==1.0", "requests"])] == ["yaml==1.0", "requests"]


def test_the_number_of_packages_is_bounded() -> None:
    with pytest.raises(InvalidRequirement, match="MAX_PACKAGES"):
        RULES.read(["a", "b", "c", "d"])


def test_of_one_name_the_last_requirement_counts() -> None:
    assert [plain(item) for item in RULES.read(["A.b==1", "a-b==2"])] == ["a-b==2"]


def test_what_is_removed_is_named_alone() -> None:
    assert [plain(item) for item in RULES.read_names(["Flask"])] == ["flask"]
    for text in ("flask==1", "flask[async]", 'flask; os_name == "nt"', "-y"):
        with pytest.raises(InvalidRequirement):
            RULES.read_names([text])


def test_a_requirement_is_satisfied_with_all_that_it_needs() -> None:
    present = available(
        Distribution("a", "2.0", requires=("b>=1", 'c; extra == "more"', 'd; python_version < "3"')),
        Distribution("b", "1.5"),
    )
    assert is_satisfied([Requirement("a>=1")], present)
    assert is_satisfied([Requirement('z; python_version < "3"')], present)
    assert not is_satisfied([Requirement("a[more]")], present)
    assert not is_satisfied([Requirement("a<2")], present)
    assert not is_satisfied([Requirement("absent")], present)
    assert not is_satisfied([Requirement("a")], {**present, "b": Distribution("b", "0.5")})


def test_what_is_there_for_others_only_does_not_satisfy_a_wish() -> None:
    present = available(Distribution("a", "1", requires=("b",)), Distribution("b", "1", importable=False))
    assert is_satisfied([Requirement("a")], present)
    assert not is_satisfied([Requirement("b")], present)


def test_a_pre_release_that_is_there_satisfies() -> None:
    assert is_satisfied([Requirement("a>=1")], available(Distribution("a", "2.0rc1")))


def test_what_is_needed_is_found_through_circles() -> None:
    present = available(
        Distribution("a", "1", requires=("b",)), Distribution("b", "1", requires=("a", "c")), Distribution("c", "1")
    )
    assert reachable([Requirement("a")], present) == {"a", "b", "c"}
    assert reachable([Requirement("c")], present) == {"c"}
    assert dependents("c", present) == ["b"]


def test_a_marker_that_cannot_be_decided_does_not_hold() -> None:
    present = available(Distribution("a", "1", requires=("b; sys_platform ~= '1'", "c")), Distribution("c", "1"))
    assert reachable([Requirement("a")], present) == {"a", "c"}


def test_what_the_author_of_a_package_got_wrong_is_left_out() -> None:
    assert reachable([Requirement("a")], available(Distribution("a", "1", requires=("???", "b")))) == {"a", "b"}
