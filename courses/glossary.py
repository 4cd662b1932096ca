"""Technical terms, each with a plain definition. All courses share one file, ``glossary.yaml``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from labs.typed_yaml.shapes import Field, ListOf, Record, Word

ID = Word(wanted="small letters, digits and hyphens", pattern=r"[a-z0-9]+(-[a-z0-9]+)*", longest=100)
RFC = Word(wanted="the name of an RFC, such as RFC 4861", pattern=r"RFC [1-9][0-9]{0,4}")
TERM = Record(
    what="a term",
    fields={
        "id": Field(ID, "never changes: lessons refer to it", required=True),
        "term": Field(Word(longest=100), "the term itself", required=True),
        "short": Field(Word(longest=300), "its meaning, in one plain sentence", required=True),
        "also": Field(ListOf(Word(longest=100)), "other spellings"),
        "more": Field(Word(longest=3000), "more about it, in Markdown"),
        "see": Field(ListOf(ID), "ids of related terms"),
        "rfc": Field(ListOf(RFC, single=True), "the RFC that defines it, or several"),
    },
)
TERMS = ListOf(TERM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    id: str
    term: str
    short: str
    also: tuple[str, ...] = ()
    more: SafeString = field(default_factory=SafeString)
    see: tuple[str, ...] = ()
    rfc: tuple[str, ...] = ()

    @property
    def rfcs(self) -> list[tuple[str, str]]:
        """The RFCs, each with its URL."""
        return [(name, f"https://www.rfc-editor.org/rfc/{name.replace(' ', '').lower()}") for name in self.rfc]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Finds a term by its id or by any of its spellings. Upper and lower case do not matter."""

    terms: Mapping[str, Term] = field(default_factory=dict)  # by id, in alphabetical order
    ids: Mapping[str, str] = field(default_factory=dict)  # by spelling, folded

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Glossary":
        by_id = {term.id: term for term in sorted(terms, key=lambda term: term.term.casefold())}
        ids = {_folded(name): term.id for term in by_id.values() for name in (*term.also, term.id, term.term)}
        return cls(by_id, ids)

    def find(self, spelling: str) -> Term | None:
        return self.terms.get(spelling) or self.terms.get(self.ids.get(_folded(spelling), ""))


def _folded(spelling: str) -> str:
    return " ".join(spelling.casefold().split())
