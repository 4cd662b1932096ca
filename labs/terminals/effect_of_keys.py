"""Tells when the keys that were typed have had their effect: the program has printed something, or has had time to.

The page asks with a mark (``terminal-screen.js``). It cannot measure that time itself: a lost segment would delay the output, and
not its clock.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import NamedTuple

# Seconds that a program has for its echo: if it prints anything, and if it does not
SETTLES_IN, SETTLES_WITHIN = (0.2, 0.5)
MARKS = 100  # unanswered marks; the answer to a later one holds for those before it


class Mark(NamedTuple):
    """The page's question when what was typed before has had its effect."""

    number: int
    at: float  # time.monotonic()
    sent: int  # bytes of output that had been sent before the last keys


class EffectOfKeys:
    """The marks of one terminal. ``sent``: the bytes of output that were sent to the page, or are being sent."""

    def __init__(self) -> None:
        self.sent = 0
        self._sent_before = 0
        self._printed = asyncio.Event()
        self._marks: deque[Mark] = deque(maxlen=MARKS)
        self._marked = asyncio.Event()

    def typed(self) -> None:
        """Note that keys go into the lab now."""
        self._sent_before = self.sent

    def printed(self) -> None:
        """Note that all output has been sent."""
        self._printed.set()

    def mark(self, number: int) -> None:
        """Take a mark of the page. Its answer comes from ``settled``."""
        self._marks.append(Mark(number, time.monotonic(), self._sent_before))
        self._marked.set()

    async def settled(self) -> int:
        """Return the next mark, when the program has had time for its output, and after that output."""
        while not self._marks:
            self._marked.clear()
            await self._marked.wait()
        mark = self._marks.popleft()
        await asyncio.sleep(mark.at + SETTLES_IN - time.monotonic())
        with suppress(TimeoutError):
            async with asyncio.timeout(mark.at + SETTLES_WITHIN - time.monotonic()):
                while self.sent == mark.sent:
                    self._printed.clear()
                    await self._printed.wait()
        return mark.number
