"""The mentor's hour: which trainees need the mentor, why, and for how many minutes. Questions come first, good news last."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.models import Attempt, CheckStatus, VerdictRecord
from labs.translations import translated
from vaka.accounts.models import User
from vaka.mentoring import questions
from vaka.mentoring.models import Assignment, Mentorship, Programme, Question
from vaka.mentoring.pages.activity import (
    LAST_WEEK,
    TraineeActivity,
    assignment_title,
    check_titles,
    lab_title,
    load_activity,
)

HOUR_MINUTES = 60
STUCK_ATTEMPTS = 3  # in a row, with the same check as the first that fails
STUCK_FOR = timedelta(minutes=45)  # on the same check of a running lab
QUIET_FOR = timedelta(days=7)
# A trainee who has asked waits for this mentor. One who is late or away waits for nobody
RANKS = {"question": 0, "stuck": 1, "new": 1, "late": 2, "quiet": 2, "passed": 3}
MINUTES = {"question": 10, "stuck": 15, "late": 5, "quiet": 15, "passed": 5, "new": 5}
MOST_MINUTES = 25  # for one trainee


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One reason why a trainee needs the mentor. ``kind`` is a key of MINUTES."""

    kind: str
    since: datetime
    question: Question | None = None
    attempt: Attempt | None = None
    lab: str = ""  # its title
    times: int = 0  # how often in a row the same check has failed
    verdict: "FailedCheck | None" = None
    assignment: Assignment | None = None
    title: str = ""  # of the assignment

    @property
    def order(self) -> tuple[int, datetime]:
        """The place among needs: by their ranks, and of one rank the oldest first."""
        return RANKS[self.kind], self.since


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """The check on which a trainee is stuck, with its verdict."""

    title: str
    row: VerdictRecord | CheckStatus

    @property
    def expected(self) -> str:
        return translated(self.row.expected)

    @property
    def seen(self) -> str:
        return translated(self.row.seen)

    @property
    def cause(self) -> str:
        return translated(self.row.cause)

    @property
    def evidence(self) -> str:
        return questions.evidence(self.row.evidence) if isinstance(self.row, VerdictRecord) else ""


@dataclass(frozen=True)
class TraineeNeeds:
    """One trainee in the mentor's hour. Without needs, the trainee does not need the mentor this week."""

    activity: TraineeActivity
    needs: list[Need]
    now: datetime

    @property
    def trainee(self) -> User:
        assert self.activity.mentorship.trainee is not None  # noqa: S101  # an open mentorship has a trainee
        return self.activity.mentorship.trainee

    @property
    def programme(self) -> Programme:
        return self.activity.mentorship.programme

    @property
    def since(self) -> datetime:
        return self.needs[0].since

    @property
    def minutes(self) -> int:
        return min(MOST_MINUTES, sum(MINUTES[need.kind] for need in self.needs))

    @property
    def span(self) -> int:
        """The trainee's part of the hour, in twelfths."""
        return max(1, round(self.minutes / 5))

    @property
    def first_name(self) -> str:
        return self.trainee.first_name or self.trainee.username

    # Activity in the last week

    @property
    def lessons_done(self) -> int:
        return sum(at > self.now - LAST_WEEK for at in self.activity.lessons_done.values())

    @property
    def labs_passed(self) -> list[str]:
        """The titles of the labs passed in the last week."""
        full = [one for one in self.activity.attempts if _is_pass(one) and one.finished_at > self.now - LAST_WEEK]
        return [lab_title(lab) for lab in dict.fromkeys(one.lab for one in reversed(full))]

    @property
    def attempts(self) -> int:
        return sum(one.finished_at > self.now - LAST_WEEK for one in self.activity.attempts)

    @property
    def is_active(self) -> bool:
        return bool(self.lessons_done or self.activity.answers_last_week or self.attempts)

    @property
    def summary(self) -> list[str]:
        """The activity of the last week, as phrases."""
        found = []
        if self.lessons_done:
            found.append(ngettext("%d lesson done", "%d lessons done", self.lessons_done) % self.lessons_done)
        if self.activity.answers_last_week:
            count = self.activity.answers_last_week
            found.append(ngettext("%d question answered", "%d questions answered", count) % count)
        if self.attempts:
            found.append(
                ngettext("lab work checked %d time", "lab work checked %d times", self.attempts) % self.attempts
            )
        found += [_("passed “%(lab)s”") % {"lab": title} for title in self.labs_passed]
        return found

    @property
    def where(self) -> str:
        """The lab in which the trainee is now, as a phrase; empty if there is none."""
        if self.activity.session:
            return _("in “%(lab)s” now") % {"lab": lab_title(self.activity.session.lab)}
        return ""


