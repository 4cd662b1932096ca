"""The recent work of trainees, as their mentor sees it. The number of queries does not depend on the number of trainees."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Max, Q

from courses.loader import catalogue
from courses.models import LessonDone, QuizAnswer
from labs.models import LIVE, Attempt, CheckStatus, ClassSeat, LabSession, State, VerdictRecord
from labs.registry.versions import NoSuchLab, newest, of, title_of
from labs.translations import authored, translated
from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Mentorship, Note, Question

ATTEMPTS_OF_LAST = timedelta(days=28)
LAST_WEEK = timedelta(days=7)
COMPARED = 8  # the newest attempts at a trainee's last lab


@dataclass(slots=True)
class TraineeActivity:
    """The activity of one trainee in one programme."""

    mentorship: Mentorship
    open_questions: list[Question] = field(default_factory=list)  # without an answer, the oldest first
    attempts: list[Attempt] = field(default_factory=list)  # of ATTEMPTS_OF_LAST at all labs, the newest first
    failed_verdicts: dict[int, list[VerdictRecord]] = field(default_factory=dict)  # by attempt at the last lab
    session: LabSession | None = None  # the live one
    # In the live session; none that passed in an attempt
    failing_checks: list[CheckStatus] = field(default_factory=list)
    last_check_passed_at: datetime | None = None  # in the live session: when a check passed for the first time
    lessons_done: dict[tuple[str, str], datetime] = field(default_factory=dict)  # by course and lesson
    answers_last_week: int = 0  # to questions of lessons
    labs_passed: frozenset[str] = frozenset()  # ids
    last_active_at: datetime | None = None
    due: list[Assignment] = field(default_factory=list)  # assignments that are not done
    commented_attempts: frozenset[int] = frozenset()  # to which a mentor has written
    is_greeted: bool = False  # a mentor of the programme has written something that the trainee can read

    @property
    def attempts_at_last_lab(self) -> list[Attempt]:
        """The newest attempts at the lab of the newest attempt."""
        return [one for one in self.attempts if one.lab == self.attempts[0].lab][:COMPARED]

    def is_done(self, assignment: Assignment) -> bool:
        if assignment.lab:
            return assignment.lab in self.labs_passed
        return (assignment.course, assignment.lesson) in self.lessons_done

    def add_check_status(self, row: CheckStatus) -> None:
        if row.outcome == "failed" and not row.is_passed:
            self.failing_checks.append(row)
        passed_at = row.first_passed_at
        if passed_at and (self.last_check_passed_at is None or passed_at > self.last_check_passed_at):
            self.last_check_passed_at = passed_at

    def was_active_at(self, at: datetime | None) -> None:
        if at and (self.last_active_at is None or at > self.last_active_at):
            self.last_active_at = at


type ByTrainee = dict[int, list[TraineeActivity]]


def load_activity(mentorships: Iterable[Mentorship], now: datetime) -> list[TraineeActivity]:
    """Return the activity of the trainee of each mentorship, in the same order."""
    found = [TraineeActivity(mentorship) for mentorship in mentorships]
    by_trainee: ByTrainee = defaultdict(list)
    for one in found:
        by_trainee[one.mentorship.trainee_id or 0].append(one)
    _load_questions(by_trainee)
    _load_comments(found, by_trainee)
    _load_attempts(by_trainee, now)
    _load_sessions(by_trainee)
    _load_courses(by_trainee, now)
    for assignment in Assignment.objects.filter(trainee__in=by_trainee):
        for one in by_trainee[assignment.trainee_id]:
            if assignment.programme_id == one.mentorship.programme_id and not one.is_done(assignment):
                one.due.append(assignment)
    return found


def _load_questions(by_trainee: ByTrainee) -> None:
    waiting = Question.objects.filter(trainee__in=by_trainee, waits_since__isnull=False).order_by("waits_since")
    for question in waiting:
        for one in by_trainee[question.trainee_id]:
            if question.programme_id == one.mentorship.programme_id:
                one.open_questions.append(question)


def _load_comments(found: list[TraineeActivity], by_trainee: ByTrainee) -> None:
    notes = Note.objects.filter(trainee__in=by_trainee).exclude(author=F("trainee"))
    commented: dict[int, set[int]] = defaultdict(set)
    greeted = set[tuple[int, int]]()
    for trainee, programme, attempt, reach in notes.values_list("trainee", "programme", "attempt", "reach"):
        if attempt:
            commented[trainee].add(attempt)
        if reach == Note.Reach.SHARED:
            greeted.add((programme, trainee))
    for one in found:
        trainee = one.mentorship.trainee_id or 0
        one.commented_attempts = frozenset(commented[trainee])
        one.is_greeted = (one.mentorship.programme_id, trainee) in greeted


def _load_attempts(by_trainee: ByTrainee, now: datetime) -> None:
    recent = Attempt.objects.filter(learner__in=by_trainee, finished_at__gt=now - ATTEMPTS_OF_LAST).order_by("-pk")
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in recent:
        attempts[attempt.learner_id].append(attempt)
    full = Attempt.objects.filter(learner__in=by_trainee, kind=Attempt.Kind.ATTEMPT, unknown=0, score=F("out_of"))
    passed: dict[int, set[str]] = defaultdict(set)
    for learner, lab in full.filter(out_of__gt=0).order_by().values_list("learner", "lab").distinct():
        passed[learner].add(lab)
    compared: dict[int, Attempt] = {}
    for trainee, activities in by_trainee.items():
        for one in activities:
            one.attempts, one.labs_passed = attempts[trainee], frozenset(passed[trainee])
            compared |= {attempt.pk: attempt for attempt in one.attempts_at_last_lab}
            if one.attempts:
                one.was_active_at(one.attempts[0].finished_at)
    for verdict in VerdictRecord.objects.filter(attempt__in=compared, outcome="failed").order_by("pk"):
        for one in by_trainee[compared[verdict.attempt_id].learner_id]:
            one.failed_verdicts.setdefault(verdict.attempt_id, []).append(verdict)


def _load_sessions(by_trainee: ByTrainee) -> None:
    live: dict[str, LabSession] = {}
    own = LabSession.objects.of_one_person().filter(learner__in=by_trainee, copy_of=None)
    for session in own.filter(state__in=LIVE):
        live[str(session.pk)] = session
        for one in by_trainee[session.learner_id or 0]:
            one.session = session
    ready = [session.pk for session in live.values() if session.state == State.READY]
    relevant = Q(outcome="failed") | Q(first_passed_at__isnull=False)
    for row in CheckStatus.objects.filter(relevant, session__in=ready).order_by("pk"):
        for one in by_trainee[live[str(row.session_id)].learner_id or 0]:
            one.add_check_status(row)
    sessions = own.order_by().values("learner")
    sessions = sessions.annotate(typed=Max("active_at"), began=Max("created_at"))
    for learner, *moments in sessions.values_list("learner", "typed", "began"):
        for one in by_trainee[learner]:
            for at in moments:
                one.was_active_at(at)
    seats = ClassSeat.objects.filter(user__in=by_trainee).order_by().values("user")
    for trainee, *moments in seats.annotate(typed=Max("worked_at"), opened=Max("opened_at")).values_list(
        "user", "typed", "opened"
    ):
        for one in by_trainee[trainee]:
            for at in moments:
                one.was_active_at(at)


def _load_courses(by_trainee: ByTrainee, now: datetime) -> None:
    for learner, course, lesson, at in LessonDone.objects.filter(learner__in=by_trainee).values_list(
        "learner", "course", "lesson", "done_at"
    ):
        for one in by_trainee[learner]:
            one.lessons_done[course, lesson] = at
            one.was_active_at(at)
    answers = QuizAnswer.objects.filter(learner__in=by_trainee).order_by().values("learner")
    last_week = Count("pk", filter=Q(at__gt=now - LAST_WEEK))
    rows = answers.annotate(last_week=last_week, last=Max("at")).values_list("learner", "last_week", "last")
    for learner, count, at in rows:
        for one in by_trainee[learner]:
            one.answers_last_week = count
            one.was_active_at(at)


def lab_title(lab: str) -> str:
    """Return the lab's title, or its id if it has left the catalogue."""
    return title_of(lab) or lab


