"""The content of a certificate as plain values. ``issuing.issue`` stores it with the certificate, and it never changes."""

from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedStage:
    """One stage of a lab as an attempt was graded."""

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
    assisted: bool  # the stage was done for the learner and gave no points
    supervised_by: str = ""  # the title of the event; empty: self-paced

    @property
    def graded(self) -> datetime:
        return datetime.fromisoformat(self.graded_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateContent:
    """The content of a certificate: what was earned, what was required for it, and how the learner met that."""

    achievement: str  # stable, unique in this site: "course/first-steps", "workshop/12"
    kind: str = "Course"  # an AchievementType of Open Badges
    title: str
    summary: str  # what its holder can do
    criteria: str  # what was required, as sentences
    notes: tuple[str, ...] = ()  # what else the learner did, each a sentence
    stages: tuple[GradedStage, ...] = ()
    time_zone: str = ""  # in which its dates are written, such as "Pacific/Fiji"; empty: that of the reader

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)  # JSON has no tuples
        return {**plain, "notes": list(plain["notes"]), "stages": list(plain["stages"])}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        stages = tuple(GradedStage(**stage) for stage in kept["stages"])
        return cls(**{**kept, "notes": tuple(kept["notes"]), "stages": stages})

    def by_lab(self) -> list[tuple[GradedStage, list[GradedStage]]]:
        """Return, for each lab, its first stage and all its stages."""
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
        return list(dict.fromkeys(stage.supervised_by for stage in self.stages if stage.supervised_by))
