"""Locks that expire: only who took one prolongs or releases it."""

import pytest

from vaka.web.cache_lock import CacheLock

KEY, LASTS, EXPIRED = "tests:lock", 60, 0.0


@pytest.fixture
def expired():
    """A lock that has expired, and belongs to somebody else now."""
    late, newer = CacheLock(KEY, EXPIRED), CacheLock(KEY, LASTS)
    assert late.take()
    assert newer.take()
    return late


def test_a_lock_is_taken_once_until_it_is_released():
    first, second = CacheLock(KEY, LASTS), CacheLock(KEY, LASTS)
    assert first.take()
    assert not second.take()
    second.release()
    assert not second.take()
    first.release()
    assert second.take()


def test_a_late_holder_does_not_release_the_lock_of_a_newer_one(expired):
    """Regression: an export or a reading of nodes that took longer than its lock made room for a third one."""
    expired.release()
    assert not CacheLock(KEY, LASTS).take()


def test_a_late_holder_does_not_prolong_the_lock_of_a_newer_one(expired):
    expired.prolong()
    assert not CacheLock(KEY, LASTS).take(), "it would have expired at once"
