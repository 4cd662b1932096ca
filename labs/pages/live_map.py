"""The live map of a class lab: which network has a route to which, there and back, by which AS path, and what that route is worth.

It is for class labs in which all networks are peers, as at an Internet exchange. A router of the lab is a network if its role in
lab.yaml is “AS” and a number; the route server has the role “route server”. The prefixes that a network may announce come from the
ROAs that a cache of the lab serves. The map asks the nodes what checks ask, too (``bgp.table``, ``bgp.session``, ``bgp.adj_in``).

Valid, invalid and not found are those of RFC 6811. A path is valley-free if no peer passes on what another peer told it: a path
with a second network in it is a route leak (RFC 7908, type 2).
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import Any

from django.core.cache import cache

from labs.engine import cpu_budget
from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.origin_validation import Validity, covering, validity
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import RpkiVrp
from labs.engine.definition.spec import Lab, Node
from labs.engine.errors import EngineError, TooMuch
from labs.lifecycle import lab_access
from labs.models import LabSession
from labs.registry import versions

FRESH = 4  # seconds: pages that ask in between get the same map
SECONDS = 6.0  # for a lab, on a machine of pace 1: the lab's client multiplies it
FAMILY = "ipv6"
ROLE = re.compile(r"AS (\d{1,10})")
ROUTE_SERVER = "route server"
ROAS = "vrps.json"  # the file that a cache serves
MOST_DROPPED = 4  # routes of one network that the map names
ROOMY = 16  # networks at most, if each has room for more than one line on a projector
MOST_ROUTES = 500  # of one network: what a lab says has no other limit


class NoMap(Exception):
    """The lab has no map, or it does not answer now."""


@dataclass(frozen=True, slots=True)
class Route:
    prefix: IPv6Network
    path: tuple[int, ...]

    @property
    def is_valley_free(self) -> bool:
        return len(set(self.path)) <= 1

    @property
    def shown(self) -> str:
        return f"{self.prefix} {' '.join(map(str, self.path))}".strip()

    def validity(self, vrps: Iterable[RpkiVrp]) -> Validity:
        return validity(self.prefix, self.path[-1] if self.path else None, vrps)


@dataclass(frozen=True, slots=True)
class Cell:
    """The routes of one network to another one. ``kind``: self, both, oneway, none, leak, invalid or unknown."""

    kind: str
    path: str = ""  # the AS path


@dataclass(frozen=True, slots=True)
class Row:
    """One network: what it has of each other one, and what the route server drops of what it sends."""

    asn: int
    node: str
    is_up: bool | None  # its session with the route server; None: not known
    cells: Sequence[Cell]
    dropped: Sequence[tuple[str, str]]  # (route, what it is: invalid, leak or not found)
    more: int  # dropped routes that are not named


@dataclass(frozen=True, slots=True)
class LiveMap:
    rows: Sequence[Row]

    @property
    def is_large(self) -> bool:
        """Whether each network has room for one line only."""
        return len(self.rows) > ROOMY

    def shown_dropped(self) -> list[tuple[Row, Sequence[tuple[str, str]], int]]:
        """Each row with the dropped routes for which it has room, and how many more there are."""
        most = 1 if self.is_large else MOST_DROPPED
        return [(row, row.dropped[:most], max(0, len(row.dropped) - most) + row.more) for row in self.rows]

    @property
    def pairs(self) -> int:
        return len(self.rows) * (len(self.rows) - 1) // 2

    @property
    def reached(self) -> int:
        """Pairs of networks that have routes to each other."""
        return sum(cell.kind == "both" for row in self.rows for cell in row.cells) // 2


def has_map(lab: Lab) -> bool:
    """Whether it is a class lab, with networks and ROAs."""
    return lab.has_bots and len(networks_of(lab)) > 1 and bool(_roas(lab))


def of(session: LabSession) -> LiveMap:
    """Return the map now, at most FRESH seconds old. Raises NoMap."""
    return read_once(session, "route-map", _read)


def read_once[T](session: LabSession, name: str, read: Callable[[Lab, LabSession], T]) -> T:
    """Return what READ makes of the lab, at most FRESH seconds old: pages that ask in between get the same. Raises NoMap."""
    try:
        lab = versions.of(session)
    except versions.NoSuchLab as error:
        raise NoMap(session) from error
    if not has_map(lab):
        raise NoMap(session)
    key = f"labs:{name}:{session.pk}"
    found: T | None = cache.get(key)
    if found is None:
        try:
            with cpu_budget.of(session.pk):
                found = read(lab, session)
        except (EngineError, TooMuch, OSError) as error:
            raise NoMap(session) from error
        cache.set(key, found, FRESH)
    return found


def networks_of(lab: Lab) -> dict[int, Node]:
    """The routers that are networks, by AS number."""
    known = [(ROLE.fullmatch(node.role), node) for node in lab.nodes.values() if is_router(node)]
    return dict(sorted((int(role[1]), node) for role, node in known if role))


def route_server_of(lab: Lab) -> Node | None:
    return next((node for node in lab.nodes.values() if node.role == ROUTE_SERVER and is_router(node)), None)


def _roas(lab: Lab) -> list[RpkiVrp]:
    """The ROAs for IPv6 prefixes. A file that an author wrote in another form has none."""
    found = list[RpkiVrp]()
    for node in lab.nodes.values():
        for file in node.files:
            if file.path.endswith(f"/{ROAS}"):
                with suppress(ValueError, KeyError, TypeError):
                    found += [_roa(entry) for entry in json.loads(file.content)["roas"] if ":" in entry["prefix"]]
    return found


def _roa(entry: Mapping[str, Any]) -> RpkiVrp:
    return RpkiVrp(IPv6Network(entry["prefix"]), int(str(entry["asn"]).removeprefix("AS")), int(entry["maxLength"]))


def _read(lab: Lab, session: LabSession) -> LiveMap:
    """Ask all networks for their tables and the route server for its sessions, then the route server for what it drops."""
    client, networks = lab_access.client_of(session), networks_of(lab)
    server = route_server_of(lab)

    def answers(questions: Sequence[Question[Any]]) -> list[Any]:
        said = client.ask([question.ask for question in questions], seconds=SECONDS) if questions else []
        return [question.read(answer) for question, answer in zip(questions, said, strict=True)]

    tables = answers([daemon_of(node).bgp_table(FAMILY) for node in networks.values()])
    sessions = answers([daemon_of(node).bgp_sessions(FAMILY) for node in [server] if node])
    known = sessions[0] if sessions and isinstance(sessions[0], list) else []
    up = {one.remote_as: one.peer for one in known if one.state == "Established" and one.remote_as in networks}
    drops = answers([daemon_of(server).bgp_received(peer, FAMILY, dropped=True) for peer in up.values() if server])
    return make(
        {asn: node.name for asn, node in networks.items()},
        _roas(lab),
        tables={asn: _routes(rows) for asn, rows in zip(networks, tables, strict=True)},
        up={int(asn) for asn in up} if known else None,
        dropped={int(asn): _routes(rows) or [] for asn, rows in zip(up, drops, strict=True)},
    )


def _routes(rows: object) -> list[Route] | None:
    """The routes of an answer that were learned; None if the node did not answer. A lab may send anything."""
    if not isinstance(rows, list):
        return None
    found = list[Route]()
    for row in rows[:MOST_ROUTES]:
        with suppress(TypeError, ValueError):
            path = tuple(int(asn) for asn in untrusted.text(row.get("as_path")).split() if asn.isdecimal())
            if path:
                found.append(Route(IPv6Network(row.get("prefix")), path))
    return found


def make(
    names: Mapping[int, str],
    roas: Sequence[RpkiVrp],
    *,
    tables: Mapping[int, Sequence[Route] | None],
    up: Collection[int] | None,
    dropped: Mapping[int, Sequence[Route]],
) -> LiveMap:
    """Return the map of these networks, from their tables by AS number. A table that is None could not be read."""
    own = {asn: [roa for roa in roas if roa.origin_as == asn] for asn in names}

    def to(asn: int, other: int) -> list[Route]:
        """The routes of a network to what belongs to another one."""
        return [route for route in tables[asn] or () if covering(route.prefix, own[other])]

    def has_good(asn: int, other: int) -> bool:
        return any(route.validity(roas) == "valid" for route in to(asn, other))

    def cell(asn: int, other: int) -> Cell:
        if asn == other:
            return Cell("self")
        if tables[asn] is None:
            return Cell("unknown")
        routes = to(asn, other)
        wrong = [(route, _fault(route, roas)) for route in routes]
        for route, fault in wrong:
            if fault:
                return Cell(fault, route.shown)
        if not routes:
            return Cell("none")
        back = tables[other] is None or has_good(other, asn)
        return Cell("both" if back else "oneway", " ".join(map(str, routes[0].path)))

    rows = []
    for asn, node in names.items():
        away = [(route.shown, _fault(route, roas) or "other") for route in dropped.get(asn, ())]
        cells = [cell(asn, other) for other in names]
        is_up = None if up is None else asn in up
        rows.append(Row(asn, node, is_up, cells, away[:MOST_DROPPED], max(0, len(away) - MOST_DROPPED)))
    return LiveMap(rows)


def _fault(route: Route, roas: Iterable[RpkiVrp]) -> str:
    """The defect of a route: "invalid", "leak", or nothing."""
    if route.validity(roas) == "invalid":
        return "invalid"
    return "" if route.is_valley_free else "leak"
