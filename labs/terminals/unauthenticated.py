"""Limits the sockets that have not brought a terminal token yet. A new one is always accepted: the oldest is closed for it."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# Thirty people behind one address may load their pages at once, with two terminals each
IN_ALL, OF_AN_ADDRESS = 400, 64


class Unauthenticated:
    """The sockets between opening and token, for one event loop."""

    def __init__(self, in_all: int = IN_ALL, of_an_address: int = OF_AN_ADDRESS) -> None:
        self.in_all, self.of_an_address = in_all, of_an_address
        # The smallest and the largest network of each: an IPv4 address twice, or an IPv6 /64 and its /48. The oldest first
        self._waiting: dict[asyncio.Future[None], tuple[str, str]] = {}
        self._of_smallest, self._of_largest = Counter[str](), Counter[str]()

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def waiting(self, networks: Sequence[str]) -> Iterator[asyncio.Future[None]]:
        """Hold a place. The future that is yielded is done when a newer socket needs the place."""
        smallest, largest = networks[0], networks[-1]
        if self._of_smallest[smallest] >= self.of_an_address:
            self._let_go(0, smallest)
        elif len(self._waiting) >= self.in_all:
            # Of the site with the most: a flood from one line closes its own sockets, however many networks the line has
            self._let_go(1, self._of_largest.most_common(1)[0][0])
        ends = asyncio.get_running_loop().create_future()
        self._waiting[ends] = smallest, largest
        self._of_smallest[smallest] += 1
        self._of_largest[largest] += 1
        try:
            yield ends
        finally:
            self._forget(ends)

    def _let_go(self, which: int, network: str) -> None:
        oldest = next(ends for ends, of in self._waiting.items() if of[which] == network)
        self._forget(oldest)
        if not oldest.done():
            oldest.set_result(None)

    def _forget(self, ends: "asyncio.Future[None]") -> None:
        if (networks := self._waiting.pop(ends, None)) is None:
            return
        for counter, network in zip((self._of_smallest, self._of_largest), networks, strict=True):
            counter[network] -= 1
            if not counter[network]:
                del counter[network]
