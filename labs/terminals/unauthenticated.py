"""Limits the sockets that have not brought a terminal token yet. A new one is always accepted: the oldest is closed for it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

# Thirty people behind one address may load their pages at once, with two terminals each
IN_ALL, OF_AN_ADDRESS = 400, 64


class Unauthenticated:
    """The sockets between opening and token, for one event loop."""

    def __init__(self, in_all: int = IN_ALL, of_an_address: int = OF_AN_ADDRESS) -> None:
        self.in_all, self.of_an_address = in_all, of_an_address
        self._waiting: dict[asyncio.Future[None], str] = {}  # the oldest first
        self._of = Counter[str]()

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def waiting(self, address: str) -> Iterator[asyncio.Future[None]]:
        """Hold a place. The future that is yielded is done when a newer socket needs the place."""
        if self._of[address] >= self.of_an_address:
            self._let_go(address)
        elif len(self._waiting) >= self.in_all:
            # Of the address with the most: a flood from one address closes its own sockets
            self._let_go(self._of.most_common(1)[0][0])
        ends = asyncio.get_running_loop().create_future()
        self._waiting[ends] = address
        self._of[address] += 1
        try:
            yield ends
        finally:
            self._forget(ends)

    def _let_go(self, address: str) -> None:
        oldest = next(ends for ends, of in self._waiting.items() if of == address)
        self._forget(oldest)
        if not oldest.done():
            oldest.set_result(None)

    def _forget(self, ends: "asyncio.Future[None]") -> None:
        address = self._waiting.pop(ends, None)
        if address is not None:
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]
