"""What callers are told of an installer's failure."""

from __future__ import annotations

import pytest

from drivenadapters.packages.reasons import explain, scrub
from errors import IndexUnavailable, PackagesTooLarge, ServiceError, StoreUnavailable, UnresolvablePackages

UV = """Using CPython 3.11.7 interpreter at: /srv/coderunner/.venv/bin/python
error: No solution found when resolving dependencies
  cause: Because only a<2 is available and you require a>=2, your requirements are unsatisfiable.

hint: `a` was found on https://user:hunter2@index.internal/simple?token=abc123, but not at the requested version
"""
PIP_OUT = """Collecting a
The conflict is caused by:
    b 1.0 depends on a<2
    The user requested a>=2

To fix this you could try to:
1. loosen the range of package versions you've specified
"""
PIP_ERR = """WARNING: Location 'file:///opt/pypi/simple/a/' is ignored: it is neither a file nor a directory.
ERROR: Cannot install a>=2 and b because these package versions have conflicting dependencies.
ERROR: ResolutionImpossible: for help visit https://pip.example/en/latest/topics/
"""


def test_the_resolver_s_reason_is_kept_without_noise_paths_and_secrets() -> None:
    error = explain("", UV)
    assert isinstance(error, UnresolvablePackages)
    assert error.message.splitlines() == [
        "No solution found when resolving dependencies",
        "Because only a<2 is available and you require a>=2, your requirements are unsatisfiable.",
        "`a` was found on https://index.internal/simple but not at the requested version",
    ]
    assert "hunter2" not in error.message
    assert "abc123" not in error.message
    assert "/srv" not in error.message


def test_pip_s_conflict_is_told_with_both_sides() -> None:
    error = explain(PIP_OUT, PIP_ERR)
    assert isinstance(error, UnresolvablePackages)
    assert error.message.splitlines() == [
        "Cannot install a>=2 and b because these package versions have conflicting dependencies.",
        "b 1.0 depends on a<2",
        "The user requested a>=2",
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "error: Request failed after 3 retries\n  Caused by: error sending request for url (http://h/simple/a/)",
            IndexUnavailable,
        ),
        ("  Caused by: tcp connect error: Connection refused (os error 111)", IndexUnavailable),
        ("ERROR: 503 Server Error: Service Unavailable for url: http://h/simple/a/", IndexUnavailable),
        ("HTTPConnectionPool(host='h'): Max retries exceeded with url: /simple/a/", IndexUnavailable),
        ("  Caused by: invalid peer certificate: UnknownIssuer; tls handshake eof", IndexUnavailable),
        ("OSError: [Errno 28] No space left on device", StoreUnavailable),
        ("  Caused by: failed to write: No space left on device (os error 28)", StoreUnavailable),
        ("  Caused by: Read-only file system (os error 30)", StoreUnavailable),
        ("OSError: [Errno 27] File too large", PackagesTooLarge),
        ("error: Failed to extract archive: invalid Zip archive", UnresolvablePackages),
        ("", UnresolvablePackages),
    ],
)
def test_what_failed_decides_whose_fault_it_is(text: str, kind: type[ServiceError]) -> None:
    error = explain("", text)
    assert type(error) is kind
    assert error.message


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("at http://u:p@h:8080/simple/a", "at http://h:8080/simple/a"),
        ("see https://h/a?sig=1&x=2#f now", "see https://h/a now"),
        ("file:///opt/wheels/a.whl is", "<file> is"),
        ("in /tmp/x/y z", "in <path> z"),
        ("'/srv/app/.venv/bin/uv' failed", "'<path>' failed"),
        ("password = hunter2", "password = ***"),
        ("Authorization: Basic", "Authorization: ***"),
        ("numpy>=1.2,<3 and a/b", "numpy>=1.2,<3 and a/b"),
        ("\x1b[31merror\x1b[0m", "error"),
    ],
)
def test_secrets_and_places_are_taken_out(text: str, clean: str) -> None:
    assert scrub(text) == clean


@pytest.mark.parametrize("text", ["http://", "://", "/a", "password", "a@", "file://", "hint: ", "'"])
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    """Ten times as much takes about ten times as long; quadratic, these would take minutes."""
    assert len(explain(text * 100_000, text * 100_000).message) <= 2000
    scrub(text * 30_000)


def test_a_reason_has_a_bounded_length() -> None:
    assert len(explain("", "x" * 100_000).message) <= 2000
