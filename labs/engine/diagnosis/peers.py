"""What each side of a BGP session is set to, in one form for FRR and BIRD, from the configuration that it runs with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from labs.engine.adapters import reading
from labs.engine.adapters.config import MOST_BLOCKS, Line
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.reading import AnyAddress
from labs.engine.definition.spec import Kind
from labs.engine.diagnosis.ends import bird_name
from labs.engine.runtime.budget import once, step

AS = re.compile(r"\bas (\d{1,10})\b")
FAMILY_MODE = {6: "address-family ipv6 unicast", 4: "address-family ipv4 unicast"}


@dataclass(frozen=True, slots=True)
class Side:
    """One router's neighbour, for the family of the peer's address."""

    seen: Seen
    peer: AnyAddress
    version: int
    my_as: str = ""
    its_as: str = ""
    off: bool = False
    password: str = ""
    ttl_checked: bool = False
    multihop: bool = False
    active: bool = True  # the family
    policy: dict[str, str] = field(default_factory=dict)  # in and out: a route-map's name, or BIRD's words
    lists: dict[str, str] = field(default_factory=dict)  # in and out: a prefix list's name
    policy_needed: bool = False
    limit: int | None = None
    protocol: str = ""  # BIRD's name of it


@once
def sides(seen: Seen, version: int) -> list[Side]:
    """All neighbours that the router has in its configuration."""
    return list(_of_bird(seen, version) if seen.node.kind is Kind.BIRD else _of_frr(seen, version))


def side(seen: Seen, peers: set[AnyAddress], version: int) -> Side | None:
    return next((one for one in sides(seen, version) if one.peer in peers), None)


def _of_frr(seen: Seen, version: int) -> Iterator[Side]:
    for head in seen.config.heads("router bgp ")[:1]:
        router = _Router(
            seen=seen,
            version=version,
            my_as=head.split()[2],
            plain=_Neighbors(seen.config.within(head)),
            inside=_Neighbors(seen.config.within(head, FAMILY_MODE[version])),
            ipv4_for_all=seen.config.find("no bgp default ipv4-unicast", head) is None,
            policy_for_all=seen.config.find("no bgp ebgp-requires-policy", head) is None,
        )
        for name in router.plain.names():
            peer = reading.address(name)
            if peer is not None:
                yield _frr_side(router, name, peer)


class _Neighbors:
    """The lines about neighbours in one block of FRR, by neighbour and by what they say: of each the rest, in their order."""

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
    inside: _Neighbors  # the family
    ipv4_for_all: bool
    policy_for_all: bool


def _frr_side(router: _Router, name: str, peer: AnyAddress) -> Side:
    plain, inside, my_as = router.plain, router.inside, router.my_as
    group = plain.value(name, "peer-group")
    names = [name, *([group] if group else [])]

    def value(lines: _Neighbors, word: str) -> str | None:
        return next((found for one in names if (found := lines.value(one, word)) is not None), None)

    its_as = value(plain, "remote-as") or ""
    filters = {"route-map": {}, "prefix-list": {}}  # type: dict[str, dict[str, str]]
    for one in names:
        for kind, found in filters.items():
            for rest in map(str.split, inside.rests(one, kind)):
                if len(rest) == 2:
                    found.setdefault(rest[1], rest[0])
    return Side(
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
        policy=filters["route-map"],
        lists=filters["prefix-list"],
        policy_needed=its_as not in (my_as, "internal") and router.policy_for_all,
        limit=reading.whole((value(inside, "maximum-prefix") or "").split(" ")[0]),
    )


def _of_bird(seen: Seen, version: int) -> Iterator[Side]:
    for head in seen.config.heads("protocol bgp"):
        plain = seen.config.within(head)
        neighbor = next((rest for line in plain if (rest := line.rest("neighbor"))), "")
        local = next((rest for line in plain if (rest := line.rest("local"))), "")
        peer = reading.address(neighbor.split(" ")[0])
        if peer is None:
            continue
        numbers = [found[1] if (found := AS.search(words)) else "" for words in (local, neighbor)]
        channel = f"ipv{version}"
        inside = seen.config.within(head, channel)
        name = bird_name(head)
        yield Side(
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
            policy={way: _bird_policy(inside, word) for way, word in (("in", "import"), ("out", "export"))},
            policy_needed=False,
            limit=next(
                (
                    reading.whole(m[1])
                    for line in inside
                    if (m := re.match(r"(?:import|receive) limit (\d+)", line.text))
                ),
                None,
            ),
            protocol=name,
        )


def _bird_policy(inside: list[Line], word: str) -> str:
    """The words; what says nothing imports all, and exports nothing."""
    said = (line.text for line in inside if line.rest(word) and not re.match(rf"{word} (limit|keep|table)", line.text))
    return next(said, "import all" if word == "import" else "export none")
