"""The peerings of a class lab of ``live_map``: sessions with the route server, and bilateral sessions between networks.

Each network is asked for its own BGP sessions. A bilateral session is one whose other end has the AS of another network. Both ends
are asked, so one that only one of the two has configured is there too: it names who has to act.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_interface
from typing import Any

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_frr
from labs.engine.adapters.routing_state import BgpSession
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.definition.spec import Lab, Node
from labs.lifecycle import lab_access
from labs.models import LabSession
from labs.pages import live_map

ESTABLISHED = "Established"
MOST_SESSIONS = 100  # of one network: what a lab says has no other limit
MOST_LINES = 5000  # of BIRD's answer
OLDEST = timedelta(days=30)
# BIRD's first line of a protocol: its name, its kind, a table, up, and the time since, which is a date after a day
BIRD_PROTOCOL = re.compile(r"\S+\s+BGP\s+\S+\s+up\s+(\d\d):(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Session:
    """A session as one end has it. ``routes`` are those that this end has accepted from the other one."""

    is_up: bool
    routes: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """The relation of a network to another one.

    ``kind``: self; direct (a bilateral session is up); down (both have configured one, and it is not up); asked (only this network
    has); wanted (only the other one has); server (both are at the route server); none; or unknown.
    """

    asn: int  # of the other network
    kind: str
    routes: int | None = None  # that it has accepted from the other one, on the bilateral session
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One network: its session with the route server, and what it has with each network."""

    asn: int
    node: str
    is_up: bool | None  # its session with the route server; None: not known
    since: datetime | None  # of this session
    received: int | None  # routes from the route server
    accepted: int | None  # routes that the route server accepted from it
    pairs: Sequence[Pair]

    def of_kind(self, kind: str) -> list[Pair]:
        return [pair for pair in self.pairs if pair.kind == kind]

    @property
    def direct(self) -> list[Pair]:
        return self.of_kind("direct")

    @property
    def down(self) -> list[Pair]:
        return self.of_kind("down")

    @property
    def asked(self) -> list[Pair]:
        return self.of_kind("asked")

    @property
    def wanted(self) -> list[Pair]:
        return self.of_kind("wanted")


@dataclass(frozen=True, slots=True)
class Peerings:
    members: Sequence[Member]

    @property
    def is_large(self) -> bool:
        return len(self.members) > live_map.ROOMY

    @property
    def at_server(self) -> int:
        """Networks whose session with the route server is up."""
        return sum(member.is_up is True for member in self.members)

    @property
    def bilateral(self) -> int:
        """Bilateral sessions that are up."""
        return sum(len(member.direct) for member in self.members) // 2


def of(session: LabSession) -> Peerings:
    """Return who peers with whom now, at most ``live_map.FRESH`` seconds old. Raises live_map.NoMap."""
    return live_map.read_once(session, "peerings", _read)


def _read(lab: Lab, session: LabSession) -> Peerings:
    networks, server = live_map.networks_of(lab), live_map.route_server_of(lab)
    asked = [*networks.values(), *([server] if server else [])]
    questions = [daemon_of(node).bgp_sessions(live_map.FAMILY) for node in asked]
    answers = lab_access.client_of(session).ask([one.ask for one in questions], seconds=live_map.SECONDS)
    now = datetime.now(UTC)
    told = [
        _sessions(question.read(answer), since(node, answer, now))
        for node, question, answer in zip(asked, questions, answers, strict=True)
    ]
    return make(
        {asn: node.name for asn, node in networks.items()},
        dict(zip(networks, told, strict=False)),
        at_server=told[-1] if server else None,
        server=_addresses(lab, server) if server else set(),
    )


def _addresses(lab: Lab, node: Node) -> set[AnyAddress]:
    ends = (end for link in lab.links for end in link.ends if end.node == node.name)
    return {ip_interface(address).ip for end in ends for address in end.addresses}


type Told = Sequence[tuple[BgpSession, datetime | None]]  # sessions of one node, with the time since when each is up


def _sessions(read: object, times: Mapping[AnyAddress, datetime]) -> Told | None:
    """The sessions of an answer; None if the node did not answer."""
    if not isinstance(read, list):
        return None
    return [(one, times.get(one.peer)) for one in read[:MOST_SESSIONS]]


