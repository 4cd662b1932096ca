"""The words of the trade, each with a plain definition. One file, ``glossary.yaml``, for all courses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from labs.typed_yaml.shapes import Field, ListOf, Record, Word

ID = Word(wanted="small letters, digits and hyphens", pattern=r"[a-z0-9]+(-[a-z0-9]+)*", longest=100)
RFC = Word(wanted="the name of an RFC, such as RFC 4861", pattern=r"RFC [1-9][0-9]{0,4}")
TERM = Record(
    what="a term",
    fields={
        "id": Field(ID, "never changes: lessons name it", required=True),
        "term": Field(Word(longest=100), "the word itself", required=True),
        "short": Field(Word(longest=300), "what it means, in one plain sentence", required=True),
        "also": Field(ListOf(Word(longest=100)), "other ways to write it"),
        "more": Field(Word(longest=3000), "more about it, in Markdown"),
        "see": Field(ListOf(ID), "ids of terms that are near"),
        "rfc": Field(ListOf(RFC, single=True), "where it is defined"),
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
        """The RFCs, each with its address."""
        return [(name, f"https://www.rfc-editor.org/rfc/{name.replace(' ', '').lower()}") for name in self.rfc]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Finds terms by id and by any way to write them, whatever the capitals."""

    terms: Mapping[str, Term] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Glossary":
        by_id = {term.id: term for term in sorted(terms, key=lambda term: term.term.casefold())}
        spelled = {_plain(name): term.id for term in by_id.values() for name in (*term.also, term.id, term.term)}
        return cls(by_id, spelled)

    def find(self, words: str) -> Term | None:
        return self.terms.get(words) or self.terms.get(self.spelled.get(_plain(words), ""))


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())
