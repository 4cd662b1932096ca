"""Check type ``rpki.roa``: the ROAs in a file that an RPKI cache serves (RFC 9319)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.routing_state import Silent
from labs.engine.checks.base import Answer, Ask, Finding
from labs.engine.checks.comparison import Compare
from labs.engine.checks.fields import FILE_PATH
from labs.engine.checks.table_check import HOW, Row, Rows, TableCheck
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RpkiRoa(TableCheck):
    NAME: ClassVar = "rpki.roa"
    ABOUT: ClassVar = (
        "The file that an RPKI cache serves has such a ROA. A maximum length that is too large makes hijacks possible."
    )
    KEYS: ClassVar = ("prefix",)
    ASIDE: ClassVar = ("path",)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "path": Field(FILE_PATH, "the JSON file.", required=True),
        "prefix": Field(Address("prefix"), "the prefix; any if left out."),
        "origin_as": Field(Compare(), "the AS that may originate it."),
        "max_length": Field(Compare(), "the maximum prefix length; without one in the file, the length of the prefix."),
        **HOW,
    }
    EXPECTED: ClassVar = _("a ROA with %(what)s")
    UNEXPECTED: ClassVar = _("no ROA with %(what)s")
    MISSING: ClassVar = _("No ROA for this prefix is published.")

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "file", "node": node.name, "path": self.values["path"]}]

    def command_on(self, node: Node) -> str:
        return f"cat {self.values['path']}"

    def rows(self, node: Node, answers: Sequence[Answer]) -> Rows:
        read = untrusted.load(answers[0].get("text"))
        if not isinstance(read, Mapping):
            return Silent(self.values["path"])
        found: list[Row] = []
        for entry in map(untrusted.fields, untrusted.items(read.get("roas"))):
            if (prefix := untrusted.network(entry.get("prefix"))) is not None:
                origin = untrusted.number(untrusted.text(entry.get("asn")).removeprefix("AS"))
                longest = untrusted.number(entry.get("maxLength", prefix.prefixlen))
                found.append({"prefix": prefix, "origin_as": origin, "max_length": longest})
        return found

    def judge_silent(self, node: Node, said: Silent) -> Finding:
        seen = Text(_("%(path)s is not there, or is not JSON"), path=said.words)
        return self.failed(node, seen, Text(self.MISSING))
