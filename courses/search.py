"""Finds lessons, labs and words by what stands in them: an inverted index in memory, no service, no network.

A word is letters and digits with the signs that belong to networks: ``2001:db8::``, ``/48``, ``link-local``, ``eth0.10``. Such a
word is found whole and by its parts. Accents do not matter. The last word that was typed may be unfinished.
"""

import math
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

LONGEST = 200  # characters of a question that are read
MOST_WORDS = 8  # of a question
MOST_FORMS = 200  # words that one beginning may stand for
SNIPPET = 180
WORD = re.compile(r"[\w:./-]*\w[\w:./-]*", re.UNICODE)
PART = re.compile(r"\w+", re.UNICODE)
EDGES = "./-"  # ends of a sentence; "::" at an end belongs to an address
TITLE, HEADING, BODY = 8.0, 3.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    kind: str  # "lesson", "lab" or "term"
    title: str
    address: str
    headings: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    page: Page
    score: float
    snippet: SafeString


def fold(text: str) -> str:
    """Small letters without accents, each still in its place: one character for one."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character)[0] if character > "\x7f" else character
    small = plain.lower()
    return small if len(small) == 1 else plain


def words(folded: str) -> Iterable[str]:
    """The words of a folded text: each whole, then its parts."""
    for found in WORD.finditer(folded):
        whole = found[0].strip(EDGES)
        yield whole
        parts = PART.findall(whole)
        if len(parts) > 1:
            yield from parts


class Index:
    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages = list(pages)
        self.folded = [fold(page.text) for page in self.pages]
        self.places: dict[str, dict[int, float]] = defaultdict(dict)
        for at, page in enumerate(self.pages):
            fields = ((fold(page.title), TITLE), (fold(page.headings), HEADING), (self.folded[at], BODY))
            for text, weight in fields:
                for word in words(text):
                    self.places[word][at] = self.places[word].get(at, 0.0) + weight
        self.known = sorted(self.places)

    def search(self, question: str, most: int = 20) -> list[Hit]:
        """Return the pages that hold all words, best first; when none does, those that hold most of them."""
        asked = list(dict.fromkeys(_asked(question)))[:MOST_WORDS]
        if not asked:
            return []
        found = [self._pages_with(word, last=word == asked[-1]) for word in asked]
        scores: dict[int, float] = defaultdict(float)
        held: dict[int, int] = defaultdict(int)
        for of_word in found:
            for at, score in of_word.items():
                scores[at] += score
                held[at] += 1
        best = max(held.values(), default=0)
        phrase = " ".join(fold(question[:LONGEST]).split())
        for at in scores:
            if len(asked) > 1 and phrase in self.folded[at]:
                scores[at] *= 2
        ranked = sorted((at for at in scores if held[at] == best), key=lambda at: (-scores[at], self.pages[at].title))
        return [Hit(self.pages[at], scores[at], self._snippet(at, asked, phrase)) for at in ranked[:most]]

    def _pages_with(self, word: str, *, last: bool) -> Mapping[int, float]:
        """Score each page that holds the word; a word that is unfinished counts for less than a whole one."""
        scores: dict[int, float] = defaultdict(float)
        start = bisect_left(self.known, word)
        for form in self.known[start : start + MOST_FORMS]:
            if not form.startswith(word) or (form != word and not last and len(word) < 3):
                break
            rare = math.log(1 + len(self.pages) / len(self.places[form]))
            for at, weight in self.places[form].items():
                scores[at] += rare * weight / (weight + 4) * (10 if form == word else 3)
        return scores

    def _snippet(self, at: int, asked: Sequence[str], phrase: str) -> SafeString:
        text, folded = self.pages[at].text, self.folded[at]
        first = folded.find(phrase)
        if first < 0:
            first = min((spot for word in asked if (spot := folded.find(word)) >= 0), default=0)
        start = max(0, first - SNIPPET // 3)
        if start:
            start = text.find(" ", start) + 1 or start
        end = min(len(text), start + SNIPPET)
        marks = re.compile("|".join(re.escape(word) for word in sorted(asked, key=len, reverse=True)))
        out, done = ["… " if start else ""], start
        for found in marks.finditer(folded, start, end):
            out += [escape(text[done : found.start()]), "<mark>", escape(text[found.start() : found.end()]), "</mark>"]
            done = found.end()
        out += [escape(text[done:end]), " …" if end < len(text) else ""]
        return SafeString("".join(out))


def _asked(question: str) -> Iterable[str]:
    for found in WORD.finditer(fold(question[:LONGEST])):
        if word := found[0].strip(EDGES):
            yield word
