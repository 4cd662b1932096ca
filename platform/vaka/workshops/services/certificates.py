"""Certificates of a workshop, for each seat that met the rule."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.course_certificate import graded_stages
from vaka.credentials.models import Credential
from vaka.credentials.services import Barred, issue
from vaka.workshops.models import Workshop
from vaka.workshops.services import exam_results
from vaka.workshops.services.exam_results import ExamResult
from vaka.workshops.services.report import Report, SeatResult


def achievement(workshop: Workshop) -> str:
    return f"workshop/{workshop.pk}"


def award(workshop: Workshop) -> int:
    """Make a certificate for each seat that met the rule. Return how many had none before.

    While the results of an exam are sealed, none is made: a certificate never changes, and would not name the exam.
    """
    if exam_results.sealed(workshop):
        return 0
    report = Report(workshop)
    with transaction.atomic():
        had = set(Credential.objects.filter(achievement=achievement(workshop)).values_list("learner", flat=True))
        return sum(_award_to(workshop, report, row) and row.seat.user_id not in had for row in report.met)


def _award_to(workshop: Workshop, report: Report, row: SeatResult) -> bool:
    """The certificate waits until its holder chooses the name on it. A seat of two people has one holder."""
    if row.seat.user is None:
        return False
    try:
        with override(workshop.language):  # the language of the trainees, not of whoever closes the workshop
            issue(row.seat.user, certificate_content(workshop, report, row))
    except Barred:
        return False
    return True


def _exam_note(result: ExamResult) -> str:
    text = _(
        "Passed the exam “%(title)s” with %(score)d of %(of)d points, in a lab of their own, within %(minutes)d minutes and "
        "without hints."
    )
    facts = {"title": result.item.title, "score": result.score, "of": result.out_of, "minutes": result.item.minutes}
    return text % facts


def certificate_content(workshop: Workshop, report: Report, row: SeatResult) -> CertificateContent:
    titles = ", ".join(lab.title for lab in report.labs)
    days = len(row.days)
    text = _("At least %(least)d %% of the points of the labs of this workshop, shown on a live network: %(labs)s.")
    attended = ngettext("Took part on %(n)d day of %(of)d.", "Took part on %(n)d days of %(of)d.", days)
    notes = [attended % {"n": days, "of": len(report.days)}]
    notes += [_exam_note(result) for result in report.exams.get(row.seat.pk, []) if result.passed]
    if row.seat.partner:
        notes.append(
            _("Two people shared this seat and its work: the holder and %(partner)s.") % {"partner": row.seat.partner}
        )
    return CertificateContent(
        achievement=achievement(workshop),
        title=workshop.title,
        summary=_("Has worked through the labs of this workshop on live networks."),
        criteria=text % {"least": workshop.pass_percent, "labs": titles},
        notes=tuple(notes),
        stages=tuple(graded_stages(row.attempts)),
    )
