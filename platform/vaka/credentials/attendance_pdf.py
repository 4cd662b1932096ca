"""Certificates of attendance on paper. They say that somebody was there, and nothing that was graded; nobody can verify them.

Import this module only where a PDF is drawn, as ``vaka.credentials.certificate_pdf``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaka.credentials import certificate_pdf

LOGO_WIDE, LOGO_HIGH = 50, 28  # mm, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceCertificate:
    """One sheet. ``names`` are one or two people, who shared a seat."""

    names: Sequence[str]
    title: str
    place: str
    days: str  # as people write them: 1 – 3 December 2026
    hours: float
    signer: str = ""
    signer_role: str = ""
    logo: bytes | None = None  # a PNG


def add_attendance(sheet: certificate_pdf.Sheet, one: AttendanceCertificate) -> None:
    """Draw a certificate of attendance on the sheet's current page. Its fonts must have been chosen for the texts."""
    certificate_pdf.frame(sheet)
    sheet.set_xy(certificate_pdf.LEFT, certificate_pdf.TOP)
    sheet.say(_("Certificate of attendance"), size=11, ink=certificate_pdf.QUIET, gap=2)
    for name in one.names:
        sheet.say(name, size=certificate_pdf.fitting(sheet, name, 32), font="serif", gap=1)
    has = ngettext("has attended:", "have attended:", len(one.names))
    sheet.say(has, size=12, gap=1)
    sheet.say(one.title, size=19, font="serif", gap=2)
    sheet.say(f"{one.place}, {one.days}" if one.place else one.days, size=12, gap=1)
    sheet.say(hours_in_words(one.hours), size=12)
    if one.logo:
        left = certificate_pdf.SIDE
        sheet.image(BytesIO(one.logo), x=left, y=certificate_pdf.TOP, w=LOGO_WIDE, h=LOGO_HIGH, keep_aspect_ratio=True)
    _sign(sheet, one)


def _sign(sheet: certificate_pdf.Sheet, one: AttendanceCertificate) -> None:
    """The line on which somebody signs, and who issued the sheet."""
    top = certificate_pdf.HIGH - certificate_pdf.EDGE - 44
    sheet.set_draw_color(*certificate_pdf.INK)
    sheet.set_line_width(0.25)
    sheet.line(certificate_pdf.LEFT, top, certificate_pdf.LEFT + 80, top)
    sheet.set_xy(certificate_pdf.LEFT, top + 1)
    sheet.say(", ".join(filter(None, (one.signer, one.signer_role))) or _("Signature"), size=10.5, gap=5)
    sheet.say(settings.ISSUER, size=10.5)
    sheet.say(
        _("This sheet says who was there. It says nothing about what was graded."), size=9, ink=certificate_pdf.QUIET
    )


def days_in_words(first: date, last: date) -> str:
    """Return the days as people write them."""
    one = date_format(first, "j F Y")
    return one if first == last else f"{one} – {date_format(last, 'j F Y')}"


def hours_in_words(hours: float) -> str:
    """Return hours with one decimal: 1 hour, 1.5 hours, 6 hours."""
    shown = round(hours, 1)
    whole = shown.is_integer()
    text = ngettext("%(n)s hour", "%(n)s hours", int(shown) if whole else 2)
    return text % {"n": number_format(shown, 0 if whole else 1)}