def check_titles(labs: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the titles of all checks of some labs, by lab and check."""
    found: dict[tuple[str, str], str] = {}
    for lab in labs:
        try:
            checks = list(newest(lab).checks())
        except NoSuchLab:
            continue
        found |= {(lab, check.id): authored(check.title) for check in checks}
    return found


def assignment_title(assignment: Assignment) -> str:
    if assignment.lab:
        return lab_title(assignment.lab)
    course = catalogue(settings.COURSE_CONTENT).get(assignment.course)
    lesson = course.lesson(assignment.lesson) if course else None
    return lesson.title if lesson else assignment.lesson


@dataclass(frozen=True, slots=True)
class CurrentLab:
    """A trainee's live lab, and the first check that fails in it."""

    session: LabSession
    title: str
    failing: str  # the title of the check
    seen: str


def current_lab(trainee: User, *, for_mentor: bool) -> CurrentLab | None:
    """Return the trainee's live lab. A mentor also sees checks that are hidden from the learner.

    A copy that the trainee opened as a mentor, or a class lab that they lead, holds the work of other people.
    """
    session = LabSession.objects.live().of(trainee).of_one_person().filter(copy_of=None).first()
    if session is None:
        return None
    failed = session.check_statuses.filter(outcome="failed", passed_in_attempt_at=None)
    row = next((row for row in failed if for_mentor or _is_shown(session, row)), None)
    titles = check_titles([session.lab])
    failing = titles.get((session.lab, row.check_id), row.check_id) if row else ""
    return CurrentLab(session, lab_title(session.lab), failing, translated(row.seen) if row else "")


def _is_shown(session: LabSession, row: CheckStatus) -> bool:
    try:
        check = next((check for check in of(session).checks() if check.id == row.check_id), None)
    except NoSuchLab:
        return False
    return check is not None and check.is_shown(passed=row.first_passed_at is not None)
