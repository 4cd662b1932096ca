"""Certificates of a workshop, for each seat that met the rule."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.course_certificate import graded_stages
from vaka.credentials.issuing import Barred, issue
from vaka.credentials.models import Credential
from vaka.workshops.models import Workshop
from vaka.workshops.services import exam_results
from vaka.workshops.services.agenda_attendance import AttendanceGrid
from vaka.workshops.services.exam_results import ExamResult
from vaka.workshops.services.report import Report, SeatResult

if TYPE_CHECKING:
    from vaka.credentials.attendance_pdf import AttendanceCertificate


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


def of_attendance(workshop: Workshop) -> "list[AttendanceCertificate]":
    """A certificate of attendance for each seat that attended an agenda item, in the order of the seats."""
    from vaka.credentials.attendance_pdf import AttendanceCertificate, days_in_words  # imported here: it is large

    grid = AttendanceGrid(workshop)
    facts = {"title": workshop.title, "place": workshop.place, "signer": workshop.signer}
    facts |= {"signer_role": workshop.signer_role, "days": days_in_words(workshop.first_day, workshop.last_day)}
    logo = bytes(workshop.logo) if workshop.logo else None
    return [
        AttendanceCertificate(
            names=[name for name in (seat.name, seat.partner) if name], hours=grid.hours(seat), logo=logo, **facts
        )
        for seat in grid.seats
        if grid.hours(seat)
    ]


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
    minutes = result.item.minutes + result.sitting.given_minutes
    facts = {"title": result.item.title, "score": result.score, "of": result.out_of, "minutes": minutes}
    return text % facts


def certificate_content(workshop: Workshop, report: Report, row: SeatResult) -> CertificateContent:
    titles = ", ".join(lab.title for lab in report.labs)
    days = len(row.days)
    text = _("At least %(least)d %% of the points of the labs of this workshop, shown on a live network: %(labs)s.")
    attended = ngettext("Took part on %(n)d day of %(of)d.", "Took part on %(n)d days of %(of)d.", days)
    notes = [attended % {"n": days, "of": len(report.days)}]
    if row.hours:
        text_of_hours = _("Attended %(hours)s of %(of)s hours in the room.")
        notes.append(text_of_hours % {"hours": number_format(row.hours, 1), "of": number_format(report.hours_held, 1)})
    if workshop.place:
        notes.append(_("Held in %(place)s.") % {"place": workshop.place})
    if workshop.signer:
        responsible = ", ".join(filter(None, (workshop.signer, workshop.signer_role)))
        notes.append(_("Responsible for the workshop: %(name)s.") % {"name": responsible})
    notes += [_exam_note(result) for result in row.exams if result.passed]
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
        time_zone=workshop.time_zone,
    )
