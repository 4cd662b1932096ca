"""Texts that the site translates later: a message id and its parameters, kept apart. ``labs.translations`` shows them on pages."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

LONGEST = 400  # characters of one parameter, which may come from a learner's node
PLAIN = "%(text)s"
JOINED = re.compile(r"%\(s\d+\)s( %\(s\d+\)s)*")  # the message id of whole sentences in a row
type Param = str | int | Text


def gettext_noop(msgid: str) -> str:
    """Mark a message id for xgettext. The site translates it when it renders the page."""
    return msgid


def clean(value: object, longest: int = LONGEST) -> str:
    """Return text from a node without control characters, cut to this length."""
    if isinstance(value, int) and abs(value) >= 1 << 63:
        return "…"  # str() refuses to write very long numbers
    text = str(value)
    kept = "".join(c for c in text[: 4 * longest] if (c.isprintable() or c == " ") and not 0xD800 <= ord(c) <= 0xDFFF)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


@runtime_checkable
class HasText(Protocol):
    """A value that can be said as a Text. As a parameter of another Text it becomes this Text."""

    def as_text(self) -> "Text": ...


class Text:
    """One sentence. ``str()`` gives the English; the site calls ``translated`` with its own gettext.

    A parameter may be a Text itself: it is translated before it is inserted.
    """

    __slots__ = ("msgid", "params")

    msgid: str
    params: Mapping[str, Param]

    def __init__(self, msgid: str, **params: object) -> None:
        safe = {k: _safe(v) for k, v in params.items()}
        object.__setattr__(self, "msgid", msgid)
        object.__setattr__(self, "params", safe)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A Text is immutable.")

    @classmethod
    def plain(cls, text: object) -> "Text":
        """Make a Text that is not translated: words of an author or of a node."""
        return cls(PLAIN, text=text)

    @classmethod
    def authored(cls, text: str) -> "Text":
        """Make a Text of an author's words. They are translated as our own, with the learner's values as parameters."""
        if isinstance(text, FilledText):
            return cls(text.msgid, **text.params)
        return cls(text.replace("%", "%%"))

    @classmethod
    def of(cls, *sentences: "Text") -> "Text":
        """Join whole sentences."""
        named = {f"s{number}": sentence for number, sentence in enumerate(sentences)}
        return cls(" ".join(f"%({name})s" for name in named), **named)

    @classmethod
    def fields(cls, pairs: Mapping[str, object]) -> "Text":
        """List fields with their values, such as “cost 10, area 0”. Each name is translated."""
        named = {f"n{number}": cls(name.replace("%", "%%")) for number, name in enumerate(pairs)}
        values = {f"v{number}": value for number, value in enumerate(pairs.values())}
        return cls(", ".join(f"%(n{number})s %(v{number})s" for number in range(len(pairs))), **named, **values)

    def translated(self, gettext: Callable[[str], str]) -> str:
        """Return the sentence, translated with its Text parameters. A translation with other parameters is ignored."""
        params = {k: v.translated(gettext) if isinstance(v, Text) else v for k, v in self.params.items()}
        try:
            return gettext(self.msgid) % params if self.msgid else ""
        except (KeyError, TypeError, ValueError):  # the translation names other parameters
            return self.msgid % params

    def sentences(self) -> "Iterator[Text]":
        """Yield the sentences that ``of`` has joined, in their order; the text itself if it was not joined."""
        if not JOINED.fullmatch(self.msgid):
            yield self
            return
        for one in self.params.values():
            if isinstance(one, Text):
                yield from one.sentences()

    def says(self, msgid: str) -> bool:
        """Whether the sentence, or one of its parameters, has this message id."""
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


class FilledText(str):
    """An author's text with a learner's own values in it. Its message id has the names of the values, so it can be translated."""

    msgid: str
    params: Mapping[str, str]

    @classmethod
    def made(cls, filled: str, msgid: str, params: Mapping[str, str]) -> "FilledText":
        made = cls(filled)
        made.msgid, made.params = msgid, params
        return made


def _safe(value: object) -> Param:
    if isinstance(value, HasText):
        return value.as_text()
    return value if isinstance(value, Text) or (isinstance(value, int) and abs(value) < 1 << 63) else clean(value)
