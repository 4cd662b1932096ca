"""The gain in knowledge of a workshop's people, and their opinions: tests and surveys of its courses, without names.

Guests are deleted some time after the workshop. Their answers are added to ``Workshop.expired_guests`` before, as sums.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from courses.blueprint import Blueprint, Objective, Part
from courses.content import Course
from courses.learning_gain import Gain, Sums, sums_of
from courses.models import SurveyReply, TestPaper
from courses.survey_results import Rated, Texts, rated, rating_counts, texts
from vaka.workshops.models import Workshop
from vaka.workshops.services.agenda_links import courses_taught

LEAST = 3  # people: fewer sums would tell what a person answered


@dataclass(frozen=True, slots=True)
class CourseResult:
    """Tests and survey of one course of a workshop."""

    course: Course
    blueprint: Blueprint
    sums: Sums
    ratings: Mapping[str, Mapping[str, int]]
    replies: int
    written: Collection[Mapping[str, Any]]  # replies of people who have not expired, for their texts

    @property
    def has_gain(self) -> bool:
        return self.sums.people >= LEAST

    @property
    def total(self) -> Gain:
        return self.sums.gain()

    @property
    def rows(self) -> list[tuple[Objective, Gain]]:
        return [(objective, self.sums.gain(objective.id)) for objective in self.blueprint.objectives]

    @property
    def has_survey(self) -> bool:
        return self.replies >= LEAST

    @property
    def rated(self) -> list[Rated]:
        return rated(self.blueprint, self.ratings)

    @property
    def texts(self) -> list[Texts]:
        return texts(self.blueprint, self.written)


def results(workshop: Workshop) -> list[CourseResult]:
    """Return the results of each course on the agenda, in whole or by lessons, that has tests."""
    learners = [seat.user_id for seat in workshop.seats.taken() if seat.user_id]
    found = []
    for course, blueprint in _courses(workshop):
        kept = workshop.expired_guests.get("learning", {}).get(course.id, {})
        replies = _replies(workshop, course, learners)
        ratings = _added(kept.get("ratings", {}), rating_counts(replies))
        sums = Sums.from_json(kept.get("tests", {})) + _sums(workshop, course, learners)
        found.append(CourseResult(course, blueprint, sums, ratings, kept.get("replies", 0) + len(replies), replies))
    return found


def with_guests(workshop: Workshop, guests: Collection[int]) -> dict[str, Any]:
    """Return what ``expired_guests["learning"]`` must be once these people are deleted."""
    kept = dict(workshop.expired_guests.get("learning", {}))
    for course, _blueprint in _courses(workshop):
        before, replies = kept.get(course.id, {}), _replies(workshop, course, guests)
        sums = Sums.from_json(before.get("tests", {})) + _sums(workshop, course, guests)
        ratings = _added(before.get("ratings", {}), rating_counts(replies))
        kept[course.id] = {
            "tests": sums.as_json(),
            "ratings": ratings,
            "replies": before.get("replies", 0) + len(replies),
        }
    return kept


def _courses(workshop: Workshop) -> list[tuple[Course, Blueprint]]:
    return [(course, course.blueprint) for course in courses_taught(workshop.agenda.all()) if course.blueprint]


def _sums(workshop: Workshop, course: Course, learners: Collection[int]) -> Sums:
    """Add up the papers of those who took both tests, the second one in the workshop."""
    papers = TestPaper.objects.filter(learner__in=learners, course=course.id, at__lt=workshop.ends)
    before = {paper.learner_id: paper for paper in papers.filter(part=Part.BEFORE)}
    after = papers.filter(part=Part.AFTER, at__gte=workshop.begins)
    pairs = [(before[paper.learner_id], paper) for paper in after if paper.learner_id in before]
    return sums_of((one.answers, other.answers) for one, other in pairs if one.at < other.at)


def _replies(workshop: Workshop, course: Course, learners: Collection[int]) -> list[Mapping[str, Any]]:
    within = SurveyReply.objects.filter(at__gte=workshop.begins, at__lt=workshop.ends)
    return list(within.filter(learner__in=learners, course=course.id).values_list("answers", flat=True))


def _added(one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    found = {item: dict(counts) for item, counts in one.items()}
    for item, counts in other.items():
        mine = found.setdefault(item, {})
        for rating, count in counts.items():
            mine[rating] = mine.get(rating, 0) + count
    return found
