"""Sentences for people that can be translated later: a message id and its parameters, kept apart."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

LONGEST = 400  # characters of one parameter: it may come out of a learner's node
PLAIN = "%(text)s"
type Param = str | int | Text


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


@runtime_checkable
class Worded(Protocol):
    """What says itself in words that can be translated; as a parameter it is these words."""

    def words(self) -> "Text": ...


class Text:
    """One sentence. ``str()`` gives the English; the site writes it with ``in_words`` and its own gettext.

    A parameter may be a Text too: a word or a sentence of ours that is translated before it is put in.
    """

    __slots__ = ("msgid", "params")

    msgid: str
    params: Mapping[str, Param]

    def __init__(self, msgid: str, **params: object) -> None:
        safe = {k: _safe(v) for k, v in params.items()}
        object.__setattr__(self, "msgid", msgid)
        object.__setattr__(self, "params", safe)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A Text does not change.")

    @classmethod
    def plain(cls, text: object) -> "Text":
        """Words that are nobody's to translate: an author's own, or a node's."""
        return cls(PLAIN, text=text)

    @classmethod
    def authored(cls, text: str) -> "Text":
        """What the author of a lab wrote: looked up as our own words are, whatever numbers its learner has in it."""
        if isinstance(text, Wording):
            return cls(text.msgid, **text.params)
        return cls(text.replace("%", "%%"))

    @classmethod
    def of(cls, *sentences: "Text") -> "Text":
        """Whole sentences, one after the other."""
        named = {f"s{number}": sentence for number, sentence in enumerate(sentences)}
        return cls(" ".join(f"%({name})s" for name in named), **named)

    @classmethod
    def fields(cls, pairs: Mapping[str, object]) -> "Text":
        """Names of fields, each with its value, as “cost 10, area 0”. The names are words of ours: each is looked up."""
        named = {f"n{number}": cls(name.replace("%", "%%")) for number, name in enumerate(pairs)}
        values = {f"v{number}": value for number, value in enumerate(pairs.values())}
        return cls(", ".join(f"%(n{number})s %(v{number})s" for number in range(len(pairs))), **named, **values)

    def in_words(self, translated: Callable[[str], str]) -> str:
        """The sentence, its own words and those in it looked up by ``translated``; one that does not fit is left out."""
        params = {k: v.in_words(translated) if isinstance(v, Text) else v for k, v in self.params.items()}
        try:
            return translated(self.msgid) % params if self.msgid else ""
        except (KeyError, TypeError, ValueError):  # a translation that names other parameters
            return self.msgid % params

    def says(self, msgid: str) -> bool:
        """Whether it is this sentence, or has it in it."""
        return self.msgid == msgid or any(isinstance(p, Text) and p.says(msgid) for p in self.params.values())

    def __str__(self) -> str:
        return self.msgid % self.params

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.msgid, dict(self.params)) == (other.msgid, dict(other.params))

    def __hash__(self) -> int:
        return hash((self.msgid, tuple(sorted(self.params.items()))))

    def as_json(self) -> dict[str, Any]:
        params = {k: v.as_json() if isinstance(v, Text) else v for k, v in self.params.items()}
        return {"msgid": self.msgid, "params": params}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Text":
        params = {k: cls.from_json(v) if isinstance(v, Mapping) else v for k, v in value["params"].items()}
        return cls(value["msgid"], **params)


class Wording(str):
    """What an author wrote, with a learner's own numbers in it; and the message id in which they have their names."""

    msgid: str
    params: Mapping[str, str]

    @classmethod
    def made(cls, filled: str, msgid: str, params: Mapping[str, str]) -> "Wording":
        made = cls(filled)
        made.msgid, made.params = msgid, params
        return made


def _safe(value: object) -> Param:
    if isinstance(value, Worded):
        return value.words()
    return value if isinstance(value, Text) or (isinstance(value, int) and abs(value) < 1 << 63) else clean(value)
