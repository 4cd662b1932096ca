"""How far somebody is with what a course asks for its certificate, and the attempts that show it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from courses.certificate_rule import Rule
from courses.content import Course
from courses.progress import Progress
from labs.models import Attempt
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that is asked, and what there is of it."""

    text: str
    met: bool
    lab: str = ""  # where to go for it


@dataclass(frozen=True, slots=True)
class Earning:
    """Where a learner is with the rule of a course."""

    demands: tuple[Demand, ...]
    attempts: tuple[Attempt, ...]  # the best for each lab that is asked, where there is one

    @property
    def is_earned(self) -> bool:
        return all(demand.met for demand in self.demands)


def earning(learner: User, progress: Progress) -> Earning | None:
    """Ask the database, once, and compare; None where the course gives no certificate."""
    rule = progress.course.certificate
    if rule is None:
        return None
    tried = Attempt.objects.filter(learner=learner, kind=Attempt.Kind.ATTEMPT, lab__in=rule.labs)
    best = best_of(rule, tried)
    demands = [*_of_reading(rule, progress), *(_of_lab(rule, lab, best.get(lab)) for lab in rule.labs)]
    return Earning(tuple(demands), tuple(best[lab] for lab in rule.labs if lab in best))


def best_of(rule: Rule, attempts: Iterable[Attempt]) -> dict[str, Attempt]:
    """Return of each lab the attempt that counts: the most points; of equals a supervised one, an unassisted one, the first."""
    best: dict[str, Attempt] = {}
    for attempt in sorted(attempts, key=_worth):
        if rule.assisted or not attempt.assisted:
            best[attempt.lab] = attempt
    return best


def _worth(attempt: Attempt) -> tuple[float, bool, bool, int]:
    return attempt.score / max(attempt.out_of, 1), bool(attempt.supervised_by), not attempt.assisted, -attempt.pk


def percent(attempt: Attempt) -> int:
    """Points in percent, rounded down: what is not quite enough must not look like it."""
    return attempt.score * 100 // attempt.out_of if attempt.out_of else 0


def _of_reading(rule: Rule, progress: Progress) -> Iterable[Demand]:
    if rule.lessons:
        said = sum(1 for lesson in rule.lessons if lesson in progress.said_done)
        text = ngettext("Lessons read: %(done)s of %(total)s", "Lessons read: %(done)s of %(total)s", len(rule.lessons))
        yield Demand(text % {"done": said, "total": len(rule.lessons)}, said == len(rule.lessons))
    if rule.quizzes:
        done, total = answered(progress.course, rule, progress)
        text = ngettext("Questions answered: %(done)s of %(total)s", "Questions answered: %(done)s of %(total)s", total)
        yield Demand(text % {"done": done, "total": total}, done == total)


def answered(course: Course, rule: Rule, progress: Progress) -> tuple[int, int]:
    """Return how many questions are answered of those that the rule asks, and how many it asks."""
    lessons = [lesson for lesson in course.lessons() if lesson.id in rule.quizzes and lesson.quiz]
    total = sum(len(lesson.quiz.questions) for lesson in lessons if lesson.quiz)
    return total - sum(progress.open_questions(lesson) for lesson in lessons), total


def _of_lab(rule: Rule, lab: str, best: Attempt | None) -> Demand:
    try:
        title = newest(lab).title
    except NoSuchLab:
        title = lab
    words = {"lab": title, "least": rule.least_percent}
    if best is None and not rule.assisted:
        text = gettext(
            "%(lab)s: no attempt yet. %(least)s %% of the points are asked, without a stage that is done for you."
        )
    elif best is None:
        text = gettext("%(lab)s: no attempt yet. %(least)s %% of the points are asked.")
    elif best.unknown and percent(best) < rule.least_percent:
        words |= {"percent": percent(best)}
        text = gettext(
            "%(lab)s: %(percent)s %% of the points; %(least)s %% are asked. Some we could not look at: check your work again."
        )
    else:
        words |= {"percent": percent(best)}
        text = gettext("%(lab)s: %(percent)s %% of the points; %(least)s %% are asked.")
    return Demand(text % words, best is not None and best.score * 100 >= rule.least_percent * best.out_of > 0, lab)
