"""Makes asks wait for each other, because two of our own sockets would disturb one another.

Our listener would look like a service, so no ask for a service runs while a listener waits. Only one of them can have a port.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any
from weakref import WeakValueDictionary

LISTENER, CLIENT = "listener", "client"
SIDES: Mapping[str, str] = {"flow": LISTENER, "tcp": CLIENT, "http": CLIENT, "dns": CLIENT, "axfr": CLIENT}


class Sides:
    """Two sides that are never in at the same time, while many of one side may be."""

    def __init__(self) -> None:
        self._inside = {LISTENER: 0, CLIENT: 0}
        self._waiting: list[asyncio.Future[None]] = []

    @contextlib.asynccontextmanager
    async def of(self, side: str) -> AsyncIterator[None]:
        """Wait until nobody of the other side is in."""
        while any(count for other, count in self._inside.items() if other != side):
            self._waiting.append(asyncio.get_running_loop().create_future())
            await self._waiting[-1]
        self._inside[side] += 1
        try:
            yield
        finally:
            self._inside[side] -= 1
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                if not one.done():
                    one.set_result(None)


_sides = Sides()
_ports: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # by node, protocol and port


@contextlib.asynccontextmanager
async def of(ask: Mapping[str, Any]) -> AsyncIterator[None]:
    """Wait for the turn of this ask."""
    async with contextlib.AsyncExitStack() as stack:
        if side := SIDES.get(ask["ask"]):
            await stack.enter_async_context(_sides.of(side))
        if port := _port(ask):
            await stack.enter_async_context(_ports.setdefault(port, asyncio.Lock()))
        yield


def _port(ask: Mapping[str, Any]) -> str:
    """The port on which a listener of ours waits; "" if there is none, or any will do."""
    if ask["ask"] == "flow":
        return f"{ask['to']} {ask['protocol']} {ask['port']}"
    if ask["ask"] == "stream" and ask.get("port"):
        return f"{ask['to']} udp {ask['port']}"
    return ""
