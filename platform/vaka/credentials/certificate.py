"""What a certificate says: plain values, kept with it as they were. Whoever calls ``services.issue`` gives them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a lab, as an attempt was graded."""

    lab: str  # ids
    stage: str
    lab_title: str
    title: str
    lab_version: str
    seed: int
    passed: int  # checks
    checks: int
    points: int
    out_of: int
    graded_at: str  # ISO 8601
    assisted: bool  # it was done for the learner, and gave no points
    supervised_by: str = ""  # title of the event; empty: self-paced

    @property
    def graded(self) -> datetime:
        return datetime.fromisoformat(self.graded_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was earned, what was asked for it, and what was shown."""

    achievement: str  # stable, unique in this site: "course/first-steps", "workshop/12"
    kind: str = "Course"  # of Open Badges' AchievementType
    title: str
    summary: str  # what who has it can do
    criteria: str  # what was asked, in sentences
    notes: tuple[str, ...] = ()  # what else was done, each a sentence
    stages: tuple[Stage, ...] = ()

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)  # JSON has no tuples
        return {**plain, "notes": list(plain["notes"]), "stages": list(plain["stages"])}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        stages = tuple(Stage(**stage) for stage in kept["stages"])
        return cls(**{**kept, "notes": tuple(kept["notes"]), "stages": stages})

    def by_lab(self) -> list[tuple[Stage, list[Stage]]]:
        """Return for each lab its first stage and all its stages."""
        labs = [list(stages) for _lab, stages in groupby(self.stages, lambda stage: stage.lab)]
        return [(stages[0], stages) for stages in labs]

    @property
    def labs(self) -> int:
        return len(self.by_lab())

    @property
    def passed(self) -> int:
        return sum(stage.passed for stage in self.stages)

    @property
    def checks(self) -> int:
        return sum(stage.checks for stage in self.stages)

    @property
    def assisted(self) -> int:
        return sum(stage.assisted for stage in self.stages)

    @property
    def supervised(self) -> int:
        return sum(bool(stage.supervised_by) for stage in self.stages)

    @property
    def events(self) -> list[str]:
        return _once(stage.supervised_by for stage in self.stages if stage.supervised_by)


def _once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
