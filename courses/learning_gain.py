"""The gain in knowledge of a group: the normalised gain between the tests before and after a course. Only sums, and no names.

The gain of a group is (after - before) / (1 - before), where both are the group's mean shares of right answers
(R. R. Hake, American Journal of Physics 66, 64, 1998): the share of the possible improvement that the group reached.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from courses.blueprint import Part


@dataclass(frozen=True, slots=True)
class Share:
    right: int
    asked: int

    @property
    def percent(self) -> int:
        return round(100 * self.right / self.asked) if self.asked else 0


@dataclass(frozen=True, slots=True)
class Gain:
    """Both shares of a group, for one objective or for all."""

    before: Share
    after: Share

    @property
    def gain(self) -> float | None:
        """From -inf to 1; None if everything was right before, so that nothing could be learned."""
        before, after = (one.right / one.asked if one.asked else 0 for one in (self.before, self.after))
        return None if before == 1 else (after - before) / (1 - before)


@dataclass(frozen=True, slots=True)
class Sums:
    """The answers of the people who took both tests: right answers and questions, by part and objective."""

    people: int = 0
    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __add__(self, other: Self) -> "Sums":
        return Sums(self.people + other.people, self.right + other.right, self.asked + other.asked)

    def gain(self, objective: str | None = None) -> Gain:
        """Of one objective, or of all."""
        before, after = (self._share(part, objective) for part in Part)
        return Gain(before, after)

    def _share(self, part: Part, objective: str | None) -> Share:
        keys = [key for key in self.asked if key[0] == part and objective in (None, key[1])]
        return Share(sum(self.right[key] for key in keys), sum(self.asked[key] for key in keys))

    def as_json(self) -> dict[str, Any]:
        rows = [[*key, self.right[key], self.asked[key]] for key in sorted(self.asked)]
        return {"people": self.people, "rows": rows}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Sums":
        right, asked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for part, objective, count, total in data.get("rows", ()):
            right[part, objective], asked[part, objective] = count, total
        return cls(data.get("people", 0), right, asked)


type Answers = Mapping[str, Mapping[str, Any]]  # of one paper: by question, its "objective" and whether it is "right"


def sums_of(papers: Iterable[tuple[Answers, Answers]]) -> Sums:
    """Add up the papers of each person: before and after."""
    found = Sums()
    for pair in papers:
        right, asked = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for part, answers in zip(Part, pair, strict=True):
            for answer in answers.values():
                key = str(part), answer["objective"]
                asked[key] += 1
                right[key] += bool(answer["right"])
        found += Sums(1, right, asked)
    return found
