"""Check type ``rate.limit``: a limit on the rate of packets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.base import Finding
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.stream_check import STREAM_FIELDS, StreamCheck
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(StreamCheck):
    NAME: ClassVar = "rate.limit"
    ABOUT: ClassVar = (
        "Of a stream of UDP packets that is faster than that, so much arrives. Send at least twice the limit."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **STREAM_FIELDS,
        "rate": Field(Compare(), 'kilobits that arrive in a second, such as "500 ~20%".', required=True),
    }
    rate: Want

    def expected(self) -> Text:
        words = {"to": self.to, "kbit": self.kbit, "rate": self.rate}
        return Text(_("of %(kbit)s kbit/s to %(to)s, %(rate)s kbit/s arrive"), **words)

    def judge_stream(self, node: Node, loss: float, kbit: float, seen: Text, *, nothing: bool) -> Finding:
        if self.rate.accepts(kbit):
            return self.passed(node, seen)
        if nothing:
            return self.failed(node, seen, Text(_("Nothing arrives: there is no route there, or a filter drops it.")))
        return self.failed(
            node, seen, Text(_("The limit is another one, or is not on the way that these packets take."))
        )
