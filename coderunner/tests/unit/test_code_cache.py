"""Compiled programs by source."""

from __future__ import annotations

from drivenadapters.sandbox.code_cache import CodeCache


def test_what_was_put_is_found() -> None:
    cache = CodeCache(100)
    cache.put(b"a", b"1234")
    assert cache.get(b"a") == b"1234"
    assert cache.get(b"b") is None


def test_the_first_entry_for_a_source_stays() -> None:
    """A worker that notes twice cannot replace what others will run."""
    cache = CodeCache(100)
    cache.put(b"a", b"honest")
    cache.put(b"a", b"forged")
    assert cache.get(b"a") == b"honest"


def test_an_empty_entry_is_none() -> None:
    cache = CodeCache(100)
    cache.put(b"a", b"")
    assert cache.get(b"a") is None
    cache.put(b"a", b"later")
    assert cache.get(b"a") == b"later"


def test_the_entry_used_longest_ago_makes_room() -> None:
    cache = CodeCache(30)
    for key in (b"a", b"b", b"c"):
        cache.put(key, b"x" * 10)
    cache.get(b"a")
    cache.put(b"d", b"x" * 10)
    assert cache.get(b"b") is None
    assert cache.get(b"a") is not None


def test_one_large_entry_makes_room_for_itself_and_no_more_than_it_needs() -> None:
    cache = CodeCache(30)
    for key in (b"a", b"b", b"c"):
        cache.put(key, b"x" * 10)
    cache.put(b"d", b"x" * 15)
    assert [cache.get(key) is None for key in (b"a", b"b", b"c", b"d")] == [True, True, False, False]


def test_an_entry_larger_than_the_cache_is_not_kept() -> None:
    cache = CodeCache(10)
    cache.put(b"a", b"x" * 10)
    cache.put(b"b", b"x" * 11)
    assert cache.get(b"a") is not None
    assert cache.get(b"b") is None


def test_keys_tell_sources_apart_even_with_surrogates() -> None:
    assert len({CodeCache.key(source) for source in ("a", "b", "\ud800", "\udc00", "")}) == 5
    assert CodeCache.key("a") == CodeCache.key("a")
