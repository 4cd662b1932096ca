"""Check type ``rate.limit``: a limit on the rate of packets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.stream_check import STREAM_FIELDS, StreamCheck
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(StreamCheck):
    NAME: ClassVar = "rate.limit"
    ABOUT: ClassVar = (
        "A rate limit works: of a faster stream of UDP packets, this rate arrives. Send at least twice the limit."
    )
    OTHER_AMOUNT: ClassVar = _("The limit has another value, or it is not on the path of these packets.")
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **STREAM_FIELDS,
        "rate": Field(Compare(), 'the rate that arrives, in kbit/s, such as "500 ~20%".', required=True),
    }
    rate: Want

    def expected(self) -> Text:
        words = {"to": self.to, "kbit": self.kbit, "rate": self.rate}
        return Text(_("of %(kbit)s kbit/s sent to %(to)s, %(rate)s kbit/s arrive"), **words)

    def accepts(self, loss: float, kbit: float) -> bool:
        return self.rate.accepts(kbit)
