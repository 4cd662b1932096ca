"""Reads what the two ends of a BGP session expect of each other, where more than one statement decides about it.

Here are the names of a neighbour, the neighbours that are not written as addresses, the AS numbers of confederations and of
``local-as``, and whether a neighbour has a policy.
"""

from collections.abc import Iterator

from labs.engine.adapters import untrusted
from labs.engine.adapters.bgp_config import BgpPeerConfig
from labs.engine.adapters.config_blocks import Line, bird_protocol_name
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.cpu_budget import step
from labs.engine.diagnosis import known_state
from labs.engine.diagnosis.included_files import includes_a_file


def names(one: BgpPeerConfig) -> Iterator[str]:
    """The words by which the configuration names this neighbour: its address, its group or template, its protocol."""
    yield str(one.peer)
    yield one.protocol
    if one.protocol:
        heads = (head for head in one.seen.config.heads("protocol bgp") if bird_protocol_name(head) == one.protocol)
        yield from (head.partition(" from ")[2] for head in heads)
    else:
        for head in one.seen.config.heads("router bgp ")[:1]:
            found = one.seen.config.find(f"neighbor {one.peer} peer-group", head)
            yield (found.text.split()[3:] or [""])[0] if found else ""


def is_shut_down(one: BgpPeerConfig) -> bool:
    """Whether somebody has disabled the session. FRR may also shut down all sessions, or one only while its packets are slow."""
    if one.protocol:
        return one.off
    lines = [line for head in one.seen.config.heads("router bgp ")[:1] for line in one.seen.config.block(head)]
    own = [
        rest for name in names(one) for line in lines if (rest := line.rest(f"neighbor {name} shutdown")) is not None
    ]
    return any(not rest.startswith("rtt ") for rest in own) or any(
        line.rest("bgp shutdown") is not None for line in lines
    )


def lacks_neighbor(seen: Seen, address: AnyAddress) -> bool:
    """Whether the router certainly has no such neighbour: its whole configuration was read, and none may stand for the address."""
    if not known_state.knows_config(seen, "bgpd") or any(includes_a_file(line.text) for line in seen.config.lines):
        return False
    return not any(_may_be(seen, line, address) for line in _of_bgp(seen))


def _of_bgp(seen: Seen) -> list[Line]:
    """The lines of all instances of BGP, also of those in a VRF."""
    step(len(seen.config.lines))
    heads = ("router bgp", "protocol bgp", "template bgp")
    return [line for line in seen.config.lines if line.heads and line.heads[0].startswith(heads)]


def _may_be(seen: Seen, line: Line, address: AnyAddress) -> bool:
    """Whether this statement may be about the neighbour: by its address, a range, an interface, or a name of BIRD (define)."""
    words = line.text.split()
    if words[:3] == ["bgp", "listen", "range"]:
        return _may_contain(words[3:4], address)
    if words[0] != "neighbor" or len(words) < 2:
        return False
    written = untrusted.address(words[1].partition("%")[0])
    if line.heads[0].startswith("router bgp"):
        return written == address or (words[2:3] == ["interface"] and _may_be_on(seen, words[1], address))
    if words[1] == "range":
        return _may_contain(words[2:3], address)
    return (written or _defined(seen, words[1])) in (None, address)


def _may_contain(written: list[str], address: AnyAddress) -> bool:
    """Whether the address is in this range, as far as the range is known."""
    within = untrusted.network(written[0]) if written else None
    return within is None or (within.version == address.version and address in within)


def _may_be_on(seen: Seen, name: str, address: AnyAddress) -> bool:
    """Whether a neighbour that FRR finds on this interface may have the address: a link-local one, or one on its link."""
    port = seen.ports.get(name)
    return port is None or address.is_link_local or any(address in held.at.network for held in port.held)


def _defined(seen: Seen, name: str) -> AnyAddress | None:
    """The address for which this name of BIRD stands; None if it is not known."""
    found = next((rest for line in seen.config.within() if (rest := line.rest(f"define {name} =")) is not None), None)
    return untrusted.address(found)


def presented(one: BgpPeerConfig) -> frozenset[str]:
    """The AS numbers that this end may present to its neighbour."""
    numbers = {one.my_as}
    for line in _of_bgp(one.seen):
        words = line.text.split()
        if words[:3] == ["bgp", "confederation", "identifier"] or (
            words[0] == "confederation" and words[1:2] != ["member"]
        ):
            numbers.add(words[-1])
    mine = set(names(one))
    local = [line.text.split()[3:] for line in _of_bgp(one.seen) if _sets_local_as(line, mine)]
    if local:
        own = {rest[0] for rest in local if rest}
        return frozenset(numbers | own if any("dual-as" in rest for rest in local) else own)
    return frozenset(numbers)


def _sets_local_as(line: Line, mine: set[str]) -> bool:
    words = line.text.split()
    return words[0] == "neighbor" and words[2:3] == ["local-as"] and words[1] in mine


def allows_own_as(one: BgpPeerConfig) -> bool:
    """Whether this end accepts routes whose AS path contains its own AS."""
    allowed = tuple(f"neighbor {name} allowas-in" for name in names(one))
    head = next(
        (head for head in one.seen.config.heads("protocol bgp") if bird_protocol_name(head) == one.protocol), ""
    )
    lines = one.seen.config.with_templates(head) if head else _of_bgp(one.seen)
    return any(line.text.startswith("allow local as" if head else allowed) for line in lines)


def lacks_policy(one: BgpPeerConfig, direction: str) -> bool:
    """Whether FRR drops all routes for want of a policy (RFC 8212). A list of any kind is one, even if nothing defines it.

    Between the parts of a confederation none is needed.
    """
    if not one.policy_needed or direction in one.route_maps | one.prefix_lists | one.as_path_lists:
        return False
    mine = set(names(one))
    return not any(_is_policy(line.text.split(), mine, direction, one.its_as) for line in _of_bgp(one.seen))


def _is_policy(words: list[str], mine: set[str], direction: str, its_as: str) -> bool:
    """Whether this statement of FRR is a policy for the neighbour, or puts it into the confederation."""
    if words[:3] == ["bgp", "confederation", "peers"]:
        return its_as in words[3:]
    if words[0] != "neighbor" or len(words) < 4 or words[1] not in mine:
        return False
    is_list = words[2] == "distribute-list" and words[-1] == direction
    return is_list or (words[2] == "unsuppress-map" and direction == "out")
