"""Check type ``json.match``: a JMESPath expression over the JSON output of a command."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jmespath
from jmespath.exceptions import JMESPathError

from labs.engine.adapters import reading
from labs.engine.checks.base import NOT_RUNNING, Answer, Ask, CheckType, Finding
from labs.engine.checks.command import COMMAND, answered, ask_of, command_mistakes, dumped, typed
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import DAEMON, PRESENT
from labs.engine.definition.spec import Kind, Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word

LARGEST = 400_000  # characters of JSON that an expression is run over


EMPTY: tuple[Any, ...] = (None, False, [], {}, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMatch(CheckType):
    """An author's expression over a learner's data: it is short, they are bounded, and whatever it raises is a verdict."""

    NAME: ClassVar = "json.match"
    ABOUT: ClassVar = (
        "A JMESPath expression over the JSON of a daemon or of the kernel gives this; something that is not empty if no value is "
        "said. The way out when no type fits."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "command": Field(COMMAND.shape, f"{COMMAND.about} FRR's show needs json at its end.", required=True),
        "daemon": DAEMON,
        "query": Field(
            Word("a JMESPath expression", r"[ -~]{1,300}", 300), "the expression (jmespath.org).", required=True
        ),
        "value": Field(Compare("text"), "what it gives, compared as a text or a number."),
        "address": Field(Compare("address"), "the same, compared as an address."),
        "values": Field(CompareSet("text"), "what it gives, where that is a list."),
        "present": Field(PRESENT.shape, "false: it must give nothing (null, false or an empty list)."),
    }
    command: str
    query: str
    daemon: str = ""
    value: Want | None = None
    address: Want | None = None
    values: Want | None = None
    present: bool = True

    def mistakes(self) -> Iterable[str]:
        yield from command_mistakes(self.command)
        try:
            jmespath.compile(self.query)
        except JMESPathError as error:
            yield f"query is no JMESPath expression: {str(error).splitlines()[0]}"
        if len([want for want in (self.value, self.address, self.values) if want]) > 1:
            yield "Say only one of value, address and values."

    def asks_of(self, node: Node) -> list[Ask]:
        return [ask_of(node, self.command, self.daemon)]

    def command_on(self, node: Node) -> str:
        return typed(node, self.command)

    def expected(self) -> Text:
        words = {"query": self.query, "value": self.value or self.address or self.values or "…"}
        return Text(_("%(query)s gives %(value)s") if self.present else _("%(query)s does not give %(value)s"), **words)

    def refused(self, node: Node, error: str) -> Text | None:
        return None if node.kind is Kind.HOST else Text(NOT_RUNNING, node=node.name)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        said = answered(answers[0])
        text = said if isinstance(said, str) else dumped(said)
        loaded = reading.load(text) if len(text) <= LARGEST else None
        if loaded is None:
            seen = Text(
                _("%(node)s answered, but not with JSON that we read: %(text)s"), node=node.name, text=text[:120]
            )
            return self.failed(node, seen)
        try:
            found = jmespath.search(self.query, loaded)
        except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError, AttributeError) as error:
            return self.failed(
                node, Text(_("The expression does not fit the answer: %(error)s"), error=str(error)[:200])
            )
        seen = Text(_("%(query)s gives %(value)s"), query=self.query, value=dumped(found)[:200])
        want = self.value or self.address or self.values
        good = want.accepts(found) if want else found not in EMPTY
        return self.passed(node, seen) if good is self.present else self.failed(node, seen)
