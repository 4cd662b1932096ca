"""Check types ``rpki.state`` and ``rpki.revalidation``: route origin validation (RFC 6811)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import bird, frr
from labs.engine.adapters.reading import AnyNetwork
from labs.engine.adapters.routing_state import BgpRoute, Silent
from labs.engine.checks.base import NOT_RUNNING, ROUTERS, Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.fields import ROA_TABLE
from labs.engine.checks.ospf3 import silent
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Number

STATES: Mapping[str, str] = {"0": "not found", "1": "valid", "2": "invalid"}


CAUSES: Mapping[str, str] = {
    "not found": _("No ROA covers this prefix: either none is published, or the router has no cache."),
    "invalid": _("A ROA covers this prefix, for another AS or with a shorter maximum length."),
    "valid": _("A ROA for this prefix, AS and length is published, and the router has it."),
}


GONE, THERE = "gone", "there"  # of a route that a policy drops, or not


NO_ROUTE = _("The router has no route of this prefix from this AS.")


NOT_FOLLOWED = _(
    "A ROA has changed, and the route is judged as before. Is the router still connected to the cache, and does its policy look "
    "at the state of each route that it takes?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiState(CheckType):
    NAME: ClassVar = "rpki.state"
    ABOUT: ClassVar = "Route origin validation on this router gives a route of this prefix and origin this state."
    KINDS: ClassVar = ROUTERS
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": Field(Address("prefix"), "the prefix.", required=True),
        "origin_as": Field(Number(1, 4294967295), "the AS that originates it.", required=True),
        "state": Field(Choice(("valid", "invalid", "not found")), "the state.", required=True),
        "table": Field(
            ROA_TABLE,
            "the table of ROAs in BIRD; r6 if left out. In FRR the route must be in the BGP table.",
        ),
    }
    prefix: AnyNetwork
    origin_as: int
    state: str
    table: str = "r6"

    def _question(self, node: Node) -> str:
        if node.kind is Kind.BIRD:
            return f"eval roa_check({self.table}, {self.prefix}, {self.origin_as})"
        return frr.route_question(self.prefix)

    def asks_of(self, node: Node) -> list[Ask]:
        if node.kind is Kind.BIRD:
            return [bird.ask(node.name, self._question(node))]
        return [frr.ask(node.name, "bgpd", self._question(node))]

    def command_on(self, node: Node) -> str:
        question = self._question(node)
        return bird.command(question) if node.kind is Kind.BIRD else frr.command(question)

    def expected(self) -> Text:
        words = {"prefix": self.prefix, "origin": self.origin_as, "state": self.state}
        return Text(_("%(prefix)s from AS %(origin)s is %(state)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        states = self._states(node, answers[0])
        if isinstance(states, Silent):
            return silent(self, node, states)
        seen = self._seen(node, states)
        if states == {self.state}:
            return self.passed(node, seen)
        found = sorted(states)
        if not found:
            return self.failed(node, seen, Text(NO_ROUTE))
        return self.failed(
            node, seen, Text(CAUSES[found[0]]) if found[0] in CAUSES else Text(_("This router does not validate."))
        )

    def _states(self, node: Node, answer: Answer) -> set[str] | Silent:
        """The states that the router gives to the routes of this prefix and origin; none if it has no such route."""
        if node.kind is Kind.BIRD:
            said = " ".join(bird.lines(answer)[:4])
            word = said.rpartition(")")[2].strip()
            return {STATES[word]} if word in STATES and "enum" in said else Silent(said)
        known = frr.bgp_routes(answer)
        return known if isinstance(known, Silent) else {path.rpki for path in self._mine(known)}

    def _mine(self, paths: Iterable[BgpRoute]) -> list[BgpRoute]:
        origin = (str(self.origin_as),)
        return [path for path in paths if path.prefix == self.prefix and path.as_path[-1:] == origin]

    def _seen(self, node: Node, states: set[str]) -> Text:
        words = listed(sorted(states - {""})) or "–"
        return Text(_("%(node)s calls %(prefix)s: %(state)s"), node=node.name, prefix=self.prefix, state=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiRevalidation(RpkiState):
    """Its check has a ``do`` that changes a ROA: grading asks before, after it, and puts the ROA back."""

    NAME: ClassVar = "rpki.revalidation"
    ABOUT: ClassVar = (
        "Before the `do` changes a ROA, the router has a route of this prefix and origin in another state; after it, the "
        "route comes into this one within the time of `within`, with nobody's help."
    )
    NOT_BEFORE: ClassVar = _(
        "The router must have the route, in another state, before the ROA changes; it had not, so nothing was changed."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **RpkiState.FIELDS,
        "state": Field(
            Choice(("valid", "invalid", "not found", GONE)),
            "the state that it comes into; gone: a policy drops it, and the router has no such route any more.",
            required=True,
        ),
    }

    def beforehand(self) -> CheckType:
        return _InAnotherState(prefix=self.prefix, origin_as=self.origin_as, state=self.state, table=self.table)

    def _question(self, node: Node) -> str:
        if node.kind is Kind.BIRD and self.state == GONE:
            return bird.route_question(self.prefix)
        return RpkiState._question(self, node)

    def expected(self) -> Text:
        words = {"prefix": self.prefix, "origin": self.origin_as, "state": self.state}
        return Text(_("after the change of a ROA %(prefix)s from AS %(origin)s becomes: %(state)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        states = self._states(node, answers[0])
        if isinstance(states, Silent):
            return silent(self, node, states)
        seen = self._seen(node, states)
        if states == ({self.state} - {GONE}):
            return self.passed(node, seen)
        return self.failed(node, seen, Text(NOT_FOLLOWED))

    def _states(self, node: Node, answer: Answer) -> set[str] | Silent:
        if node.kind is Kind.BIRD and self.state == GONE:
            return {THERE for _path in self._mine(bird.bgp_routes(answer))}
        return RpkiState._states(self, node, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InAnotherState(RpkiRevalidation):
    """Passes while the route is there, and not yet as it shall become."""

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        states = self._states(node, answers[0])
        if isinstance(states, Silent):
            return silent(self, node, states)
        good = bool(states) and self.state not in states
        return self.passed(node, self._seen(node, states)) if good else self.failed(node, self._seen(node, states))
