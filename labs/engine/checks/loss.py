"""Check type ``loss.max``: packet loss."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.checks.base import expected_values
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.stream_check import STREAM_FIELDS, StreamCheck
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class LossMax(StreamCheck):
    NAME: ClassVar = "loss.max"
    ABOUT: ClassVar = "The loss of UDP packets that are sent at a constant rate is not higher than this."
    OTHER_AMOUNT: ClassVar = _(
        "A link on the path loses packets, a rate limit is reached, or one of several paths does not work."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        **STREAM_FIELDS,
        "loss": Field(Compare(), 'the loss in per cent, such as "<1".', required=True),
    }
    loss: Want

    def expected(self) -> Text:
        return Text(_("UDP packets to %(to)s: %(fields)s"), to=self.to, fields=expected_values({"loss %": self.loss}))

    def accepts(self, loss: float, kbit: float) -> bool:
        return self.loss.accepts(loss)
