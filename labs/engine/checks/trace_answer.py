"""Reads the answer of a traceroute: the path of a packet, router by router. The check types that judge a path are elsewhere."""

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer


def path_of(answer: Answer) -> list[AnyAddress | None]:
    """Return the addresses on the path, None where nobody answered; it ends at a router that sends packets no farther.

    A router on the way answers at its own hop limit only. One without a way on answers "unreachable" at each limit beyond it,
    too, and the answer does not say which of both it was (RFC 4443, 3.1 and 3.3).
    """
    path: list[AnyAddress | None] = []
    for hop in map(untrusted.address, untrusted.items(answer.get("hops"))):
        if hop is not None and path and path[-1] == hop:
            break
        path.append(hop)
    return path
