"""The blueprint of a course: objectives, the tests before and after it, and the survey. ``courses.blueprint_file`` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.safestring import SafeString

from courses.quiz import Quiz

BEST = 5  # of a rating; 1 is the worst


class Part(StrEnum):
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    id: str  # stable: stored papers refer to it
    text: str  # what a person can do, completing "People can:"
    lesson: str  # the id of the lesson that teaches it


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyItem:
    id: str
    ask: SafeString
    is_rating: bool  # from 1 to BEST; otherwise a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    objectives: tuple[Objective, ...]
    tests: Mapping[Part, Quiz]
    objective_of: Mapping[str, str]  # by the id of the question, which is unique over both tests
    survey: tuple[SurveyItem, ...]
