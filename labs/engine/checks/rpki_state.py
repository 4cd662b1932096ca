"""Check types ``rpki.state`` and ``rpki.revalidation``: route origin validation (RFC 6811)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import Question
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.checks.base import CheckType, Finding, listed
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.fields import AS_NUMBER, PREFIX, ROA_TABLE
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Choice, Field

CAUSES: Mapping[str, str] = {
    "not found": _("No ROA covers this prefix: either none is published, or the router has no cache."),
    "invalid": _("A ROA covers this prefix, but for another AS or with a shorter maximum length."),
    "valid": _("A ROA for this prefix, AS and length is published, and the router has it."),
}
NO_STATE = _("This router does not validate routes.")
NO_ROUTE = _("The router has no route to this prefix from this AS.")
NOT_FOLLOWED = _(
    "A ROA has changed, but the state of the route has not. Check that the router is still connected to the cache, and that its "
    "import policy matches the validation state."
)
GONE = "gone"  # the expected state of a route that a policy drops


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiState(DaemonCheck):
    NAME: ClassVar = "rpki.state"
    ABOUT: ClassVar = "Route origin validation on this router gives this state to a route with this prefix and origin."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "prefix": PREFIX,
        "origin_as": Field(AS_NUMBER, "the AS that originates it.", required=True),
        "state": Field(Choice(("valid", "invalid", "not found")), "the validation state.", required=True),
        "table": Field(
            ROA_TABLE,
            "the name of the ROA table in BIRD; r6 if left out, or r4 for a prefix of IPv4. In FRR the route must be in the BGP "
            "table.",
        ),
    }
    prefix: AnyNetwork
    origin_as: int
    state: str
    table: str = ""

    def question(self, node: Node) -> Question[set[str]]:
        return daemon_of(node).validation_states(self.prefix, self.origin_as, self.of_table())

    def of_table(self) -> str:
        return self.table or f"r{self.prefix.version}"

    def expected(self) -> Text:
        words = {"prefix": self.prefix, "origin": self.origin_as, "state": self.state}
        return Text(_("%(prefix)s from AS %(origin)s is %(state)s"), **words)

    def judge_known(self, node: Node, known: set[str]) -> Finding:
        """``known``: the states of the routes with this prefix and origin. It is empty if there is no such route."""
        seen = self._seen(node, known)
        if known == {self.state}:
            return self.passed(node, seen)
        if not known:
            return self.failed(node, seen, Text(NO_ROUTE))
        return self.failed(node, seen, Text(CAUSES.get(min(known), NO_STATE)))

    def _seen(self, node: Node, states: set[str]) -> Text:
        words = listed(sorted(states - {""})) or "–"
        return Text(_("State of %(prefix)s on %(node)s: %(state)s"), node=node.name, prefix=self.prefix, state=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiRevalidation(RpkiState):
    """Its check has a ``do`` that changes a ROA. Grading checks before the change and after it, and restores the ROA."""

    NAME: ClassVar = "rpki.revalidation"
    ABOUT: ClassVar = (
        "Before the `do` changes a ROA, the router has a route with this prefix and origin in another state. After the change, "
        "the route gets this state within the time of `within`, without manual action."
    )
    NOT_BEFORE: ClassVar = _(
        "Before the ROA changes, the router must have the route in another state. It did not, so nothing was changed."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **RpkiState.FIELDS,
        "state": Field(
            Choice(("valid", "invalid", "not found", GONE)),
            "the state after the change; gone: a policy drops the route, so the router does not have it any more.",
            required=True,
        ),
    }

    def beforehand(self) -> CheckType:
        return _InAnotherState(prefix=self.prefix, origin_as=self.origin_as, state=self.state, table=self.table)

    def question(self, node: Node) -> Question[set[str]]:
        if self.state == GONE:
            return daemon_of(node).route_states(self.prefix, self.origin_as, self.of_table())
        return RpkiState.question(self, node)

    def expected(self) -> Text:
        words = {"prefix": self.prefix, "origin": self.origin_as, "state": self.state}
        return Text(_("after a ROA has changed, %(prefix)s from AS %(origin)s becomes: %(state)s"), **words)

    def judge_known(self, node: Node, known: set[str]) -> Finding:
        seen = self._seen(node, known)
        if known == ({self.state} - {GONE}):
            return self.passed(node, seen)
        return self.failed(node, seen, Text(NOT_FOLLOWED))


@dataclass(frozen=True, slots=True, kw_only=True)
class _InAnotherState(RpkiRevalidation):
    """Passes while the route exists and does not have the expected state yet."""

    def judge_known(self, node: Node, known: set[str]) -> Finding:
        good = bool(known) and self.state not in known
        return self.passed(node, self._seen(node, known)) if good else self.failed(node, self._seen(node, known))
