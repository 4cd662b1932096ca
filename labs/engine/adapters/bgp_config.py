"""The configuration of each end of a BGP session, in one form for FRR and BIRD, from the node's running configuration."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from labs.engine.adapters import untrusted
from labs.engine.adapters.config_blocks import MOST_BLOCKS, Line, bird_protocol_name
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.cpu_budget import once, step
from labs.engine.definition.spec import Kind

AS = re.compile(r"\bas (\d{1,10})\b")
FAMILY_MODE = {6: "address-family ipv6 unicast", 4: "address-family ipv4 unicast"}


@dataclass(frozen=True, slots=True)
class BgpPeerConfig:
    """One router's neighbour, for the address family of the peer's address."""

    seen: Seen
    peer: AnyAddress
    version: int
    my_as: str = ""
    its_as: str = ""
    off: bool = False
    password: str = ""
    ttl_checked: bool = False
    multihop: bool = False
    active: bool = True  # the address family is activated
    # By direction, "in" and "out". FRR has names of route-maps and prefix lists; BIRD has the policies that accept nothing.
    route_maps: dict[str, str] = field(default_factory=dict)
    prefix_lists: dict[str, str] = field(default_factory=dict)
    as_path_lists: dict[str, str] = field(default_factory=dict)
    accept_nothing: dict[str, str] = field(default_factory=dict)  # such as "export none"
    policy_needed: bool = False
    limit: int | None = None
    protocol: str = ""  # its name in BIRD


def runs_bgp(seen: Seen) -> bool:
    return bool(seen.config.heads("router bgp") or seen.config.heads("protocol bgp"))


@once
def bgp_peer_configs(seen: Seen, version: int) -> list[BgpPeerConfig]:
    """All neighbours in the router's configuration."""
    return list(_of_bird(seen, version) if seen.node.kind is Kind.BIRD else _of_frr(seen, version))


def bgp_peer_config(seen: Seen, peers: set[AnyAddress], version: int) -> BgpPeerConfig | None:
    """The first neighbour with one of these addresses."""
    return next((one for one in bgp_peer_configs(seen, version) if one.peer in peers), None)


def _of_frr(seen: Seen, version: int) -> Iterator[BgpPeerConfig]:
    for head in seen.config.heads("router bgp ")[:1]:
        block = seen.config.block(head)
        said = {line.text for line in block}
        router = _Router(
            seen=seen,
            version=version,
            my_as=head.split()[2],
            plain=_Neighbors(block),
            inside=_Neighbors(seen.config.block(head, FAMILY_MODE[version])),
            ipv4_for_all="no bgp default ipv4-unicast" not in said,
            policy_for_all=_requires_policy(seen, said),
        )
        for name in router.plain.names():
            peer = untrusted.address(name)
            if peer is not None:
                yield _frr_peer(router, name, peer)


def _requires_policy(seen: Seen, said: Collection[str]) -> bool:
    """Whether a session with another AS needs a policy (RFC 8212). FRR prints neither line where it is the profile's default."""
    if "frr defaults datacenter" in seen.config.heads("frr defaults "):
        return "bgp ebgp-requires-policy" in said
    return "no bgp ebgp-requires-policy" not in said


class _Neighbors:
    """The neighbor lines of one block of FRR, by neighbour and first keyword. It keeps the rest of each line, in order."""

    def __init__(self, lines: list[Line]) -> None:
        self._rests: dict[tuple[str, str], list[str]] = {}
        for line in lines:
            step()
            words = line.text.split()
            if words[:1] == ["neighbor"] and len(words) > 2:
                self._rests.setdefault((words[1], words[2]), []).append(" ".join(words[3:]))

    def names(self) -> list[str]:
        return sorted({name for name, word in self._rests if word in ("remote-as", "peer-group")})[:MOST_BLOCKS]

    def rests(self, name: str, word: str) -> list[str]:
        return self._rests.get((name, word), [])

    def value(self, name: str, word: str) -> str | None:
        return next(iter(self.rests(name, word)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Router:
    """FRR's BGP, for one address family."""

    seen: Seen
    version: int
    my_as: str
    plain: _Neighbors
    inside: _Neighbors  # the lines of the address family
    ipv4_for_all: bool
    policy_for_all: bool


def _frr_peer(router: _Router, name: str, peer: AnyAddress) -> BgpPeerConfig:
    plain, inside, my_as = router.plain, router.inside, router.my_as
    group = plain.value(name, "peer-group")
    names = [name, *([group] if group else [])]

    def value(lines: _Neighbors, word: str) -> str | None:
        return next((found for one in names if (found := lines.value(one, word)) is not None), None)

    its_as = value(plain, "remote-as") or ""
    filters = {"route-map": {}, "prefix-list": {}, "filter-list": {}}  # type: dict[str, dict[str, str]]
    for one in names:
        for kind, found in filters.items():
            for rest in map(str.split, inside.rests(one, kind)):
                if len(rest) == 2:
                    found.setdefault(rest[1], rest[0])
    return BgpPeerConfig(
        seen=router.seen,
        peer=peer,
        version=router.version,
        my_as=my_as,
        its_as=my_as if its_as == "internal" else its_as,
        off=value(plain, "shutdown") is not None,
        password=value(plain, "password") or "",
        ttl_checked=value(plain, "ttl-security") is not None,
        multihop=value(plain, "ebgp-multihop") is not None,
        active=value(inside, "activate") is not None or (router.version == 4 and router.ipv4_for_all),
        route_maps=filters["route-map"],
        prefix_lists=filters["prefix-list"],
        as_path_lists=filters["filter-list"],
        policy_needed=its_as not in (my_as, "internal") and router.policy_for_all,
        limit=untrusted.whole((value(inside, "maximum-prefix") or "").split(" ")[0]),
    )


def _of_bird(seen: Seen, version: int) -> Iterator[BgpPeerConfig]:
    for head in seen.config.heads("protocol bgp"):
        plain = seen.config.with_templates(head)
        neighbor = next((rest for line in plain if (rest := line.rest("neighbor"))), "")
        local = next((rest for line in plain if (rest := line.rest("local"))), "")
        peer = untrusted.address(neighbor.split(" ")[0])
        if peer is None:
            continue
        numbers = [found[1] if (found := AS.search(words)) else "" for words in (local, neighbor)]
        channel = f"ipv{version}"
        inside = seen.config.with_templates(head, channel)
        name = bird_protocol_name(head)
        yield BgpPeerConfig(
            seen=seen,
            peer=peer,
            version=version,
            my_as=numbers[0],
            its_as=numbers[0] if "internal" in neighbor else numbers[1],
            off=name in seen.off,
            password=next((rest.strip('"') for line in plain if (rest := line.rest("password"))), ""),
            ttl_checked=any(line.text in ("ttl security", "ttl security on", "ttl security yes") for line in plain),
            multihop=any(line.rest("multihop") is not None for line in plain),
            active=any(line.text == channel for line in plain),
            accept_nothing={
                direction: policy
                for direction, word in (("in", "import"), ("out", "export"))
                if (policy := _bird_policy(inside, word)).endswith(" none")
            },
            policy_needed=False,
            limit=next(
                (
                    untrusted.whole(m[1])
                    for line in inside
                    if (m := re.match(r"(?:import|receive) limit (\d+)", line.text))
                ),
                None,
            ),
            protocol=name,
        )


def _bird_policy(inside: list[Line], word: str) -> str:
    """The import or export statement. Without one, BIRD imports all and exports nothing."""
    said = (line.text for line in inside if line.rest(word) and not re.match(rf"{word} (limit|keep|table)", line.text))
    return next(said, "import all" if word == "import" else "export none")
