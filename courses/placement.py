"""The placement test: some questions about each of some courses, which say where to begin. ``courses.placement_file`` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from courses.quiz import Quiz


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    quiz: Quiz
    course_of: Mapping[str, str]  # by the id of the question
