"""FRR 10.3 as a routing daemon: which command of vtysh answers each question, and which parser reads the answer."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from labs.engine.adapters import (
    frr,
    frr_bgp_rows,
    frr_configured_protocols,
    frr_protocols,
    frr_tables,
    untrusted,
)
from labs.engine.adapters.routing_daemon import Answer, BgpPath, Question, RoutingDaemon, Row, Rows
from labs.engine.adapters.routing_state import (
    OVER_LIMIT,
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
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING

ROUTER_IDS = {
    "ospf6": ("ospf6d", "show ipv6 ospf6 json"),
    "ospf": ("ospfd", "show ip ospf json"),
    "bgp": ("bgpd", "show bgp summary json"),
}


class FrrDaemon(RoutingDaemon):
    MARKS_VALIDATION: ClassVar = True

    def _ask[T](self, daemon: str, command: str, read: Callable[[Answer], T | Silent], shown: str = "") -> Question[T]:
        asked, shown = (frr.in_vrf(words, self.vrf) for words in (command, shown or command))
        return Question(frr.ask(self.node, daemon, asked), frr.command(shown), read)

    def _rows(self, daemon: str, command: str, read: Callable[[str], Rows]) -> Question[list[Row]]:
        return self._ask(daemon, command, lambda answer: read(printed(answer)))

    def output(self, command: str, daemon: str = "") -> Question[str]:
        return self._ask(daemon or "zebra", command, printed)

    def running_config(self, daemon: str) -> Question[str]:
        return self.output("show running-config", daemon)

    def running_configs(self, daemons: Sequence[str]) -> list[Question[str]]:
        # A configuration is shown with the lines of zebra first
        return [self.running_config(daemon) for daemon in dict.fromkeys(("zebra", *ALWAYS_RUNNING, *daemons))]

    def configurations(self, daemons: Sequence[str]) -> list[Question[str]]:
        return self.running_configs(daemons)

    def protocol_kinds(self, answer: Answer) -> set[str]:
        return set()

    def configured_protocols(self, daemons: Sequence[str]) -> list[Question[ConfiguredProtocols]]:
        return [
            Question(
                {"ask": "vty", "node": self.node, "daemon": daemon, "commands": list(commands)},
                frr.command(commands[0]),
                frr_configured_protocols.reader(daemon),
            )
            for daemon, commands in frr_configured_protocols.COMMANDS.items()
            if daemon in daemons
        ]

    def router_id(self, of: str) -> Question[str]:
        return self._ask(*ROUTER_IDS[of], _router_id)

    # OSPF, BFD and Babel

    def ospf3_neighbors(self, protocol: str = "") -> Question[list[OspfNeighbor]]:
        return self._ask("ospf6d", frr.NEIGHBORS, frr.neighbors)

    def ospf3_interfaces(self, protocol: str = "", interface: str = "") -> Question[list[OspfInterface]]:
        return self._ask("ospf6d", frr.INTERFACES, frr.interfaces, f"show ipv6 ospf6 interface {interface}")

    def ospf3_routes(self, prefix: AnyNetwork, protocol: str = "") -> Question[list[OspfRoute]]:
        return self._ask("ospf6d", frr.OSPF_ROUTES, frr.ospf_routes, f"show ipv6 ospf6 route {prefix} detail")

    def ospf3_lsdb(self, protocol: str = "") -> Question[list[Row]]:
        # Without "detail", FRR 10.3 crashes at an intra-area-prefix LSA without prefixes, which BIRD sends as it starts:
        # nth_prefix() in ospf6d/ospf6_lsa.c reads the first prefix without asking whether there is one
        return self._rows("ospf6d", "show ipv6 ospf6 database detail json", frr_tables.ospf6_lsdb)

    def ospf2_neighbors(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows("ospfd", "show ip ospf neighbor json", frr_tables.ospf_neighbors)

    def ospf2_interfaces(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows("ospfd", "show ip ospf interface json", frr_tables.ospf_interfaces)

    def ospf2_routes(self, prefix: AnyNetwork) -> Question[list[Row]]:
        return self._rows("ospfd", "show ip ospf route json", frr_tables.ospf_routes)

    def ospf2_lsdb(self, protocol: str = "") -> Question[list[Row]]:
        return self._rows("ospfd", "show ip ospf database json", frr_tables.ospf_lsdb)

    def bfd_sessions(self) -> Question[list[Row]]:
        return self._rows("bfdd", "show bfd peers json", frr_tables.bfd_sessions)

    def babel_neighbors(self) -> Question[list[Row]]:
        return self._rows("babeld", "show babel neighbor", frr_tables.babel_neighbors)

    def babel_routes(self) -> Question[list[Row]]:
        return self._rows("babeld", "show babel route", frr_tables.babel_routes)

    def rip_routes(self, prefix: AnyNetwork) -> Question[list[Row]]:
        if prefix.version == 4:
            return self._rows("ripd", "show ip rip", frr_protocols.rip_routes)
        return self._rows("ripngd", "show ipv6 ripng", frr_protocols.ripng_routes)

    def rip_neighbors(self, family: str) -> Question[list[Row]]:
        daemon, word = ("ripd", "ip rip") if family == "ipv4" else ("ripngd", "ipv6 ripng")
        return self._rows(daemon, f"show {word} status", frr_protocols.rip_neighbors)

    # What BIRD does not have: VRRP, PIM, IGMP, LDP and EVPN

    def vrrp_routers(self) -> Question[list[Row]]:
        return self._rows("vrrpd", "show vrrp json", frr_protocols.vrrp_routers)

    def pim_neighbors(self) -> Question[list[Row]]:
        return self._rows("pimd", "show ip pim neighbor json", frr_protocols.pim_neighbors)

    def pim_interfaces(self) -> Question[list[Row]]:
        return self._rows("pimd", "show ip pim interface json", frr_protocols.pim_interfaces)

    def igmp_groups(self) -> Question[list[Row]]:
        return self._rows("pimd", "show ip igmp groups json", frr_protocols.igmp_groups)

    def igmp_interfaces(self) -> Question[list[Row]]:
        return self._rows("pimd", "show ip igmp interface json", frr_protocols.igmp_interfaces)

    def ldp_neighbors(self) -> Question[list[Row]]:
        return self._rows("ldpd", "show mpls ldp neighbor json", frr_protocols.ldp_neighbors)

    def ldp_bindings(self) -> Question[list[Row]]:
        return self._rows("ldpd", "show mpls ldp binding json", frr_protocols.ldp_bindings)

    def evpn_vnis(self) -> Question[list[Row]]:
        return self._rows("zebra", "show evpn vni json", frr_protocols.evpn_vnis)

    def evpn_routes(self) -> Question[list[Row]]:
        return self._rows("bgpd", "show bgp l2vpn evpn json", frr_protocols.evpn_routes)

    # IS-IS, which BIRD does not have either

    def isis_adjacencies(self) -> Question[list[Row]]:
        return self._rows("isisd", "show isis neighbor detail json", frr_tables.isis_adjacencies)

    def isis_interfaces(self) -> Question[list[Row]]:
        return self._rows("isisd", "show isis interface detail json", frr_tables.isis_interfaces)

    def isis_routes(self) -> Question[list[Row]]:
        return self._rows("isisd", "show isis route json", frr_tables.isis_routes)

    def isis_lsdb(self) -> Question[list[Row]]:
        return self._rows("isisd", "show isis database json", frr_tables.isis_lsdb)

    # BGP

    def bgp_sessions(self, family: str) -> Question[list[BgpSession]]:
        return self._ask("bgpd", frr.sessions_question(family), frr.sessions)

    def bgp_neighbors(self, peer: object) -> Question[list[Row]]:
        return self._rows("bgpd", f"show bgp neighbors {peer} json", frr_bgp_rows.neighbors)

    def bgp_peer_state(self, peer: object) -> Question[BgpPeerState]:
        def read(answer: Answer) -> BgpPeerState:
            loaded = untrusted.load(_last(answer))
            pairs = untrusted.pairs(loaded)
            entry = next((untrusted.fields(value) for key, value in pairs if untrusted.address(key) == peer), {})
            return BgpPeerState(
                state=untrusted.text(entry.get("bgpState")),
                ended_by=untrusted.text(entry.get("lastNotificationReason") or entry.get("lastResetDueTo")),
                over_limit=any(words in str(answer) for words in OVER_LIMIT),
            )

        return self._ask("bgpd", f"show bgp neighbors {peer} json", read)

    def bgp_routes(self, prefix: AnyNetwork, *, preference: bool = False) -> Question[list[BgpRoute]]:
        question = self._ask("bgpd", frr.route_question(prefix), frr.bgp_routes)
        if preference:
            question.ask["commands"].insert(0, frr.RUNNING)
        return question

    def bgp_as_paths(self, prefix: AnyNetwork) -> Question[list[tuple[str, ...]]]:
        def read(answer: Answer) -> list[tuple[str, ...]]:
            found = frr.bgp_routes(answer)
            return [path.as_path for path in found] if isinstance(found, list) else []

        return self._ask("bgpd", frr.route_question(prefix), read)

    def inaccessible_next_hops(self, answer: Answer) -> list[str]:
        table = untrusted.fields(untrusted.load(_last(answer)))
        paths = [untrusted.fields(path) for path in untrusted.items(table.get("paths"))]
        if any("bestpath" in path for path in paths):
            return []
        hops = (untrusted.fields(hop) for path in paths for hop in untrusted.items(path.get("nexthops")))
        return [untrusted.text(hop.get("ip")) for hop in hops if hop.get("accessible") is not True]

    def bgp_paths(self, family: str, from_as: int | None = None) -> Question[list[BgpPath]]:
        return self._ask("bgpd", frr.table_question(family), frr.bgp_paths)

    def bgp_received(
        self, peer: object, family: str, *, dropped: bool, communities: bool = False
    ) -> Question[list[Row]]:
        which = "filtered-routes" if dropped else "received-routes"
        command = f"show bgp {family} unicast neighbors {peer} {which}{' detail' if communities else ''} json"
        return self._rows("bgpd", command, frr_bgp_rows.adjacent_routes)

    def bgp_advertised(
        self, peer: object, family: str, protocol: str = "", *, communities: bool = False
    ) -> Question[list[Row]]:
        command = f"show bgp {family} unicast neighbors {peer} advertised-routes{' detail' if communities else ''} json"
        return self._rows("bgpd", command, frr_bgp_rows.adjacent_routes)

    def bgp_table(self, family: str) -> Question[list[Row]]:
        return self._rows("bgpd", frr.table_question(family), frr_bgp_rows.table_routes)

    def bgp_originated(self, family: str, protocol: str = "") -> Question[list[Row]]:
        def read(text: str) -> Rows:
            known = frr_bgp_rows.table_routes(text)
            return [row for row in known if not row["as_path"]] if isinstance(known, list) else known

        return self._rows("bgpd", frr.table_question(family), read)

    def bgp_aggregates(self, prefix: AnyNetwork) -> Question[list[Row]]:
        return self._rows("bgpd", f"show bgp ipv{prefix.version} unicast {prefix} json", frr_bgp_rows.aggregates)

    # RPKI

    def rpki_caches(self) -> Question[list[RpkiCache]]:
        return self._ask("bgpd", frr.CACHES, frr.caches)

    def rpki_connection(self) -> Question[list[RpkiCache]]:
        return self.rpki_caches()

    def vrps(self, prefix: AnyNetwork, table: str) -> Question[list[RpkiVrp]]:
        return self._ask("bgpd", frr.vrps_question(prefix), frr.vrps)

    def all_vrps(self) -> Question[list[RpkiVrp]]:
        return self._ask("bgpd", frr.VRPS, frr.vrps)

    def validation_states(self, prefix: AnyNetwork, origin_as: int, table: str) -> Question[set[str]]:
        def read(answer: Answer) -> set[str] | Silent:
            known = frr.bgp_routes(answer)
            if isinstance(known, Silent):
                return known
            return {path.rpki for path in known if path.prefix == prefix and path.as_path[-1:] == (str(origin_as),)}

        return self._ask("bgpd", frr.route_question(prefix), read)

    def route_states(self, prefix: AnyNetwork, origin_as: int, table: str) -> Question[set[str]]:
        return self.validation_states(prefix, origin_as, table)

    # Commands that show a learner what a diagnosis has found

    def show_config(self) -> str:
        return frr.command("show running-config")

    def show_config_text(self) -> str:
        return self.show_config()

    def show_ospf2_interface(self, name: str) -> str:
        return frr.command(f"show ip ospf interface {name}")

    def show_ospf3_interface(self, name: str = "") -> str:
        return frr.command(f"show ipv6 ospf6 interface {name}".strip())

    def show_bgp_summary(self) -> str:
        return frr.command("show bgp summary")

    def show_bgp_peers(self) -> str:
        return self.show_bgp_summary()

    def show_bgp_peer(self, peer: object) -> str:
        return frr.command(f"show bgp neighbors {peer}")

    def show_bgp_route(self, prefix: AnyNetwork) -> str:
        return frr.command(frr.route_question(prefix))

    def show_bgp_sent(self, peer: object, version: int, protocol: str) -> str:
        return frr.command(f"show bgp ipv{version} unicast neighbors {peer} advertised-routes")

    def show_bgp_received(self, peer: object, version: int, protocol: str) -> str:
        return frr.command(f"show bgp ipv{version} unicast neighbors {peer} received-routes")

    def show_bgp_accepted(self, peer: object, version: int, protocol: str) -> str:
        return frr.command(f"show bgp ipv{version} unicast neighbors {peer} routes")

    def show_rpki_caches(self) -> str:
        return frr.command("show rpki cache-connection")

    def show_rpki_table(self) -> str:
        return frr.command("show rpki prefix-table")


def _last(answer: Answer) -> object:
    outputs = untrusted.items(answer.get("outputs"))
    return outputs[-1] if outputs else None


def printed(answer: Answer) -> str:
    """The output of the last command."""
    return untrusted.long_text(_last(answer))


def _router_id(answer: Answer) -> str:
    loaded = untrusted.fields(untrusted.load(_last(answer)))
    inner = untrusted.fields(loaded.get("ipv6Unicast") or loaded.get("ipv4Unicast") or loaded)
    return untrusted.text(inner.get("routerId"))
