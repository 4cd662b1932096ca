"""Sentences for people that can be translated later: a message id and its parameters, kept apart."""

from collections.abc import Mapping
from typing import Any

LONGEST = 400  # characters of one parameter: it may come out of a learner's node
PLAIN = "%(text)s"


def gettext_noop(msgid: str) -> str:
    """Marks a message id for xgettext; the site translates it when it draws the page."""
    return msgid


def clean(value: object, longest: int = LONGEST) -> str:
    """Returns text from a node without control characters and at most this long."""
    if isinstance(value, int) and abs(value) >= 1 << 63:
        return "…"  # str() refuses to write very long numbers
    text = str(value)
    kept = "".join(c for c in text[: 4 * longest] if (c.isprintable() or c == " ") and not 0xD800 <= ord(c) <= 0xDFFF)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


class Text:
    """One sentence. ``str()`` gives the English; the site writes ``gettext(text.msgid) % text.params``."""

    __slots__ = ("msgid", "params")

    msgid: str
    params: Mapping[str, str | int]

    def __init__(self, msgid: str, **params: object) -> None:
        safe = {k: v if isinstance(v, int) and abs(v) < 1 << 63 else clean(v) for k, v in params.items()}
        object.__setattr__(self, "msgid", msgid)
        object.__setattr__(self, "params", safe)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A Text does not change.")

    @classmethod
    def plain(cls, text: object) -> "Text":
        """Words that are nobody's to translate: an author's own, or a node's."""
        return cls(PLAIN, text=text)

    def __str__(self) -> str:
        return self.msgid % self.params

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.msgid, dict(self.params)) == (other.msgid, dict(other.params))

    def __hash__(self) -> int:
        return hash((self.msgid, tuple(sorted(self.params.items()))))

    def as_json(self) -> dict[str, Any]:
        return {"msgid": self.msgid, "params": dict(self.params)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Text":
        return cls(value["msgid"], **value["params"])
