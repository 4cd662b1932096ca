"""Check types ``rpki.cache`` and ``rpki.vrp``: the connection to an RPKI cache (RFC 8210) and the data that it sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import routing_state
from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.routing_state import Silent
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks.base import Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.fields import PRESENT, ROA_TABLE
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiCheck(DaemonCheck):
    def judge_silent(self, node: Node, said: Silent) -> Finding:
        """FRR prints {} before a cache is configured, and an error without a connection. BIRD says that the table is unknown."""
        if not said.words:
            seen = Text(_("%(node)s has no RPKI cache"), node=node.name)
            return self.failed(node, seen, Text(_("No RPKI cache is configured on %(node)s."), node=node.name))
        seen = Text(_("The daemon on %(node)s answered: %(words)s"), node=node.name, words=said.words)
        cause = _(
            "The router has no connection to a cache. Check that the cache runs, that its port is right, and that the router has "
            "a route to it. Check also whether the connection was stopped on the router."
        )
        return self.failed(node, seen, Text(cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiCache(RpkiCheck):
    NAME: ClassVar = "rpki.cache"
    ABOUT: ClassVar = "The router is connected to this RPKI cache (RFC 8210)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "address": Field(Address("address"), "the address of the cache.", required=True),
        "port": Field(Compare(), "its port."),
        "present": PRESENT,
    }
    address: AnyAddress
    port: Want | None = None
    present: bool = True

    def question(self, node: Node) -> Question[list[routing_state.RpkiCache]]:
        return daemon_of(node).rpki_caches()

    def expected(self) -> Text:
        words = {"address": self.address, "fields": expected_values({"port": self.port})}
        if self.present:
            return Text(_("connected to the RPKI cache %(address)s %(fields)s"), **words)
        return Text(_("not connected to the RPKI cache %(address)s %(fields)s"), **words)

    def judge_silent(self, node: Node, said: Silent) -> Finding:
        if self.present:
            return RpkiCheck.judge_silent(self, node, said)
        return self.passed(node, Text(_("%(node)s has no RPKI cache"), node=node.name))

    def judge_known(self, node: Node, known: Sequence[routing_state.RpkiCache]) -> Finding:
        here = [cache for cache in known if cache.address == self.address]
        good = [cache for cache in here if cache.connected and not differing({"port": (self.port, cache.port)})]
        seen = Text(_("%(node)s has the RPKI caches: %(caches)s"), node=node.name, caches=listed(known) or "–")
        if bool(good) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if not here:
            return self.failed(node, seen, Text(_("This cache is not configured.")))
        cause = _(
            "The cache is configured, but the router cannot connect to it. Check the port, and that the router has a route to "
            "the cache."
        )
        return self.failed(node, seen, Text(cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiVrp(RpkiCheck):
    NAME: ClassVar = "rpki.vrp"
    ABOUT: ClassVar = "The router has received this validated ROA payload (VRP) from its cache (RFC 6811)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix of the ROA.", required=True),
        "origin_as": Field(Compare(), "the AS that may originate it."),
        "max_length": Field(Compare(), "the maximum prefix length."),
        "table": Field(ROA_TABLE, "the name of the ROA table in BIRD; r6 if left out, or r4 for a prefix of IPv4."),
        "present": PRESENT,
    }
    prefix: AnyNetwork
    origin_as: Want | None = None
    max_length: Want | None = None
    table: str = ""
    present: bool = True

    def question(self, node: Node) -> Question[list[routing_state.RpkiVrp]]:
        return daemon_of(node).vrps(self.prefix, self.table or f"r{self.prefix.version}")

    def expected(self) -> Text:
        fields = expected_values({"origin_as": self.origin_as, "max_length": self.max_length})
        if self.present:
            return Text(_("a ROA for %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)
        return Text(_("no ROA for %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)

    def judge_known(self, node: Node, known: Sequence[routing_state.RpkiVrp]) -> Finding:
        here = [vrp for vrp in known if vrp.prefix == self.prefix]
        wrong = [
            differing({"origin_as": (self.origin_as, vrp.origin_as), "max_length": (self.max_length, vrp.max_length)})
            for vrp in here
        ]
        seen = Text(_("%(node)s has the ROAs: %(roas)s"), node=node.name, roas=listed(here) or "–")
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if here:
            return self.failed(node, seen, not_as_expected(wrong))
        cause = _("The cache has sent no ROA for this prefix. Check that %(node)s is connected to the cache.")
        return self.failed(node, seen, Text(cause, node=node.name))
