"""The opinion of a group about a course: sums of their ratings, and their texts without names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from courses.blueprint import BEST, Blueprint


@dataclass(frozen=True, slots=True)
class Rated:
    ask: SafeString
    counts: tuple[int, ...]  # of each rating, from 1 to BEST

    @property
    def replies(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float:
        return sum(rating * count for rating, count in enumerate(self.counts, 1)) / self.replies if self.replies else 0


@dataclass(frozen=True, slots=True)
class Texts:
    ask: SafeString
    texts: tuple[str, ...]  # sorted, so that their order does not tell who wrote first


def rating_counts(replies: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return how often each rating was given, by question: plain data that can be stored and added up."""
    found: dict[str, Counter[str]] = {}
    for reply in replies:
        for item, given in reply.items():
            if isinstance(given, int):
                found.setdefault(item, Counter())[str(given)] += 1
    return {item: dict(counts) for item, counts in found.items()}


def rated(blueprint: Blueprint, counts: Mapping[str, Mapping[str, int]]) -> list[Rated]:
    return [
        Rated(item.ask, tuple(counts.get(item.id, {}).get(str(rating), 0) for rating in range(1, BEST + 1)))
        for item in blueprint.survey
        if item.is_rating
    ]


def texts(blueprint: Blueprint, replies: Iterable[Mapping[str, Any]]) -> list[Texts]:
    replies = list(replies)
    return [
        Texts(item.ask, tuple(sorted(str(reply[item.id]) for reply in replies if item.id in reply)))
        for item in blueprint.survey
        if not item.is_rating
    ]
