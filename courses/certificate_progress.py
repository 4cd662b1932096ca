"""The requirements that a learner still lacks for the certificate of a course, and the attempts that count for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from courses.certificate_rule import CertificateRule, percent
from courses.content import Course
from courses.progress import CourseProgress
from labs.models import Attempt
from labs.registry.versions import NoSuchLab, newest
from vaka.accounts.models import User


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of the certificate rule, with how far the learner is, as a sentence."""

    text: str
    is_met: bool
    lab: str = ""  # the id of the lab, for a link to it; empty for lessons and questions


@dataclass(frozen=True, slots=True)
class CertificateProgress:
    """The requirements of a course's certificate, and those that the learner has met."""

    requirements: tuple[Requirement, ...]
    attempts: tuple[Attempt, ...]  # the best attempt at each required lab, where there is one

    @property
    def is_earned(self) -> bool:
        return all(requirement.is_met for requirement in self.requirements)


def certificate_progress(learner: User, progress: CourseProgress) -> CertificateProgress | None:
    """Compare the learner's progress with the rule, with one query; None if the course gives no certificate."""
    rule = progress.course.certificate
    if rule is None:
        return None
    attempts = Attempt.objects.filter(learner=learner, kind=Attempt.Kind.ATTEMPT, lab__in=rule.labs)
    best = best_attempts(rule, attempts)
    requirements = [*_reading(rule, progress), *(_lab(rule, lab, best.get(lab)) for lab in rule.labs)]
    return CertificateProgress(tuple(requirements), tuple(best[lab] for lab in rule.labs if lab in best))


def best_attempts(rule: CertificateRule, attempts: Iterable[Attempt]) -> dict[str, Attempt]:
    """Return the attempt that counts for each lab.

    It is the one with the most points. Of equal ones a supervised attempt counts first, then an unassisted one, then the
    oldest.
    """
    best: dict[str, Attempt] = {}
    for attempt in sorted(attempts, key=_rank):
        if rule.assisted or not attempt.assisted:
            best[attempt.lab] = attempt
    return best


def _rank(attempt: Attempt) -> tuple[float, bool, bool, int]:
    return attempt.score / max(attempt.out_of, 1), bool(attempt.supervised_by), not attempt.assisted, -attempt.pk


def _reading(rule: CertificateRule, progress: CourseProgress) -> Iterable[Requirement]:
    if rule.lessons:
        read = sum(1 for lesson in rule.lessons if lesson in progress.marked_done)
        text = ngettext("Lessons read: %(done)s of %(total)s", "Lessons read: %(done)s of %(total)s", len(rule.lessons))
        yield Requirement(text % {"done": read, "total": len(rule.lessons)}, read == len(rule.lessons))
    if rule.quizzes:
        done, total = questions_answered(progress.course, rule, progress)
        text = ngettext("Questions answered: %(done)s of %(total)s", "Questions answered: %(done)s of %(total)s", total)
        yield Requirement(text % {"done": done, "total": total}, done == total)


def questions_answered(course: Course, rule: CertificateRule, progress: CourseProgress) -> tuple[int, int]:
    """Return (answered, required): how many of the questions that the rule requires are answered, and their number."""
    lessons = [lesson for lesson in course.lessons() if lesson.id in rule.quizzes and lesson.quiz]
    total = sum(len(lesson.quiz.questions) for lesson in lessons if lesson.quiz)
    return total - sum(progress.open_questions(lesson) for lesson in lessons), total


def _lab(rule: CertificateRule, lab: str, best: Attempt | None) -> Requirement:
    try:
        title = newest(lab).title
    except NoSuchLab:
        title = lab
    values = {"lab": title, "least": rule.least_percent}
    if best is None and not rule.assisted:
        text = gettext(
            "%(lab)s: no attempt yet. You need %(least)s %% of the points, without a stage that is done for you."
        )
    elif best is None:
        text = gettext("%(lab)s: no attempt yet. You need %(least)s %% of the points.")
    elif best.unknown and percent(best.score, best.out_of) < rule.least_percent:
        values |= {"percent": percent(best.score, best.out_of)}
        text = gettext(
            "%(lab)s: you have %(percent)s %% of the points and need %(least)s %%. "
            "Some checks had no result. Check your work again."
        )
    else:
        values |= {"percent": percent(best.score, best.out_of)}
        text = gettext("%(lab)s: you have %(percent)s %% of the points and need %(least)s %%.")
    is_met = best is not None and best.score * 100 >= rule.least_percent * best.out_of > 0
    return Requirement(text % values, is_met, lab)
