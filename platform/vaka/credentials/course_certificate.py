"""The content of a course's certificate, from the course's rule and the attempts that met it."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext, ngettext

from courses.certificate_progress import certificate_progress, questions_answered
from courses.certificate_rule import CertificateRule
from courses.content import Course
from courses.loader import catalogue
from courses.models import QuizAnswer
from courses.progress import CourseProgress, progress_in
from labs.models import Attempt, VerdictRecord
from labs.registry import versions
from vaka.accounts.models import User
from vaka.credentials.certificate_content import CertificateContent, GradedStage


class NotEarned(Exception):
    """The learner does not meet the course's rule, or the course gives no certificate."""


def certificate_content(learner: User, course: Course) -> CertificateContent:
    """Return the content of the learner's certificate as of now. Raises NotEarned."""
    progress = progress_in(learner, course)
    earned = certificate_progress(learner, progress)
    if course.certificate is None or earned is None or not earned.is_earned:
        raise NotEarned
    return CertificateContent(
        achievement=f"course/{course.id}",
        title=course.title,
        summary=course.summary,
        criteria=" ".join(_criteria(course, course.certificate, progress)),
        notes=tuple(_notes(learner, course, course.certificate, progress)),
        stages=tuple(graded_stages(earned.attempts)),
    )


def course_of(achievement: str) -> Course | None:
    """Return the course to which an achievement belongs; None if it is not for a course, or the course no longer exists."""
    kind, _slash, name = achievement.partition("/")
    return catalogue(settings.COURSE_CONTENT).get(name) if kind == "course" else None


def _criteria(course: Course, rule: CertificateRule, progress: CourseProgress) -> Iterable[str]:
    if rule.lessons:
        count = len(rule.lessons)
        yield ngettext("%(count)s lesson read.", "%(count)s lessons read.", count) % {"count": count}
    if rule.quizzes:
        count = questions_answered(course, rule, progress)[1]
        yield ngettext("%(count)s question answered.", "%(count)s questions answered.", count) % {"count": count}
    if rule.labs:
        values = {"count": len(rule.labs), "least": rule.least_percent}
        text = ngettext(
            "%(count)s lab passed on a live network, with at least %(least)s %% of its points.",
            "%(count)s labs passed on a live network, with at least %(least)s %% of the points of each.",
            len(rule.labs),
        )
        yield text % values
        if rule.assisted:
            yield gettext("A stage that was done for the learner gives no points.")
        else:
            yield gettext("No stage was done for the learner.")


def _notes(learner: User, course: Course, rule: CertificateRule, progress: CourseProgress) -> Iterable[str]:
    """Yield what was not graded on a network, and say so."""
    if rule.lessons:
        count = len(rule.lessons)
        yield ngettext(
            "%(count)s lesson read, according to the learner.",
            "%(count)s lessons read, according to the learner.",
            count,
        ) % {"count": count}
    if rule.quizzes:
        quizzes = [lesson.quiz.id for lesson in course.lessons() if lesson.id in rule.quizzes and lesson.quiz]
        right = QuizAnswer.objects.of(learner).filter(quiz__in=quizzes, right=True)
        values = {
            "count": questions_answered(course, rule, progress)[1],
            "right": right.values("quiz", "question").distinct().count(),
        }
        yield (
            ngettext(
                "%(count)s question answered. Right after any number of tries: %(right)s.",
                "%(count)s questions answered. Right after any number of tries: %(right)s.",
                values["count"],
            )
            % values
        )


def graded_stages(attempts: Iterable[Attempt]) -> Iterable[GradedStage]:
    """Yield the stages of these attempts as they were graded."""
    for attempt in attempts:
        lab, titles = _titles(attempt)
        records: Iterable[VerdictRecord] = attempt.verdicts.all()
        for stage, group in groupby(records, lambda record: record.stage):
            verdicts = list(group)
            yield GradedStage(
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
    """Return the titles of the lab and its stages, from the version that was graded; if that is gone, from the newest."""
    lab = None
    with suppress(versions.NoSuchLab):
        lab = versions.newest(attempt.lab, attempt.seed)
    with suppress(versions.NoSuchLab):
        lab = versions.version(attempt.lab, attempt.lab_version, attempt.seed)
    if lab is None:  # the lab has left the catalogue since
        return attempt.lab, {}
    return lab.title, {stage.id: stage.title for stage in lab.stages}
