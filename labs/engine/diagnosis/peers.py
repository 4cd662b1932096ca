"""What each side of a BGP session is set to, in one form for FRR and BIRD, from the configuration that it runs with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from labs.engine.checks import reading
from labs.engine.checks.reading import AnyAddress
from labs.engine.config import Line
from labs.engine.diagnosis.ends import bird_name
from labs.engine.seen import Seen
from labs.engine.spec import Kind

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


def sides(seen: Seen, version: int) -> list[Side]:
    """All neighbours that the router has in its configuration."""
    return list(_of_bird(seen, version) if seen.node.kind is Kind.BIRD else _of_frr(seen, version))


def side(seen: Seen, peers: set[AnyAddress], version: int) -> Side | None:
    return next((one for one in sides(seen, version) if one.peer in peers), None)


def _of_frr(seen: Seen, version: int) -> Iterator[Side]:
    for head in seen.config.heads("router bgp")[:1]:
        plain, inside = seen.config.within(head), seen.config.within(head, FAMILY_MODE[version])
        named = {
            line.text.split()[1] for line in plain if line.text.startswith("neighbor ") and " remote-as " in line.text
        }
        named |= {
            line.text.split()[1] for line in plain if line.text.startswith("neighbor ") and " peer-group " in line.text
        }
        my_as = head.split()[2]
        for name in sorted(named):
            peer = reading.address(name)
            if peer is None:
                continue
            group = _value(plain, name, "peer-group")
            yield _frr_side(seen, head, peer, [name, *([group] if group else [])], plain, inside, version, my_as)


def _frr_side(
    seen: Seen,
    head: str,
    peer: AnyAddress,
    names: list[str],
    plain: list[Line],
    inside: list[Line],
    version: int,
    my_as: str,
) -> Side:
    def value(lines: list[Line], words: str) -> str | None:
        return next((found for name in names if (found := _value(lines, name, words)) is not None), None)

    its_as = value(plain, "remote-as") or ""
    filters = {"route-map": {}, "prefix-list": {}}  # type: dict[str, dict[str, str]]
    for name in names:
        for line in inside:
            for kind, found in filters.items():
                rest = (line.rest(f"neighbor {name} {kind}") or "").split()
                if len(rest) == 2:
                    found.setdefault(rest[1], rest[0])
    no_default = seen.config.find("no bgp default ipv4-unicast", head) is not None
    return Side(
        seen=seen,
        peer=peer,
        version=version,
        my_as=my_as,
        its_as=my_as if its_as == "internal" else its_as,
        off=value(plain, "shutdown") is not None,
        password=value(plain, "password") or "",
        ttl_checked=value(plain, "ttl-security") is not None,
        multihop=value(plain, "ebgp-multihop") is not None,
        active=value(inside, "activate") is not None or (version == 4 and not no_default),
        policy=filters["route-map"],
        lists=filters["prefix-list"],
        policy_needed=its_as not in (my_as, "internal")
        and seen.config.find("no bgp ebgp-requires-policy", head) is None,
        limit=reading.whole((value(inside, "maximum-prefix") or "").split(" ")[0]),
    )


def _value(lines: list[Line], name: str, words: str) -> str | None:
    return next((rest for line in lines if (rest := line.rest(f"neighbor {name} {words}")) is not None), None)


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