def since(node: Node, answer: Mapping[str, Any], now: datetime) -> dict[AnyAddress, datetime]:
    """Return since when each session is up, from the answer to ``bgp_sessions``. A time that cannot be is left out."""
    found = _since_of_frr(answer) if is_frr(node) else _since_of_bird(answer, now)
    return {peer: at for peer, at in found if now - OLDEST < at <= now + timedelta(minutes=1)}


def _since_of_frr(answer: Mapping[str, Any]) -> Iterable[tuple[AnyAddress, datetime]]:
    loaded = untrusted.load((untrusted.items(answer.get("outputs")) or [""])[-1])
    for name, entry in untrusted.pairs(untrusted.fields(loaded).get("peers"))[:MOST_SESSIONS]:
        peer, epoch = (
            untrusted.address(name),
            untrusted.number(untrusted.fields(entry).get("peerUptimeEstablishedEpoch")),
        )
        if peer is not None and epoch is not None and 0 < epoch < 1 << 33:
            yield peer, datetime.fromtimestamp(epoch, UTC)


def _since_of_bird(answer: Mapping[str, Any], now: datetime) -> Iterable[tuple[AnyAddress, datetime]]:
    """The time of day is that of the container, in UTC. It is of yesterday if it would lie ahead."""
    at: datetime | None = None
    for line in untrusted.long_text(answer.get("output")).splitlines()[:MOST_LINES]:
        if line[:1].strip():
            clock = BIRD_PROTOCOL.match(line[:200])
            at = _today(now, *map(int, clock.groups())) if clock else None
        elif at and line.strip().startswith("Neighbor address:"):
            peer = untrusted.address(line.partition(":")[2])
            if peer is not None:
                yield peer, at


def _today(now: datetime, hour: int, minute: int, second: int) -> datetime | None:
    if hour > 23 or minute > 59 or second > 59:
        return None
    at = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return at - timedelta(days=1) if at > now + timedelta(minutes=1) else at


def _best(rows: Told) -> Session | None:
    """Of the sessions with one peer, one that is up if there is any."""
    found = [
        Session(True, untrusted.whole(one.received), at) if one.state == ESTABLISHED else Session(False)
        for one, at in rows
    ]
    return max(found, key=lambda one: one.is_up, default=None)


def make(
    names: Mapping[int, str], told: Mapping[int, Told | None], *, at_server: Told | None, server: set[AnyAddress]
) -> Peerings:
    """Return who peers with whom, from the sessions of each network and of the route server, which has these addresses.

    Sessions that are None could not be read.
    """

    def session(rows: Told | None, other: int) -> Session | None:
        return _best([row for row in rows or () if row[0].remote_as == other])

    with_server = {asn: _best([row for row in told[asn] or () if row[0].peer in server]) for asn in names}
    of_server = {asn: session(at_server, asn) for asn in names}
    bilateral = {asn: {other: session(told[asn], other) for other in names} for asn in names}

    def is_up(asn: int) -> bool | None:
        if at_server is None and told[asn] is None:
            return None
        return any(one is not None and one.is_up for one in (of_server[asn], with_server[asn]))

    def pair(asn: int, other: int) -> Pair:
        if asn == other:
            return Pair(other, "self")
        mine, theirs = bilateral[asn][other], bilateral[other][asn]
        up = [one for one in (mine, theirs) if one and one.is_up]
        if up:
            return Pair(other, "direct", mine.routes if mine else None, up[0].since or up[-1].since)
        if mine or theirs:
            return Pair(other, "asked" if theirs is None else "wanted" if mine is None else "down")
        if told[asn] is None:
            return Pair(other, "unknown")
        return Pair(other, "server" if is_up(asn) and is_up(other) else "none")

    def member(asn: int) -> Member:
        mine, theirs = with_server[asn], of_server[asn]
        up = [one for one in (mine, theirs) if one and one.is_up]
        return Member(
            asn,
            names[asn],
            is_up(asn),
            next((one.since for one in up if one.since), None),
            mine.routes if mine and mine.is_up else None,
            theirs.routes if theirs and theirs.is_up else None,
            [pair(asn, other) for other in names],
        )

    return Peerings([member(asn) for asn in names])
