"""Kept answers: what is kept, collected and on its way never takes more than it may together."""

import pytest

from server.serving.cache import Cache, Kept


def kept(size: int) -> Kept:
    # The cache counts 2,000 bytes for the request and the objects.
    return Kept(b"", [bytes(size - 2000)], size - 2000, b'"tag"', -1, "", "/sparql")


@pytest.fixture
def cache() -> Cache:
    return Cache(10_000, 8_000)


def test_the_least_used_goes_first(cache):
    for key in ("a", "b", "c"):
        cache.put(key, kept(3_000))
    assert cache.get("a") is not None
    cache.put("d", kept(3_000))
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]
    assert cache.size == 9_000


def test_too_large_an_answer_is_not_kept_and_drops_none(cache):
    cache.put("a", kept(3_000))
    cache.put("b", kept(10_500))
    assert cache.get("a") is not None and cache.get("b") is None


def test_one_that_is_being_read_stays_and_counts(cache):
    cache.put("read", kept(6_000))
    reader = cache.read(cache.get("read"))
    cache.put("a", kept(4_000))
    cache.put("b", kept(4_000))
    assert [key for key in ("read", "a", "b") if cache.get(key)] == ["read", "b"]
    assert not cache.take(5_000) and cache.size <= 10_000
    reader.close()
    assert cache.take(5_000) and cache.get("read") is None


def test_one_dropped_while_it_is_read_counts_until_that_ends(cache):
    cache.put("read", kept(6_000))
    readers = [cache.read(cache.get("read")) for _ in range(2)]
    cache.clear()
    assert len(cache) == 0 and cache.size == 6_000
    for reader, left in zip(readers, (6_000, 0), strict=True):
        reader.close()
        assert cache.size == left


def test_what_is_collected_makes_others_go_and_is_given_back(cache):
    cache.put("a", kept(6_000))
    assert cache.take(5_000) and cache.get("a") is None
    assert cache.take(5_000) and not cache.take(1)
    cache.give_back(10_000)
    assert cache.size == 0


def test_this_very_answer_is_known_by_its_tag(cache):
    cache.put("a", kept(3_000))
    assert cache.knows("a", b'"tag"')
    assert not cache.knows("a", b'"other"') and not cache.knows("b", b'"tag"')
