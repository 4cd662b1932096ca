"""Check type ``bgp.only``: all the routes that one neighbouring AS sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import bird, frr
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import NOT_RUNNING, ROUTERS, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.ospf3 import silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, ListOf, Number


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpOnly(CheckType):
    """It has its own control: a neighbour that sends nothing does not pass."""

    NAME: ClassVar = "bgp.only"
    ABOUT: ClassVar = "Of all routes in the router's BGP table, those that this neighbouring AS sent are just these."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "neighbor_as": Field(
            Number(1, 4294967295), "the AS that sent them: the first one of their AS path.", required=True
        ),
        "prefixes": Field(ListOf(Address("prefix"), 1), "all that it may send, and must.", required=True),
    }
    neighbor_as: int
    prefixes: tuple[Any, ...]

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, bird.table_question(self.neighbor_as))]
        return [frr.ask(node.name, "bgpd", frr.table_question("ipv6"))]

    def command_on(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return bird.command(bird.table_question(self.neighbor_as))
        return frr.command(frr.table_question("ipv6"))

    def expected(self) -> Text:
        words = {"neighbor": self.neighbor_as, "prefixes": listed(self.prefixes)}
        return Text(_("from AS %(neighbor)s these routes and no others: %(prefixes)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = bird.bgp_paths(answers[0]) if node.kind is Kind.BIRD else frr.bgp_paths(answers[0])
        if isinstance(known, Silent):
            return silent(self, node, known)
        sent = {prefix: path for prefix, path in known if path[:1] == (str(self.neighbor_as),)}
        shown = listed(f"{prefix} (AS path {' '.join(path)})" for prefix, path in sent.items()) or "–"
        words = {"node": node.name, "neighbor": self.neighbor_as, "routes": shown}
        seen = Text(_("%(node)s has from AS %(neighbor)s: %(routes)s"), **words)
        if sent.keys() == set(self.prefixes):
            return self.passed(node, seen)
        return self.failed(node, seen, self._cause(sent))

    def _cause(self, sent: Mapping[Any, tuple[str, ...]]) -> Text:
        more = [prefix for prefix in sent if prefix not in self.prefixes]
        if any(len(set(sent[prefix])) > 1 for prefix in more):
            return Text(
                _(
                    "This AS passes on what it learned from another one: nothing filters what it sends (RFC 7908, a leak)."
                )
            )
        if more:
            return Text(_("This AS sends more of its own routes than it should: %(prefixes)s"), prefixes=listed(more))
        missing = [prefix for prefix in self.prefixes if prefix not in sent]
        return Text(
            _("%(prefixes)s was not sent: it is not in the sender's table, or its policy stops it."),
            prefixes=listed(missing),
        )
