"""Check type ``json.match``: a JMESPath expression over the JSON output of a command."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jmespath
from jmespath.exceptions import JMESPathError

from labs.engine.adapters import untrusted
from labs.engine.checks.base import Answer, Finding
from labs.engine.checks.command import COMMAND, CommandCheck, as_json
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import DAEMON, PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word

LARGEST = 400_000  # characters of JSON that an expression is run over
EMPTY: tuple[Any, ...] = (None, False, [], {}, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMatch(CommandCheck):
    """An author's expression over a learner's data. The expression is short, the data is bounded, and every error is a verdict."""

    NAME: ClassVar = "json.match"
    ABOUT: ClassVar = (
        "A JMESPath expression over the JSON output of a command gives this value, or any value that is not empty. Use it where "
        "no other type fits."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "command": Field(COMMAND.shape, f"{COMMAND.about} A show command of FRR must end with json.", required=True),
        "daemon": DAEMON,
        "query": Field(
            Word("a JMESPath expression", r"[ -~]{1,300}", 300), "the expression (jmespath.org).", required=True
        ),
        "value": Field(Compare("text"), "its result, compared as a text or a number."),
        "address": Field(Compare("address"), "its result, compared as an address."),
        "values": Field(CompareSet("text"), "its result, where that is a list."),
        "present": Field(PRESENT.shape, "false: the result must be empty (null, false or an empty list)."),
    }
    query: str
    value: Want | None = None
    address: Want | None = None
    values: Want | None = None
    present: bool = True

    def mistakes(self) -> Iterable[str]:
        yield from CommandCheck.mistakes(self)
        try:
            jmespath.compile(self.query)
        except JMESPathError as error:
            yield f"query is not a JMESPath expression: {str(error).splitlines()[0]}"
        if len([want for want in (self.value, self.address, self.values) if want]) > 1:
            yield "Use only one of value, address and values."

    def needs_control(self) -> bool:
        return not self.present or (self.values is not None and self.values.accepts(()))

    def expected(self) -> Text:
        words = {"query": self.query, "value": self.value or self.address or self.values or "…"}
        return Text(_("%(query)s gives %(value)s") if self.present else _("%(query)s does not give %(value)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        text = self.output(answers[0])
        loaded = untrusted.load(text) if len(text) <= LARGEST else None
        if loaded is None:
            seen = Text(
                _("The output on %(node)s is not JSON, or it is too long: %(text)s"), node=node.name, text=text[:120]
            )
            return self.failed(node, seen)
        try:
            found = jmespath.search(self.query, loaded)
        except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError, AttributeError) as error:
            seen = Text(_("The expression does not fit the output: %(error)s"), error=str(error)[:200])
            return self.failed(node, seen)
        seen = Text(_("%(query)s gives %(value)s"), query=self.query, value=as_json(found)[:200])
        want = self.value or self.address or self.values
        good = want.accepts(found) if want else found not in EMPTY
        return self.passed(node, seen) if good is self.present else self.failed(node, seen)
