"""Route origin validation as RFC 6811 defines it, for those who compare routes with ROAs themselves."""

from collections.abc import Collection, Iterable
from typing import Literal

from labs.engine.adapters.routing_state import RpkiVrp
from labs.engine.adapters.untrusted import AnyNetwork

type Validity = Literal["valid", "invalid", "not found"]


def validity(prefix: AnyNetwork, origin: int | None, vrps: Iterable[RpkiVrp]) -> Validity:
    """Return the validation state of a route (RFC 6811, section 2). ``origin``: the last AS of its path; None if it has none."""
    over = covering(prefix, vrps)
    if any(origin is not None and vrp.origin_as == origin and _allows(vrp, prefix) for vrp in over):
        return "valid"
    return "invalid" if over else "not found"


def covering(prefix: AnyNetwork, vrps: Iterable[RpkiVrp]) -> Collection[RpkiVrp]:
    """Return those whose prefix covers this one, in their order."""
    return [vrp for vrp in vrps if _covers(vrp.prefix, prefix)]


def _covers(wide: AnyNetwork, prefix: AnyNetwork) -> bool:
    return wide.version == prefix.version and wide.prefixlen <= prefix.prefixlen and prefix.network_address in wide


def _allows(vrp: RpkiVrp, prefix: AnyNetwork) -> bool:
    return vrp.max_length is not None and prefix.prefixlen <= vrp.max_length
