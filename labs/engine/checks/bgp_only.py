"""Check type ``bgp.only``: all the routes that one neighbouring AS sends.

What must not leave a network shows only in the table of another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters.daemons import daemon_of
from labs.engine.adapters.routing_daemon import BgpPath, Question
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import Answer, Ask, Finding, listed
from labs.engine.checks.bgp_policy import LEAK
from labs.engine.checks.daemon_check import DaemonCheck
from labs.engine.checks.families import family_of
from labs.engine.checks.fields import AS_NUMBER
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, ListOf


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpOnly(DaemonCheck):
    """It needs no control: a neighbour that sends nothing does not pass."""

    NAME: ClassVar = "bgp.only"
    ABOUT: ClassVar = (
        "The routes that this neighbouring AS has sent are exactly these, in the address families of the prefixes."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "neighbor_as": Field(AS_NUMBER, "the AS that sent them: the first one of their AS path.", required=True),
        "prefixes": Field(
            ListOf(Address("prefix"), 1), "the prefixes that it must send, and no others.", required=True
        ),
    }
    neighbor_as: int
    prefixes: tuple[Any, ...]

    def proves_absence(self) -> bool:
        return True

    def questions(self, node: Node) -> list[Question[list[BgpPath]]]:
        families = sorted({family_of(prefix) for prefix in self.prefixes}, reverse=True)
        return [daemon_of(node).bgp_paths(family, self.neighbor_as) for family in families]

    def question(self, node: Node) -> Question[list[BgpPath]]:
        return self.questions(node)[0]

    def asks_of(self, node: Node) -> list[Ask]:
        return [question.ask for question in self.questions(node)]

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known: list[BgpPath] = []
        for question, answer in zip(self.questions(node), answers, strict=True):
            read = question.read(answer)
            if isinstance(read, Silent):
                return self.judge_silent(node, read)
            known += read
        return self.judge_known(node, known)

    def expected(self) -> Text:
        words = {"neighbor": self.neighbor_as, "prefixes": listed(self.prefixes)}
        return Text(_("from AS %(neighbor)s exactly these routes: %(prefixes)s"), **words)

    def judge_known(self, node: Node, known: Sequence[BgpPath]) -> Finding:
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
            return Text(LEAK)
        if more:
            return Text(_("This AS sends more of its own routes than it should: %(prefixes)s"), prefixes=listed(more))
        missing = [prefix for prefix in self.prefixes if prefix not in sent]
        return Text(
            _("%(prefixes)s was not sent: it is not in the sender's BGP table, or its export policy drops it."),
            prefixes=listed(missing),
        )
