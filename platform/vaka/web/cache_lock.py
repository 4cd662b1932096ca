"""Locks in the site's cache, which all processes may share. A lock expires, and only who took it prolongs or releases it."""

import secrets

from django.core.cache import cache


class CacheLock:
    """A lock that is taken once, and lasts for so many seconds after it was taken or prolonged."""

    def __init__(self, key: str, seconds: float) -> None:
        self._key, self._seconds = key, seconds
        self._mark = secrets.token_urlsafe(12)

    def take(self) -> bool:
        """Take the lock. Return False if somebody has it."""
        return bool(cache.add(self._key, self._mark, self._seconds))

    def prolong(self) -> None:
        if self._is_ours:
            cache.touch(self._key, self._seconds)

    def release(self) -> None:
        """Release the lock. One that has expired may belong to somebody else by now, and stays."""
        if self._is_ours:
            cache.delete(self._key)

    @property
    def _is_ours(self) -> bool:
        return bool(cache.get(self._key) == self._mark)
