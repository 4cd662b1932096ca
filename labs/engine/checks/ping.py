"""Check type ``ping``: echo requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, listed
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.fields import AT, PRESENT, SOURCE, TARGET
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Number

AT_HOME = _("%(to)s is an address of %(node)s itself, so the answer did not travel.")


NOT_FAR = _("The address belongs to another node. Take it away here, and let the packets find their way.")


NOT_THERE = _("%(received)s answers came back, but no request arrived at %(at)s")


SOMEBODY_ELSE = _("Somebody on the way answers in its place: look which other node has the address too.")


NO_ANSWER = _(
    "No answer came back. Follow the way there hop by hop, then the way back: each router on it needs a route for "
    "both ends."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(CheckType):
    NAME: ClassVar = "ping"
    ABOUT: ClassVar = "The address answers echo requests."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": TARGET,
        "at": AT,
        "source": SOURCE,
        "count": Field(Number(1, 20), "how many requests; 2 if left out."),
        "received": Field(Compare(), "how many answers are wanted; at least one if left out."),
        "present": Field(
            PRESENT.shape, "false: no answer may come. Say in needs which check proves that the way works otherwise."
        ),
    }
    to: AnyAddress
    at: str | None = None
    source: AnyAddress | None = None
    count: int = 2
    received: Want | None = None
    present: bool = True

    def nodes(self) -> tuple[str, ...]:
        return (self.at,) if self.at else ()

    def asks_of(self, node: Node) -> list[Ask]:
        source = str(self.source) if self.source else None
        ask = {"ask": "ping", "node": node.name, "dst": str(self.to), "count": self.count, "interval": 0.1}
        return [ask | {"seconds": 1.0 + 0.1 * self.count, "source": source, "at": self.at}]

    def command_on(self, node: Node) -> str:
        return f"ping -c {self.count} {f'-I {self.source} ' if self.source else ''}{self.to}"

    def expected(self) -> Text:
        if not self.present:
            return Text(_("no answer from %(to)s"), to=self.to)
        return Text(_("%(to)s answers %(fields)s"), to=self.to, fields=self.received or "")

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        sent, received, errors = self._counts(answers[0])
        if sent < 1:
            return self.unknown(node, listed(errors) or "nothing was sent")
        seen = Text(
            _("%(received)s answers to %(sent)s requests %(errors)s"),
            received=received,
            sent=sent,
            errors=listed(errors, 3),
        )
        if self.present and (faked := self._faked(node, answers[0], received)):
            return faked
        good = self.received.accepts(received) if self.received else received > 0
        if good is self.present:
            return self.passed(node, seen)
        return self.failed(
            node,
            seen,
            Text(NO_ANSWER) if self.present else Text(_("The address answers, though nothing should reach it.")),
        )

    def _faked(self, node: Node, answer: Answer, received: int) -> Finding | None:
        """A failure if what answered is not where the packets were to go."""
        if answer.get("local") is True:
            return self.failed(node, Text(AT_HOME, node=node.name, to=self.to), Text(NOT_FAR))
        if self.at and received and reading.whole(answer.get("arrived")) == 0:
            return self.failed(node, Text(NOT_THERE, received=received, at=self.at), Text(SOMEBODY_ELSE))
        return None

    def _counts(self, answer: Answer) -> tuple[int, int, list[str]]:
        errors = sorted({reading.text(error) for error in reading.items(answer.get("errors"))})
        sent, received = reading.whole(answer.get("sent")) or 0, reading.whole(answer.get("received")) or 0
        # A request that cannot even leave (no route) was still tried: the kernel's error is the answer.
        return (self.count if errors and not sent else sent), received, errors
