"""Check type ``fw.counter``: the counters of nftables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import Answer, Ask
from labs.engine.checks.comparison import Compare
from labs.engine.checks.table_check import HOW, Row, Rows, TableCheck
from labs.engine.definition.spec import Node
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class FwCounter(TableCheck):
    """What rules say is never compared, only what they have counted: there are many ways to write a filter."""

    NAME: ClassVar = "fw.counter"
    ABOUT: ClassVar = (
        "A counter of the node's nftables, by its own name or by the comment of its rule, has counted so much."
    )
    KEYS: ClassVar = ("counter", "comment")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "counter": Field(
            Word("a counter's name", r"[A-Za-z0-9_.-]{1,64}", 64), "the name of the counter; any if left out."
        ),
        "comment": Field(Word("a rule's comment", r"[ -~]{1,128}", 128), "the comment of its rule; any if left out."),
        "packets": Field(Compare(), "how many packets."),
        "bytes": Field(Compare(), "how many bytes."),
        **HOW,
    }
    WANTED: ClassVar = _("a counter of the firewall with %(what)s")
    UNWANTED: ClassVar = _("no counter of the firewall with %(what)s")
    MISSING: ClassVar = _("%(node)s has no such counter: is the rule set loaded (nft list ruleset)?")

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "nft", "node": node.name}]

    def command_on(self, node: Node) -> str:
        return "nft list ruleset"

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        read = reading.load(answers[0].get("text"))
        if not isinstance(read, Mapping):
            return Silent(reading.text(answers[0].get("text")))
        found: list[Row] = []
        for entry in map(reading.fields, reading.items(read.get("nftables"))):
            if named := reading.fields(entry.get("counter")):
                found.append(_counted(reading.text(named.get("name")), "", named))
            rule = reading.fields(entry.get("rule"))
            comment, parts = reading.text(rule.get("comment")), map(reading.fields, reading.items(rule.get("expr")))
            found += [
                _counted("", comment, counter) for part in parts if (counter := reading.fields(part.get("counter")))
            ]
        return found


def _counted(name: str, comment: str, counter: Mapping[str, Any]) -> Row:
    numbers = {key: reading.number(counter.get(key)) for key in ("packets", "bytes")}
    return {"counter": name, "comment": comment, **numbers}
