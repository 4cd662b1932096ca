"""A mentor's hour: who needs him, on what, and who can wait. The oldest need comes first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.models import Attempt, CheckStatus, VerdictRecord
from labs.pages.stages import words
from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Mentorship, Programme, Question
from vaka.mentoring.pages import activity as facts
from vaka.mentoring.pages import question_subject
from vaka.mentoring.pages.activity import LATELY, Facts, gather

THE_HOUR = 60  # minutes
SAME_AGAIN = 3  # attempts in a row in which the same check failed first
STOOD_STILL = timedelta(minutes=45)  # in a running lab, on the same check
QUIET = timedelta(days=7)
MINUTES = {"question": 10, "stuck": 15, "late": 5, "quiet": 15, "passed": 5, "new": 5}
MOST = 25  # minutes for one person


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One reason to turn to somebody. ``kind`` is a key of MINUTES."""

    kind: str
    since: datetime
    question: Question | None = None
    attempt: Attempt | None = None
    lab: str = ""  # its title
    times: int = 0  # how often the same check has failed in a row
    verdict: "Failing | None" = None
    task: Assignment | None = None
    title: str = ""  # of what is due


@dataclass(frozen=True, slots=True)
class Failing:
    """The check that somebody is stuck on, with what it said."""

    title: str
    row: VerdictRecord | CheckStatus

    @property
    def expected(self) -> str:
        return words(self.row.expected)

    @property
    def seen(self) -> str:
        return words(self.row.seen)

    @property
    def cause(self) -> str:
        return words(self.row.cause)

    @property
    def evidence(self) -> str:
        return question_subject.evidence(self.row.evidence) if isinstance(self.row, VerdictRecord) else ""


@dataclass(frozen=True)
class Person:
    facts: Facts
    needs: list[Need]
    now: datetime

    @property
    def trainee(self) -> User:
        assert self.facts.mentorship.trainee is not None  # noqa: S101  # of an open mentorship
        return self.facts.mentorship.trainee

    @property
    def programme(self) -> Programme:
        return self.facts.mentorship.programme

    @property
    def since(self) -> datetime:
        return self.needs[0].since

    @property
    def is_good_news(self) -> bool:
        return all(need.kind == "passed" for need in self.needs)

    @property
    def minutes(self) -> int:
        return min(MOST, sum(MINUTES[need.kind] for need in self.needs))

    @property
    def span(self) -> int:
        """Its part of the hour, in twelfths."""
        return max(1, round(self.minutes / 5))

    @property
    def first_name(self) -> str:
        return self.trainee.first_name or self.trainee.username

    # Who moved

    @property
    def lessons(self) -> int:
        return sum(at > self.now - LATELY for at in self.facts.lessons.values())

    @property
    def labs(self) -> list[str]:
        """Titles of labs that he passed lately."""
        full = [one for one in self.facts.attempts if _counts(one) and one.finished_at > self.now - LATELY]
        return [facts.lab_title(lab) for lab in dict.fromkeys(one.lab for one in reversed(full))]

    @property
    def attempts(self) -> int:
        return sum(one.finished_at > self.now - LATELY for one in self.facts.attempts)

    @property
    def moved(self) -> bool:
        return bool(self.lessons or self.facts.answers or self.attempts)

    @property
    def did(self) -> list[str]:
        """What he did in the last week, each a phrase of its own."""
        found = []
        if self.lessons:
            found.append(ngettext("%d lesson done", "%d lessons done", self.lessons) % self.lessons)
        if self.facts.answers:
            count = self.facts.answers
            found.append(ngettext("%d answer to a question", "%d answers to questions", count) % count)
        if self.attempts:
            found.append(ngettext("%d check of the work", "%d checks of the work", self.attempts) % self.attempts)
        found += [_("passed “%(lab)s”") % {"lab": title} for title in self.labs]
        return found

    @property
    def where(self) -> str:
        """Where he is now, for who can wait."""
        if self.facts.session:
            return _("in “%(lab)s” now") % {"lab": facts.lab_title(self.facts.session.lab)}
        return ""


