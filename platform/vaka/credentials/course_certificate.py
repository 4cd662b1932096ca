"""What a certificate of a course says: from the rule of the course, and from the attempts that met it."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext, ngettext

from courses.certificate_progress import answered, earning
from courses.certificate_rule import Rule
from courses.content import Course
from courses.learner_progress import standing
from courses.loader import catalogue
from courses.models import QuizAnswer
from courses.progress import Progress
from labs.models import Attempt, VerdictRecord
from labs.registry import versions
from vaka.accounts.models import User
from vaka.credentials.certificate import Facts, Stage


class NotEarned(Exception):
    """The rule of the course is not met, or the course gives no certificate."""


def facts(learner: User, course: Course) -> Facts:
    """Return what the learner has shown, as of now. Raises NotEarned."""
    progress = standing(learner, course)
    earned = earning(learner, progress)
    if course.certificate is None or earned is None or not earned.is_earned:
        raise NotEarned
    return Facts(
        achievement=f"course/{course.id}",
        title=course.title,
        summary=course.summary,
        criteria=" ".join(_criteria(course, course.certificate, progress)),
        notes=tuple(_notes(learner, course, course.certificate, progress)),
        stages=tuple(stages_of(earned.attempts)),
    )


def course_of(achievement: str) -> Course | None:
    """Return the course that a certificate is for, if it is one of a course that is still there."""
    kind, _slash, name = achievement.partition("/")
    return catalogue(settings.COURSE_CONTENT).get(name) if kind == "course" else None


def _criteria(course: Course, rule: Rule, progress: Progress) -> Iterable[str]:
    if rule.lessons:
        count = len(rule.lessons)
        yield ngettext("%(count)s lesson read.", "%(count)s lessons read.", count) % {"count": count}
    if rule.quizzes:
        count = answered(course, rule, progress)[1]
        yield ngettext("%(count)s question answered.", "%(count)s questions answered.", count) % {"count": count}
    if rule.labs:
        words = {"count": len(rule.labs), "least": rule.least_percent}
        text = ngettext(
            "%(count)s lab shown on a live network, with at least %(least)s %% of its points.",
            "%(count)s labs shown on a live network, with at least %(least)s %% of the points of each.",
            len(rule.labs),
        )
        yield text % words
        if rule.assisted:
            yield gettext("A stage that was done for the learner gives no points.")
        else:
            yield gettext("No stage was done for the learner.")


def _notes(learner: User, course: Course, rule: Rule, progress: Progress) -> Iterable[str]:
    """What is not graded on a network, said as what it is."""
    if rule.lessons:
        count = len(rule.lessons)
        yield ngettext(
            "%(count)s lesson read, as the learner says.", "%(count)s lessons read, as the learner says.", count
        ) % {"count": count}
    if rule.quizzes:
        quizzes = [lesson.quiz.id for lesson in course.lessons() if lesson.id in rule.quizzes and lesson.quiz]
        right = QuizAnswer.objects.of(learner).filter(quiz__in=quizzes, right=True)
        words = {
            "count": answered(course, rule, progress)[1],
            "right": right.values("quiz", "question").distinct().count(),
        }
        yield (
            ngettext(
                "%(count)s question answered; right, after any number of tries: %(right)s.",
                "%(count)s questions answered; right, after any number of tries: %(right)s.",
                words["count"],
            )
            % words
        )


def stages_of(attempts: Iterable[Attempt]) -> Iterable[Stage]:
    """Yield what these attempts have shown, stage by stage."""
    for attempt in attempts:
        lab, titles = _titles(attempt)
        records: Iterable[VerdictRecord] = attempt.verdicts.all()
        for stage, group in groupby(records, lambda record: record.stage):
            verdicts = list(group)
            yield Stage(
                lab=attempt.lab,
                stage=stage,
                lab_title=lab,
                title=titles.get(stage, stage),
                lab_version=attempt.lab_version,
                seed=attempt.seed,
                passed=sum(1 for verdict in verdicts if verdict.outcome == "passed"),
                checks=len(verdicts),
                points=sum(verdict.points for verdict in verdicts),
                out_of=sum(verdict.out_of for verdict in verdicts),
                graded_at=attempt.finished_at.isoformat(timespec="seconds"),
                assisted=stage in attempt.assisted,
                supervised_by=attempt.supervised_by,
            )


def _titles(attempt: Attempt) -> tuple[str, dict[str, str]]:
    """Return the titles of the lab and of its stages, of the version that was graded, else of today's."""
    lab = None
    with suppress(versions.NoSuchLab):
        lab = versions.newest(attempt.lab, attempt.seed)
    with suppress(versions.NoSuchLab):
        lab = versions.version(attempt.lab, attempt.lab_version, attempt.seed)
    if lab is None:  # taken out of the catalogue since
        return attempt.lab, {}
    return lab.title, {stage.id: stage.title for stage in lab.stages}
