"""Full-text search: an inverted index in memory, without a service and without network access.

A word consists of letters and digits, with the characters that names in networks have: ``2001:db8::``, ``/48``,
``link-local``, ``eth0.10``. The index finds such a word as a whole and by its parts. Accents do not matter. The last word of a
query may be incomplete. ``vaka.search.site_index`` fills the index with the pages of the site.
"""

import math
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString

LONGEST = 200  # characters of a query; more are ignored
MOST_WORDS = 8  # of a query
MOST_COMPLETIONS = 200  # words that one incomplete word may match
SNIPPET = 180  # characters
WORD = re.compile(r"[\w:./-]*\w[\w:./-]*", re.UNICODE)
PART = re.compile(r"\w+", re.UNICODE)
EDGES = "./-"  # stripped from the ends of a word; "::" is not, because it belongs to an address
TITLE, HEADING, BODY = 8.0, 3.0, 1.0  # weight of a word by where it occurs


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    kind: str  # "lesson", "lab" or "term"
    title: str
    address: str
    headings: str
    text: str
    lab: str = ""  # the id of the lab that it is about, or to which it leads


@dataclass(frozen=True, slots=True)
class Hit:
    page: Page
    score: float
    snippet: SafeString


def fold(text: str) -> str:
    """Return the text in lower case and without accents. Every character keeps its position."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character)[0] if character > "\x7f" else character
    small = plain.lower()
    return small if len(small) == 1 else plain


def words(folded: str) -> Iterable[str]:
    """Yield the words of a folded text: each whole word, then its parts."""
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
        self.weights: dict[str, dict[int, float]] = defaultdict(dict)  # by word, then by position of the page
        for at, page in enumerate(self.pages):
            fields = ((fold(page.title), TITLE), (fold(page.headings), HEADING), (self.folded[at], BODY))
            for text, weight in fields:
                for word in words(text):
                    self.weights[word][at] = self.weights[word].get(at, 0.0) + weight
        self.vocabulary = sorted(self.weights)

    def search(self, query: str, most: int = 20, closed: Collection[str] = ()) -> list[Hit]:
        """Return the pages with all words of the query, best first. If there are none, return those with most words.

        Pages about the labs in ``closed`` are left out.
        """
        wanted = list(dict.fromkeys(_query_words(query)))[:MOST_WORDS]
        if not wanted:
            return []
        scores: dict[int, float] = defaultdict(float)
        matched: dict[int, int] = defaultdict(int)  # how many of the words each page has
        for word in wanted:
            for at, score in self._scores(word, last=word == wanted[-1]).items():
                scores[at] += score
                matched[at] += 1
        most_matched = max(matched.values(), default=0)
        phrase = " ".join(fold(query[:LONGEST]).split())
        for at in scores:
            if len(wanted) > 1 and phrase in self.folded[at]:
                scores[at] *= 2
        candidates = (at for at in scores if matched[at] == most_matched and self.pages[at].lab not in closed)
        ranked = sorted(candidates, key=lambda at: (-scores[at], self.pages[at].title))
        return [Hit(self.pages[at], scores[at], self._snippet(at, wanted, phrase)) for at in ranked[:most]]

    def _scores(self, word: str, *, last: bool) -> Mapping[int, float]:
        """Score each page that has the word. A match of its beginning only scores less than a whole match."""
        scores: dict[int, float] = defaultdict(float)
        start = bisect_left(self.vocabulary, word)
        for known in self.vocabulary[start : start + MOST_COMPLETIONS]:
            if not known.startswith(word) or (known != word and not last and len(word) < 3):
                break
            rarity = math.log(1 + len(self.pages) / len(self.weights[known]))
            for at, weight in self.weights[known].items():
                scores[at] += rarity * weight / (weight + 4) * (10 if known == word else 3)
        return scores

    def _snippet(self, at: int, wanted: Sequence[str], phrase: str) -> SafeString:
        text, folded = self.pages[at].text, self.folded[at]
        first = folded.find(phrase)
        if first < 0:
            first = min((position for word in wanted if (position := folded.find(word)) >= 0), default=0)
        start = max(0, first - SNIPPET // 3)
        if start:
            start = text.find(" ", start) + 1 or start
        end = min(len(text), start + SNIPPET)
        marks = re.compile("|".join(re.escape(word) for word in sorted(wanted, key=len, reverse=True)))
        out, done = ["… " if start else ""], start
        for found in marks.finditer(folded, start, end):
            out += [escape(text[done : found.start()]), "<mark>", escape(text[found.start() : found.end()]), "</mark>"]
            done = found.end()
        out += [escape(text[done:end]), " …" if end < len(text) else ""]
        return SafeString("".join(out))


def _query_words(query: str) -> Iterable[str]:
    for found in WORD.finditer(fold(query[:LONGEST])):
        if word := found[0].strip(EDGES):
            yield word
