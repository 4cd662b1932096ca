"""Check type ``fw.counter``: the counters of nftables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import Answer, Ask, Finding
from labs.engine.checks.comparison import Compare
from labs.engine.checks.table_check import HOW, Row, Rows, TableCheck
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class FwCounter(TableCheck):
    """Only counters are compared, never the rules: the same filter can be written in many ways."""

    NAME: ClassVar = "fw.counter"
    ABOUT: ClassVar = (
        "A counter of the node's nftables has this value. It is selected by its own name, or by the comment "
        "of its rule."
    )
    KEYS: ClassVar = ("counter", "comment")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "counter": Field(
            Word("a counter's name", r"[A-Za-z0-9_.-]{1,64}", 64), "the name of the counter; any if left out."
        ),
        "comment": Field(Word("a rule's comment", r"[ -~]{1,128}", 128), "the comment of its rule; any if left out."),
        "packets": Field(Compare(), "the number of packets."),
        "bytes": Field(Compare(), "the number of bytes."),
        **HOW,
    }
    EXPECTED: ClassVar = _("an nftables counter with %(what)s")
    UNEXPECTED: ClassVar = _("no nftables counter with %(what)s")
    MISSING: ClassVar = _("%(node)s has no such counter. Check that the rule set is loaded (nft list ruleset).")

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "nft", "node": node.name}]

    def command_on(self, node: Node) -> str:
        return "nft list ruleset"

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        read = untrusted.load(answers[0].get("text"))
        if not isinstance(read, Mapping):
            return Silent(untrusted.text(answers[0].get("text")))
        found: list[Row] = []
        for entry in map(untrusted.fields, untrusted.items(read.get("nftables"))):
            if named := untrusted.fields(entry.get("counter")):
                found.append(_counted(untrusted.text(named.get("name")), "", named))
            rule = untrusted.fields(entry.get("rule"))
            comment, parts = (
                untrusted.text(rule.get("comment")),
                map(untrusted.fields, untrusted.items(rule.get("expr"))),
            )
            found += [
                _counted("", comment, counter) for part in parts if (counter := untrusted.fields(part.get("counter")))
            ]
        return found

    def judge_silent(self, node: Node, said: Silent) -> Finding:
        seen = Text(_("%(node)s has no nftables rule set: %(words)s"), node=node.name, words=said.words or "–")
        return self.failed(node, seen, Text(self.MISSING, node=node.name))


def _counted(name: str, comment: str, counter: Mapping[str, Any]) -> Row:
    numbers = {key: untrusted.number(counter.get(key)) for key in ("packets", "bytes")}
    return {"counter": name, "comment": comment, **numbers}
