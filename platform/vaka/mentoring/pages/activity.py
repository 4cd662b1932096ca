"""What some trainees did, asked of the database in a fixed number of questions however many they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Max, Q

from courses.loader import catalogue
from courses.models import LessonDone, QuizAnswer
from labs.models import LIVE, Attempt, CheckStatus, LabSession, State, VerdictRecord
from labs.pages.stages import words
from labs.registry.translations import authored
from labs.registry.versions import NoSuchLab, newest, of
from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Mentorship, Note, Question

LOOKED_BACK = timedelta(days=28)  # at attempts
LATELY = timedelta(days=7)
COMPARED = 8  # the newest attempts at a trainee's last lab


@dataclass(slots=True)
class Facts:
    """Of one trainee in one programme."""

    mentorship: Mentorship
    questions: list[Question] = field(default_factory=list)  # that wait, the oldest first
    attempts: list[Attempt] = field(default_factory=list)  # at all labs lately, the newest first
    verdicts: dict[int, list[VerdictRecord]] = field(default_factory=dict)  # failed ones, of the newest at his last lab
    session: LabSession | None = None  # that lives
    failing: list[CheckStatus] = field(default_factory=list)  # in it
    went_on: datetime | None = None  # in it: a check passed that had not passed before
    lessons: dict[tuple[str, str], datetime] = field(default_factory=dict)  # done, by course and lesson
    answers: int = 0  # to questions of lessons, lately
    passed: frozenset[str] = frozenset()  # labs
    last: datetime | None = None  # he did anything
    due: list[Assignment] = field(default_factory=list)  # and not done
    seen: frozenset[int] = frozenset()  # attempts that a mentor has written to

    @property
    def of_last_lab(self) -> list[Attempt]:
        """The newest attempts at the lab that he tried last."""
        return [one for one in self.attempts if one.lab == self.attempts[0].lab][:COMPARED]

    def is_done(self, task: Assignment) -> bool:
        return task.lab in self.passed if task.lab else (task.course, task.lesson) in self.lessons

    def saw(self, row: CheckStatus) -> None:
        if row.outcome == "failed":
            self.failing.append(row)
        if row.first_passed_at and (self.went_on is None or row.first_passed_at > self.went_on):
            self.went_on = row.first_passed_at

    def did(self, at: datetime | None) -> None:
        if at and (self.last is None or at > self.last):
            self.last = at


def gather(mentorships: Iterable[Mentorship], now: datetime) -> list[Facts]:
    found = [Facts(mentorship) for mentorship in mentorships]
    by_trainee: dict[int, list[Facts]] = defaultdict(list)
    for one in found:
        by_trainee[one.mentorship.trainee_id or 0].append(one)
    _words(found, by_trainee)
    _attempts(by_trainee, now)
    _sessions(by_trainee)
    _courses(by_trainee, now)
    for task in Assignment.objects.filter(trainee__in=by_trainee):
        for one in by_trainee[task.trainee_id]:
            if task.programme_id == one.mentorship.programme_id and not one.is_done(task):
                one.due.append(task)
    return found


def _words(found: list[Facts], by_trainee: dict[int, list[Facts]]) -> None:
    waiting = Question.objects.filter(trainee__in=by_trainee, waits_since__isnull=False).order_by("waits_since")
    for question in waiting:
        for one in by_trainee[question.trainee_id]:
            if question.programme_id == one.mentorship.programme_id:
                one.questions.append(question)
    written = Note.objects.filter(trainee__in=by_trainee, attempt__isnull=False).values_list("trainee", "attempt")
    seen: dict[int, set[int]] = defaultdict(set)
    for trainee, attempt in written:
        seen[trainee].add(attempt)
    for one in found:
        one.seen = frozenset(seen[one.mentorship.trainee_id or 0])


def _attempts(by_trainee: dict[int, list[Facts]], now: datetime) -> None:
    recent = Attempt.objects.filter(learner__in=by_trainee, finished_at__gt=now - LOOKED_BACK).order_by("-pk")
    of: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in recent:
        of[attempt.learner_id].append(attempt)
    full = Attempt.objects.filter(learner__in=by_trainee, kind=Attempt.Kind.ATTEMPT, unknown=0, score=F("out_of"))
    passed: dict[int, set[str]] = defaultdict(set)
    for learner, lab in full.filter(out_of__gt=0).order_by().values_list("learner", "lab").distinct():
        passed[learner].add(lab)
    compared: dict[int, Attempt] = {}
    for trainee, facts in by_trainee.items():
        for one in facts:
            one.attempts, one.passed = of[trainee], frozenset(passed[trainee])
            compared |= {attempt.pk: attempt for attempt in one.of_last_lab}
            if one.attempts:
                one.did(one.attempts[0].finished_at)
    for verdict in VerdictRecord.objects.filter(attempt__in=compared, outcome="failed").order_by("pk"):
        for one in by_trainee[compared[verdict.attempt_id].learner_id]:
            one.verdicts.setdefault(verdict.attempt_id, []).append(verdict)


def _sessions(by_trainee: dict[int, list[Facts]]) -> None:
    live: dict[str, LabSession] = {}
    for session in LabSession.objects.filter(learner__in=by_trainee, state__in=LIVE):
        live[str(session.pk)] = session
        for one in by_trainee[session.learner_id or 0]:
            one.session = session
    ready = [session.pk for session in live.values() if session.state == State.READY]
    told = Q(outcome="failed") | Q(first_passed_at__isnull=False)
    for row in CheckStatus.objects.filter(told, session__in=ready).order_by("pk"):
        for one in by_trainee[live[str(row.session_id)].learner_id or 0]:
            one.saw(row)
    typed = LabSession.objects.filter(learner__in=by_trainee).order_by().values("learner")
    typed = typed.annotate(typed=Max("active_at"), began=Max("created_at"))
    for learner, *moments in typed.values_list("learner", "typed", "began"):
        for one in by_trainee[learner]:
            for at in moments:
                one.did(at)


def _courses(by_trainee: dict[int, list[Facts]], now: datetime) -> None:
    for learner, course, lesson, at in LessonDone.objects.filter(learner__in=by_trainee).values_list(
        "learner", "course", "lesson", "done_at"
    ):
        for one in by_trainee[learner]:
            one.lessons[course, lesson] = at
            one.did(at)
    tries = QuizAnswer.objects.filter(learner__in=by_trainee).order_by().values("learner")
    lately = Count("pk", filter=Q(at__gt=now - LATELY))
    for learner, count, at in tries.annotate(lately=lately, last=Max("at")).values_list("learner", "lately", "last"):
        for one in by_trainee[learner]:
            one.answers = count
            one.did(at)


def lab_title(lab: str) -> str:
    try:
        return newest(lab).title
    except NoSuchLab:  # it has left the catalogue
        return lab


def check_titles(labs: Collection[str]) -> dict[tuple[str, str], str]:
    """The titles of all checks of some labs, by lab and check."""
    found: dict[tuple[str, str], str] = {}
    for lab in labs:
        try:
            checks = list(newest(lab).checks())
        except NoSuchLab:
            continue
        found |= {(lab, check.id): authored(check.title) for check in checks}
    return found


def task_title(task: Assignment) -> str:
    if task.lab:
        return lab_title(task.lab)
    course = catalogue(settings.COURSE_CONTENT).get(task.course)
    lesson = course.lesson(task.lesson) if course else None
    return lesson.title if lesson else task.lesson


@dataclass(frozen=True, slots=True)
class Now:
    """Where a trainee is: his live lab, and the first check that fails in it."""

    session: LabSession
    title: str
    failing: str  # a check's title
    seen: str


def now(trainee: User, *, whole: bool) -> Now | None:
    """Where he is; ``whole`` for a mentor, who sees also checks that their learner does not."""
    session = LabSession.objects.live().of(trainee).first()
    if session is None:
        return None
    failed = session.check_statuses.filter(outcome="failed")
    row = next((row for row in failed if whole or _is_shown(session, row)), None)
    titles = check_titles([session.lab])
    failing = titles.get((session.lab, row.check_id), row.check_id) if row else ""
    return Now(session, lab_title(session.lab), failing, words(row.seen) if row else "")


def _is_shown(session: LabSession, row: CheckStatus) -> bool:
    try:
        check = next((check for check in of(session).checks() if check.id == row.check_id), None)
    except NoSuchLab:
        return False
    return check is not None and check.is_shown(passed=row.first_passed_at is not None)