@dataclass(frozen=True)
class Hour:
    mentor: User
    people: list[Person]
    away: datetime | None = field(default=None)

    @cached_property
    def needing(self) -> list[Person]:
        """Who needs the mentor, the oldest need first; good news after that."""
        found = [person for person in self.people if person.needs]
        return sorted(found, key=lambda person: (person.is_good_news, person.since, person.trainee.pk))

    @cached_property
    def waiting(self) -> list[Person]:
        return [person for person in self.people if not person.needs]

    @cached_property
    def moved(self) -> list[Person]:
        return [person for person in self.people if person.moved]

    @cached_property
    def planned(self) -> list[Person]:
        """Who fits into the hour, in order."""
        left, found = THE_HOUR, []
        for person in self.needing:
            if person.minutes > left:
                break
            left -= person.minutes
            found.append(person)
        return found

    @property
    def minutes(self) -> int:
        return sum(person.minutes for person in self.planned)

    @property
    def free(self) -> int:
        return THE_HOUR - self.minutes

    @property
    def free_span(self) -> int:
        return 12 - sum(person.span for person in self.planned)

    @property
    def beyond(self) -> int:
        return len(self.needing) - len(self.planned)

    @cached_property
    def due(self) -> list[tuple[Person, Assignment, str]]:
        """What is due of all, the nearest first."""
        tasks = [(person, task, facts.task_title(task)) for person in self.people for task in person.facts.due]
        return sorted(tasks, key=lambda item: item[1].due_on)


def hour(mentor: User) -> Hour:
    """Plan the mentor's hour. The number of questions to the database does not depend on how many follow him."""
    now = timezone.now()
    held = Mentorship.objects.open().filter(mentor=mentor).select_related("trainee", "programme")
    return Hour(mentor, [_person(one, now) for one in gather(held, now)])


def _person(one: Facts, now: datetime) -> Person:
    return Person(one, sorted(_needs(one, now), key=lambda need: (need.kind == "passed", need.since)), now)


def _needs(one: Facts, now: datetime) -> Iterator[Need]:
    for question in one.questions:
        yield Need(kind="question", since=question.waits_since or now, question=question)
    stuck = _stands_still(one, now) or _same_again(one)
    if stuck:
        yield stuck
    for task in one.due:
        if task.is_late:
            since = timezone.make_aware(datetime.combine(task.due_on + timedelta(days=1), time()))
            yield Need(kind="late", since=since, task=task, title=facts.task_title(task))
    last = one.last or one.mentorship.consented_at or now
    if one.last is None and now - last < QUIET:
        yield Need(kind="new", since=last)
    elif now - last >= QUIET:
        yield Need(kind="quiet", since=last)
    best = next((a for a in one.attempts if _counts(a) and a.finished_at > now - 2 * LATELY), None)
    if best and best.pk not in one.seen:
        yield Need(kind="passed", since=best.finished_at, attempt=best, lab=facts.lab_title(best.lab))


def _counts(attempt: Attempt) -> bool:
    return attempt.kind == Attempt.Kind.ATTEMPT and attempt.is_full


def _stands_still(one: Facts, now: datetime) -> Need | None:
    """In a lab that runs: the first check that fails has been failing for long, and no other has passed meanwhile.

    A check of a later stage fails from the first look on; who comes to it has just arrived.
    """
    if not (one.session and one.failing):
        return None
    row = one.failing[0]
    since = max(row.since, one.went_on or row.since)
    if now - since < STOOD_STILL:
        return None
    lab, last = one.session.lab, one.attempts[0] if one.attempts else None
    verdict = _same(one, last, row.check_id) if last and last.session_id == one.session.pk else None
    return _stuck(lab, row.check_id, verdict or row, since=since, attempt=last if verdict else None)


def _same_again(one: Facts) -> Need | None:
    """In his last lab: the first check that failed has failed in each of the last attempts."""
    attempts = one.of_last_lab if one.attempts else []
    if not attempts or not (failed := one.verdicts.get(attempts[0].pk)):
        return None
    check, run = failed[0].check_id, []
    for attempt in attempts:
        if _same(one, attempt, check) is None:
            break
        run.append(attempt)
    if len(run) < SAME_AGAIN:
        return None
    return _stuck(attempts[0].lab, check, failed[0], since=run[-1].finished_at, attempt=attempts[0], times=len(run))


def _same(one: Facts, attempt: Attempt | None, check: str) -> VerdictRecord | None:
    rows = one.verdicts.get(attempt.pk, ()) if attempt else ()
    return next((row for row in rows if row.check_id == check), None)


def _stuck(
    lab: str, check: str, row: VerdictRecord | CheckStatus, *, since: datetime, attempt: Attempt | None, times: int = 0
) -> Need:
    title = facts.check_titles([lab]).get((lab, check), check)
    failing = Failing(title, row)
    return Need(kind="stuck", since=since, attempt=attempt, lab=facts.lab_title(lab), times=times, verdict=failing)
