"""The rows of the page "My progress": each lesson of a learner's courses, and each lab with its best attempt."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import ngettext

from courses.content import Course, Lesson
from courses.models import Enrolment, LessonDone, QuizAnswer
from courses.progress import CourseProgress, progress_in_each
from labs.engine.definition.spec import Lab
from labs.lifecycle import fault_rungs, ladder
from labs.lifecycle.ladder import Ladder
from labs.models import Attempt, TroubleTicket
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.models import User

type Tickets = dict[tuple[str, int], TroubleTicket]  # by lab and seed


@dataclass(frozen=True, slots=True)
class LessonRow:
    lesson: Lesson
    done: bool
    marked_at: datetime | None  # when the learner marked the lesson as done
    right: int  # questions
    tries: int
    not_right: int = 0  # questions that were answered, and never correctly

    @property
    def questions(self) -> int:
        return len(self.lesson.quiz.questions) if self.lesson.quiz else 0


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One trouble ticket of a lab: the attempt that fixed it, or the last one; without an attempt, the learner's work so far."""

    lab: str
    title: str
    number: int
    hints: int
    seconds: float
    attempt: Attempt | None = None
    fault: str = ""

    @property
    def rung(self) -> str:
        """The name of the fault's rung on the ladder; empty if there is no such kind of fault any more."""
        found = fault_rungs.rung_of(self.fault)
        return str(found.label) if found else ""

    @property
    def is_fixed(self) -> bool:
        return bool(self.attempt and self.attempt.score > 0)


@dataclass(frozen=True, slots=True)
class LabRow:
    lab: str
    title: str
    best: Attempt
    attempts: int
    passed: bool


def course_rows(learner: User, courses: Iterable[Course]) -> list[tuple[CourseProgress, list[LessonRow]]]:
    """Return each course in which the learner is enrolled, with a row for each of its lessons."""
    enrolled = set(Enrolment.objects.of(learner).values_list("course", flat=True))
    marked = {(row.course, row.lesson): row.done_at for row in LessonDone.objects.filter(learner=learner)}
    tries: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for answer in QuizAnswer.objects.of(learner):
        tries[answer.quiz] += not answer.shown
        right[answer.quiz] += answer.right
    found = []
    for progress in progress_in_each(learner, [course for course in courses if course.id in enrolled]):
        rows = []
        for lesson in progress.course.lessons():
            quiz = lesson.quiz.id if lesson.quiz else ""
            at = marked.get((progress.course.id, lesson.id))
            not_right = progress.not_right_yet(lesson)
            rows.append(LessonRow(lesson, progress.is_done(lesson), at, right[quiz], tries[quiz], not_right))
        found.append((progress, rows))
    return found


def open_questions(progress: CourseProgress, lesson: Lesson) -> str:
    """Say how many questions of a lesson are open, in the same words on every page; empty if none is."""
    not_right = progress.not_right_yet(lesson)
    not_answered = progress.open_questions(lesson) - not_right
    parts = []
    if not_right:
        parts.append(ngettext("%d question is not right yet", "%d questions are not right yet", not_right) % not_right)
    if not_answered:
        words = ngettext("%d question is not answered yet", "%d questions are not answered yet", not_answered)
        parts.append(words % not_answered)
    return ", ".join(parts)


def lab_rows(learner: User) -> tuple[list[LabRow], list[TicketRow]]:
    """Return a row for each lab with an attempt, and one for each trouble ticket that was opened.

    The best attempt has the most points; of equal ones, the first counts.
    """
    kinds = (Attempt.Kind.ATTEMPT, Attempt.Kind.TICKET)
    every = list(Attempt.objects.filter(learner=learner, kind__in=kinds).order_by("lab", "-score", "pk"))
    attempts = [attempt for attempt in every if attempt.kind == Attempt.Kind.ATTEMPT]
    counts = Counter(attempt.lab for attempt in attempts)
    best: dict[str, Attempt] = {}
    for attempt in attempts:
        best.setdefault(attempt.lab, attempt)
    labs = [LabRow(lab, _title(lab), attempt, counts[lab], attempt.is_full) for lab, attempt in best.items()]
    tickets = [attempt for attempt in every if attempt.kind == Attempt.Kind.TICKET]
    opened = _opened_tickets(learner)
    return labs, [*_unchecked_ticket_rows(opened, tickets), *_ticket_rows(opened, tickets)]


def _opened_tickets(learner: User) -> Tickets:
    """Return, by lab and seed, the trouble tickets that were opened. The last session of one has its whole time."""
    opened = TroubleTicket.objects.filter(session__learner=learner, opened_at__isnull=False)
    tickets = opened.select_related("session").order_by("opened_at")
    return {(ticket.session.lab, ticket.seed): ticket for ticket in tickets}


def _unchecked_ticket_rows(opened: Tickets, attempts: Iterable[Attempt]) -> list[TicketRow]:
    """Return a row for each trouble ticket that was opened and never checked, the latest first."""
    checked = {(attempt.lab, attempt.fault_seed) for attempt in attempts}
    return [
        TicketRow(lab, _title(lab), seed + 1, ticket.hints, ticket.seconds, fault=ticket.fault)
        for (lab, seed), ticket in reversed(opened.items())
        if (lab, seed) not in checked
    ]


def _ticket_rows(opened: Tickets, attempts: Iterable[Attempt]) -> list[TicketRow]:
    """Return a row for each trouble ticket that was checked, the latest first.

    The clock of one that is not fixed has gone on since the attempt, and hints may be open: the row says what its page says.
    """
    found: dict[tuple[str, int], Attempt] = {}
    for attempt in attempts:
        key = attempt.lab, attempt.fault_seed or 0
        before = found.get(key)
        if before is None or (not before.score and attempt.finished_at > before.finished_at):
            found[key] = attempt
    latest = sorted(found.items(), key=lambda one: one[1].finished_at, reverse=True)
    rows = []
    for (lab, seed), attempt in latest:
        goes_on = None if attempt.score else opened.get((lab, seed))
        hints, seconds = (goes_on.hints, goes_on.seconds) if goes_on else (attempt.hints, attempt.seconds or 0)
        rows.append(TicketRow(lab, _title(lab), seed + 1, hints, seconds, attempt, attempt.fault))
    return rows


def ladders(learner: User, labs: Iterable[LabRow], tickets: Iterable[TicketRow]) -> list[tuple[Lab, Ladder]]:
    """Return the ladder of each lab that the learner has passed, or of which they have had a trouble ticket."""
    wanted = [*(row.lab for row in labs if row.passed), *(row.lab for row in tickets)]
    found = []
    for lab in dict.fromkeys(wanted):
        try:
            found.append(newest(lab))
        except NoSuchLab:
            continue
    alone = [lab for lab in found if not lab.has_bots]
    each = ladder.of_each(learner, alone) if alone else {}
    return [(lab, each[lab.id]) for lab in alone]


def _title(lab: str) -> str:
    try:
        return newest(lab).title
    except NoSuchLab:  # the lab has left the catalogue since
        return lab