@dataclass(frozen=True)
class Hour:
    """The plan of a mentor's hour over all trainees."""

    mentor: User
    trainees: list[TraineeNeeds]

    @cached_property
    def needing(self) -> list[TraineeNeeds]:
        """The trainees who need the mentor, in the order of their most urgent needs."""
        found = [one for one in self.trainees if one.needs]
        return sorted(found, key=lambda one: (one.needs[0].order, one.trainee.pk))

    @cached_property
    def fine(self) -> list[TraineeNeeds]:
        """The trainees who do not need the mentor this week."""
        return [one for one in self.trainees if not one.needs]

    @cached_property
    def active(self) -> list[TraineeNeeds]:
        return [one for one in self.trainees if one.is_active]

    @cached_property
    def planned(self) -> list[TraineeNeeds]:
        """The trainees who fit into the hour, in order."""
        left, found = HOUR_MINUTES, []
        for one in self.needing:
            if one.minutes > left:
                break
            left -= one.minutes
            found.append(one)
        return found

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.planned)

    @property
    def free(self) -> int:
        return HOUR_MINUTES - self.minutes

    @property
    def free_span(self) -> int:
        return 12 - sum(one.span for one in self.planned)

    @property
    def beyond(self) -> int:
        """The number of trainees who need the mentor and do not fit into the hour."""
        return len(self.needing) - len(self.planned)

    @cached_property
    def due(self) -> list[tuple[TraineeNeeds, Assignment, str]]:
        """The assignments of all trainees with their titles, the earliest first."""
        assignments = [(one, due, assignment_title(due)) for one in self.trainees for due in one.activity.due]
        return sorted(assignments, key=lambda item: item[1].due_on)


def plan_hour(mentor: User) -> Hour:
    """Plan the mentor's hour. The number of queries does not depend on the number of trainees."""
    now = timezone.now()
    mentorships = Mentorship.objects.open().filter(mentor=mentor).select_related("trainee", "programme")
    return Hour(mentor, [_trainee_needs(activity, now) for activity in load_activity(mentorships, now)])


def _trainee_needs(activity: TraineeActivity, now: datetime) -> TraineeNeeds:
    needs = sorted(_needs(activity, now), key=lambda need: need.order)
    if any(need.kind not in ("new", "passed") for need in needs):  # whoever answers a question has said hello
        needs = [need for need in needs if need.kind != "new"]
    return TraineeNeeds(activity, needs, now)


def _needs(activity: TraineeActivity, now: datetime) -> Iterator[Need]:
    for question in activity.open_questions:
        yield Need(kind="question", since=question.waits_since or now, question=question)
    stuck = _stuck_in_running_lab(activity, now) or _stuck_in_attempts(activity)
    if stuck:
        yield stuck
    for assignment in activity.due:
        if assignment.is_late:
            since = timezone.make_aware(datetime.combine(assignment.due_on + timedelta(days=1), time()))
            yield Need(kind="late", since=since, assignment=assignment, title=assignment_title(assignment))
    consented = activity.mentorship.consented_at or now
    last = activity.last_active_at or consented
    if now - consented < QUIET_FOR and not (activity.is_greeted and activity.last_active_at):
        yield Need(kind="new", since=consented)
    elif now - last >= QUIET_FOR:
        yield Need(kind="quiet", since=last)
    recent = (one for one in activity.attempts if _is_pass(one) and one.finished_at > now - 2 * LAST_WEEK)
    passed = next(recent, None)
    if passed and passed.pk not in activity.commented_attempts:
        yield Need(kind="passed", since=passed.finished_at, attempt=passed, lab=lab_title(passed.lab))


def _is_pass(attempt: Attempt) -> bool:
    return attempt.kind == Attempt.Kind.ATTEMPT and attempt.is_full


def _stuck_in_running_lab(activity: TraineeActivity, now: datetime) -> Need | None:
    """Return a need if the first failing check has failed for STUCK_FOR and no other check has passed meanwhile.

    A check of a later stage fails from the beginning. So the time counts from the last check that passed: the trainee has
    only just reached the failing one.
    """
    if not (activity.session and activity.failing_checks):
        return None
    row = activity.failing_checks[0]
    since = max(row.since, activity.last_check_passed_at or row.since)
    if now - since < STUCK_FOR:
        return None
    lab, last = activity.session.lab, activity.attempts[0] if activity.attempts else None
    is_same_session = last is not None and last.session_id == activity.session.pk
    verdict = _failed_verdict(activity, last, row.check_id) if is_same_session else None
    return _stuck(lab, row.check_id, verdict or row, since=since, attempt=last if verdict else None)


def _stuck_in_attempts(activity: TraineeActivity) -> Need | None:
    """Return a need if the first check that failed in the last lab has failed in each of the last STUCK_ATTEMPTS attempts."""
    attempts = activity.attempts_at_last_lab if activity.attempts else []
    if not attempts or not (failed := activity.failed_verdicts.get(attempts[0].pk)):
        return None
    check, in_a_row = failed[0].check_id, []
    for attempt in attempts:
        if _failed_verdict(activity, attempt, check) is None:
            break
        in_a_row.append(attempt)
    if len(in_a_row) < STUCK_ATTEMPTS:
        return None
    since, times = in_a_row[-1].finished_at, len(in_a_row)
    return _stuck(attempts[0].lab, check, failed[0], since=since, attempt=attempts[0], times=times)


def _failed_verdict(activity: TraineeActivity, attempt: Attempt | None, check: str) -> VerdictRecord | None:
    rows = activity.failed_verdicts.get(attempt.pk, ()) if attempt else ()
    return next((row for row in rows if row.check_id == check), None)


def _stuck(
    lab: str, check: str, row: VerdictRecord | CheckStatus, *, since: datetime, attempt: Attempt | None, times: int = 0
) -> Need:
    failing = FailedCheck(check_titles([lab]).get((lab, check), check), row)
    return Need(kind="stuck", since=since, attempt=attempt, lab=lab_title(lab), times=times, verdict=failing)
