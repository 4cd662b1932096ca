"""Check types ``rpki.cache`` and ``rpki.vrp``: the connection to an RPKI cache (RFC 8210) and the data that it sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird, frr
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import (
    NOT_RUNNING,
    ROUTERS,
    Answer,
    Ask,
    CheckType,
    Finding,
    differing,
    listed,
    not_as_wanted,
    wanted,
)
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.fields import PRESENT, ROA_TABLE
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


def no_table(check: CheckType, node: Node, said: Silent) -> Finding:
    """FRR says {} before a cache is configured, and an error while it is not connected to any; BIRD, that the table is unknown."""
    if not said.words:
        seen = Text(_("%(node)s has no RPKI cache"), node=node.name)
        return check.failed(node, seen, Text(_("No RPKI cache is configured on %(node)s."), node=node.name))
    seen = Text(_("The daemon on %(node)s answered: %(words)s"), node=node.name, words=said.words)
    cause = _(
        "There is no connection to a cache: does the cache run, is its port right, and is there a way to it? Was the "
        "connection stopped here?"
    )
    return check.failed(node, seen, Text(cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiCache(CheckType):
    NAME: ClassVar = "rpki.cache"
    ABOUT: ClassVar = "The router is connected to this RPKI cache (RFC 8210)."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "address": Field(Address("address"), "the address of the cache.", required=True),
        "port": Field(Compare(), "its port."),
        "present": PRESENT,
    }
    address: AnyAddress
    port: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.SESSIONS)]
        return [frr.ask(node.name, "bgpd", frr.CACHES)]

    def command_on(self, node: Node) -> str:
        return bird.command(bird.SESSIONS) if node.kind is Kind.BIRD else frr.command(frr.CACHES)

    def expected(self) -> Text:
        words = {"address": self.address, "fields": wanted({"port": self.port})}
        if self.present:
            return Text(_("connected to the RPKI cache %(address)s %(fields)s"), **words)
        return Text(_("not connected to the RPKI cache %(address)s %(fields)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.caches(answers[0]) if node.kind is Kind.BIRD else frr.caches(answers[0])
        if isinstance(known, Silent):
            if self.present:
                return no_table(self, node, known)
            return self.passed(node, Text(_("%(node)s has no RPKI cache"), node=node.name))
        here = [cache for cache in known if cache.address == self.address]
        good = [cache for cache in here if cache.connected and not differing({"port": (self.port, cache.port)})]
        seen = Text(_("%(node)s has the caches %(caches)s"), node=node.name, caches=listed(known) or "–")
        if bool(good) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if not here:
            return self.failed(node, seen, Text(_("This cache is not configured.")))
        cause = _("The router knows the cache and cannot connect: is the port right, and is there a way to it?")
        return self.failed(node, seen, Text(cause))


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiVrp(CheckType):
    NAME: ClassVar = "rpki.vrp"
    ABOUT: ClassVar = "The router has learned this validated ROA payload from its cache (RFC 6811)."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix of the ROA.", required=True),
        "origin_as": Field(Compare(), "the AS that may originate it."),
        "max_length": Field(Compare(), "the longest prefix that it may announce."),
        "table": Field(ROA_TABLE, "the table of ROAs in BIRD; r6 if left out."),
        "present": PRESENT,
    }
    prefix: AnyNetwork
    origin_as: Want | None = None
    max_length: Want | None = None
    table: str = "r6"
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.vrps_question(self.table))]
        return [frr.ask(node.name, "bgpd", frr.vrps_question(self.prefix))]

    def command_on(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return bird.command(bird.vrps_question(self.table))
        return frr.command(frr.vrps_question(self.prefix))

    def expected(self) -> Text:
        fields = wanted({"origin_as": self.origin_as, "max_length": self.max_length})
        if self.present:
            return Text(_("a ROA for %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)
        return Text(_("no ROA for %(prefix)s %(fields)s"), prefix=self.prefix, fields=fields)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.vrps(answers[0]) if node.kind is Kind.BIRD else frr.vrps(answers[0])
        if isinstance(known, Silent):
            return no_table(self, node, known)
        here = [vrp for vrp in known if vrp.prefix == self.prefix]
        wrong = [
            differing({"origin_as": (self.origin_as, vrp.origin_as), "max_length": (self.max_length, vrp.max_length)})
            for vrp in here
        ]
        seen = Text(_("%(node)s has the ROAs %(roas)s"), node=node.name, roas=listed(here) or "–")
        if ([] in wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if here:
            return self.failed(node, seen, not_as_wanted(wrong))
        cause = _("The cache has sent no ROA for this prefix: is %(node)s connected to it?")
        return self.failed(node, seen, Text(cause, node=node.name))
