"""BIRD 2.17 as a routing daemon: which command of birdc answers each question, and which parser reads the answer."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from labs.engine.adapters import bird, bird_bgp_rows, bird_configured_protocols, bird_tables, untrusted
from labs.engine.adapters.routing_daemon import Answer, BgpPath, Question, RoutingDaemon, Row, Rows
from labs.engine.adapters.routing_state import (
    OVER_LIMIT,
    THERE,
    BgpPeerState,
    BgpRoute,
    BgpSession,
    ConfiguredProtocols,
    OspfInterface,
    OspfNeighbor,
    OspfRoute,
    RpkiCache,
    RpkiVrp,
    Silent,
)
from labs.engine.adapters.untrusted import AnyNetwork

VALIDATION_STATES = {"0": "not found", "1": "valid", "2": "invalid"}  # what roa_check() gives


class BirdDaemon(RoutingDaemon):
    MARKS_VALIDATION: ClassVar = False

    def _ask[T](self, command: str, read: Callable[[Answer], T | Silent]) -> Question[T]:
        return Question(bird.ask(self.node, command), bird.command(command), read)

    def _rows(self, command: str, read: Callable[[Sequence[str]], Rows]) -> Question[list[Row]]:
        return self._ask(command.strip(), lambda answer: read(bird.lines(answer)))

    def _routes(self, command: str, family: str) -> Question[list[Row]]:
        return self._rows(command, lambda lines: bird_bgp_rows.routes(lines, family))

    def output(self, command: str, daemon: str = "") -> Question[str]:
        return self._ask(command, lambda answer: untrusted.long_text(answer.get("output")))

    def router_id(self, of: str) -> Question[str]:
        return self._ask("show status", _router_id)

    def running_configs(self, daemons: Sequence[str]) -> list[Question[str]]:
        return []

    def configurations(self, daemons: Sequence[str]) -> list[Question[str]]:
        ask = {"ask": "file", "node": self.node, "path": bird.CONF}
        return [Question(ask, self.show_config_text(), lambda answer: untrusted.long_text(answer.get("text")))]

    def protocol_kinds(self, answer: Answer) -> set[str]:
        return set(bird_configured_protocols.kinds(bird.lines(answer)))

    def configured_protocols(self, daemons: Sequence[str]) -> list[Question[ConfiguredProtocols]]:
        return [self._ask(command, bird_configured_protocols.read) for command in bird_configured_protocols.COMMANDS]

    # OSPF, BFD and Babel

    def ospf3_neighbors(self, protocol: str = "") -> Question[list[OspfNeighbor]]:
        return self._ask(bird.neighbors_question(protocol), bird.neighbors)

    def ospf3_interfaces(self, protocol: str = "", interface: str = "") -> Question[list[OspfInterface]]:
        return self._ask(bird.interfaces_question(protocol), bird.interfaces)

    def ospf3_routes(self, prefix: AnyNetwork, protocol: str = "") -> Question[list[OspfRoute]]:
        return self._ask(bird.route_question(prefix, protocol), bird.ospf_routes)

    def ospf3_lsdb(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows(f"show ospf lsadb {protocol}", bird_tables.ospf_lsdb)

    def ospf2_neighbors(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows(f"show ospf neighbors {protocol}", bird_tables.ospf_neighbors)

    def ospf2_interfaces(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows(f"show ospf interface {protocol}", bird_tables.ospf_interfaces)

    def ospf2_routes(self, prefix: AnyNetwork) -> Question[list[Row]]:
        return self._rows(bird.route_question(prefix), bird_tables.ospf_routes)

    def ospf2_lsdb(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows(f"show ospf lsadb {protocol}", bird_tables.ospf_lsdb)

    def bfd_sessions(self) -> Question[list[Row]]:
        return self._rows("show bfd sessions", bird_tables.bfd_sessions)

    def babel_neighbors(self) -> Question[list[Row]]:
        return self._rows("show babel neighbors", bird_tables.babel_neighbors)

    def babel_routes(self) -> Question[list[Row]]:
        return self._rows("show babel routes", bird_tables.babel_routes)

    def rip_routes(self, prefix: AnyNetwork) -> Question[list[Row]]:
        return self._rows("show route all where source = RTS_RIP", bird_tables.rip_routes)

    def rip_neighbors(self, family: str) -> Question[list[Row]]:
        return self._rows("show rip neighbors", lambda lines: bird_tables.rip_neighbors(lines, int(family[-1])))

    # BGP

    def bgp_sessions(self, family: str) -> Question[list[BgpSession]]:
        return self._ask(bird.SESSIONS, lambda answer: bird.sessions(answer, family))

    def bgp_neighbors(self, peer: object) -> Question[list[Row]]:
        return self._rows(bird.SESSIONS, bird_bgp_rows.neighbors)

    def bgp_peer_state(self, peer: object) -> Question[BgpPeerState]:
        def read(answer: Answer) -> BgpPeerState:
            found = bird.sessions(answer)
            states = [one.state for one in found if one.peer == peer] if isinstance(found, list) else []
            over_limit = any(words in str(answer) for words in OVER_LIMIT)
            return BgpPeerState(state=states[0] if states else "", ended_by="", over_limit=over_limit)

        return self._ask(bird.SESSIONS, read)

    def bgp_routes(self, prefix: AnyNetwork, *, preference: bool = False) -> Question[list[BgpRoute]]:
        return self._ask(bird.route_question(prefix), bird.bgp_routes)

    def bgp_as_paths(self, prefix: AnyNetwork) -> Question[list[tuple[str, ...]]]:
        def read(answer: Answer) -> list[tuple[str, ...]]:
            return [route.as_path for route in bird.bgp_routes(answer)] or [()] * _has_own_route(answer)

        return self._ask(bird.route_question(prefix), read)

    def inaccessible_next_hops(self, answer: Answer) -> list[str]:
        return []

    def bgp_paths(self, family: str, from_as: int | None = None) -> Question[list[BgpPath]]:
        command = bird.table_question(from_as) if from_as else bird.ALL_BGP_ROUTES

        return self._ask(command, lambda answer: bird.bgp_paths(answer, family))

    def bgp_received(
        self, peer: object, family: str, *, dropped: bool, communities: bool = False
    ) -> Question[list[Row]]:
        return self._routes(f"show route {'filtered ' if dropped else ''}all where from = {peer}", family)

    def bgp_advertised(
        self, peer: object, family: str, protocol: str = "", *, communities: bool = False
    ) -> Question[list[Row]]:
        return self._routes(f"show route all export {protocol}", family)

    def bgp_table(self, family: str) -> Question[list[Row]]:
        return self._routes(bird.ALL_BGP_ROUTES, family)

    def bgp_originated(self, family: str, protocol: str = "") -> Question[list[Row]]:
        return self._routes(f"show route all export {protocol} where source != RTS_BGP", family)

    def bgp_aggregates(self, prefix: AnyNetwork) -> Question[list[Row]]:
        return self._rows(bird.route_question(prefix), bird_bgp_rows.aggregates)

    # RPKI

    def rpki_caches(self) -> Question[list[RpkiCache]]:
        return self._ask(bird.SESSIONS, bird.caches)

    def rpki_connection(self) -> None:
        return None

    def vrps(self, prefix: AnyNetwork, table: str) -> Question[list[RpkiVrp]]:
        return self._ask(bird.vrps_question(table), bird.vrps)

    def all_vrps(self) -> None:
        return None

    def validation_states(self, prefix: AnyNetwork, origin_as: int, table: str) -> Question[set[str]]:
        def read(answer: Answer) -> set[str] | Silent:
            said = " ".join(bird.lines(answer)[:4])
            word = said.rpartition(")")[2].strip()
            return {VALIDATION_STATES[word]} if word in VALIDATION_STATES and "enum" in said else Silent(said)

        return self._ask(f"eval roa_check({table}, {prefix}, {origin_as})", read)

    def route_states(self, prefix: AnyNetwork, origin_as: int, table: str) -> Question[set[str]]:
        def read(answer: Answer) -> set[str]:
            routes = bird.bgp_routes(answer)
            return {THERE for one in routes if one.prefix == prefix and one.as_path[-1:] == (str(origin_as),)}

        return self._ask(bird.route_question(prefix), read)

    # Commands that show a learner what a diagnosis has found

    def show_config(self) -> str:
        return bird.command(bird.SESSIONS)

    def show_config_text(self) -> str:
        return f"cat {bird.CONF}"

    def show_ospf2_interface(self, name: str) -> str:
        return bird.command("show ospf interface")

    def show_ospf3_interface(self, name: str = "") -> str:
        return bird.command("show ospf interface")

    def show_bgp_summary(self) -> str:
        return bird.command("show protocols")

    def show_bgp_peers(self) -> str:
        return bird.command(bird.SESSIONS)

    def show_bgp_peer(self, peer: object) -> str:
        return bird.command(bird.SESSIONS)

    def show_bgp_route(self, prefix: AnyNetwork) -> str:
        return bird.command(bird.route_question(prefix))

    def show_bgp_sent(self, peer: object, version: int, protocol: str) -> str:
        return bird.command(f"show route export {protocol}")

    def show_bgp_received(self, peer: object, version: int, protocol: str) -> str:
        return bird.command(f"show route all filtered protocol {protocol}")

    def show_bgp_accepted(self, peer: object, version: int, protocol: str) -> str:
        return self.show_bgp_received(peer, version, protocol)

    def show_rpki_caches(self) -> str:
        return bird.command(bird.SESSIONS)

    def show_rpki_table(self) -> str:
        return self.show_rpki_caches()


def _router_id(answer: Answer) -> str:
    found = [line.rpartition(" ")[2] for line in bird.lines(answer) if line.startswith("Router ID is ")]
    return found[0] if found else ""


def _has_own_route(answer: Answer) -> bool:
    """Whether a static route is there, which the router's own sessions may send."""
    return any("blackhole [" in line or "unreachable [" in line or "unicast [" in line for line in bird.lines(answer))
