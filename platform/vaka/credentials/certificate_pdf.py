"""The PDF of a certificate: one A4 sheet in landscape, with embedded fonts and a QR code of the page that verifies it.

Import this module only where a PDF is drawn: the library needs 58 MB of memory.
"""

from io import BytesIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from vaka.credentials import compass_rose, fonts, wording
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.models import Credential
from vaka.web import qr

INK, QUIET, NORTH, WHITE = (20, 36, 46), (69, 86, 95), (155, 27, 105), (255, 255, 255)  # of tokens.css
WIDE, HIGH, EDGE, RIM = 297, 210, 10, 2.2  # mm: the sheet, the margin outside the frame, the width of the frame
LEFT, TOP, TEXT = 24, 24, 178  # mm: where the text begins, and the width of a line
SIDE = LEFT + TEXT + 14  # mm: where the column with the compass rose and the QR code begins
FULL = HIGH - EDGE - 42  # mm: the end of the text; the issuer is printed below
STEP = 10  # mm: the length of the black and white parts of the frame, as on a nautical chart


class Sheet(FPDF):
    """Pages with our fonts, and those that the texts need. Lengths are in mm, font sizes in points."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self.set_auto_page_break(False)
        self.set_margins(LEFT, TOP, WIDE - LEFT - TEXT)
        self.add_font("sans", "", fonts.FOLDER / fonts.SANS)
        self.add_font("sans", "B", fonts.FOLDER / fonts.BOLD)
        self.add_font("serif", "", fonts.FOLDER / fonts.SERIF)
        more = fonts.needed(texts)
        for font in more:
            self.add_font(font, "", fonts.FOLDER / font)
        self.set_fallback_fonts(more, exact_match=False)
        self.set_text_shaping(True)

    def say(
        self,
        text: str,
        *,
        size: float,
        font: str = "sans",
        bold: bool = False,
        ink: tuple[int, ...] = INK,
        gap: float = 0,
    ) -> None:
        """Write a paragraph below the previous one."""
        self.set_font(font, "B" if bold else "", size)
        self.set_text_color(*ink)
        self.multi_cell(TEXT, size * 0.53, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(gap)


def draw(credential: Credential, content: CertificateContent) -> bytes:
    """Return the PDF of a published certificate."""
    sheet = Sheet(texts_of(credential, content))
    sheet.add_page()
    sheet.set_title(f"{content.title}: {credential.name}")
    sheet.set_lang(get_language() or "en")
    sheet.set_creator("Vaka")
    if credential.issued_at:
        sheet.set_creation_date(credential.issued_at)
    add_certificate(sheet, credential, content)
    out = BytesIO()
    sheet.output(out)
    return out.getvalue()


def texts_of(credential: Credential, content: CertificateContent) -> list[str]:
    """Return what may need letters of more fonts."""
    return [credential.name, content.title, content.summary, *content.events, *content.notes]


def add_certificate(sheet: Sheet, credential: Credential, content: CertificateContent) -> None:
    """Draw a published certificate on the page that was added last."""
    frame(sheet)
    sheet.set_xy(LEFT, TOP)
    sheet.say(_("Vaka certificate"), size=11, ink=QUIET, gap=2)
    sheet.say(credential.name, size=fitting(sheet, credential.name, 34), font="serif", gap=2)
    sheet.say(
        _("has met the requirements, on a live network, for:")
        if content.stages
        else _("has met the requirements for:"),
        size=12,
    )
    sheet.say(content.title, size=17, font="serif", gap=1)
    sheet.say(content.summary, size=11, ink=QUIET, gap=3)
    sheet.say(_("What was checked"), size=14, font="serif", gap=1)
    for line in wording.checked_lines(content):
        if sheet.get_y() > FULL:
            sheet.say(_("The page at the address on the right has more."), size=10.5)
            break
        sheet.say(f"–  {line}", size=10.5, gap=0.8)
    foot(sheet, credential, content.time_zone)
    side(sheet, credential)


def fitting(sheet: FPDF, text: str, size: float) -> float:
    """Return the largest size, up to this one, at which the text stays on one line; never below 16 points."""
    while size > 16:
        sheet.set_font("serif", "", size)
        if sheet.get_string_width(text) <= TEXT - 3:  # a cell has its own margins
            break
        size -= 1
    return size


def foot(sheet: Sheet, credential: Credential, time_zone: str) -> None:
    issued = credential.issued_at
    if issued and time_zone:
        issued = issued.astimezone(ZoneInfo(time_zone))
    at = date_format(issued, "j F Y") if issued else ""
    sheet.set_xy(LEFT, HIGH - EDGE - 24)
    sheet.say(_("Issued on %(date)s by %(issuer)s.") % {"date": at, "issuer": settings.ISSUER}, size=10.5, gap=0.5)
    sheet.say(
        _(
            "The holder chose how the name is written. This paper alone is not a proof: verify it at the address on the right."
        ),
        size=9,
        ink=QUIET,
    )


def side(sheet: Sheet, credential: Credential) -> None:
    """Draw the compass rose, the QR code and the number."""
    middle = (SIDE + WIDE - EDGE - 12) / 2
    compass(sheet, middle, TOP + 26, 26 / 52)
    modules = qr.matrix(credential.url)
    size = 44 / len(modules)
    left, top = middle - 22, TOP + 62
    sheet.set_fill_color(0, 0, 0)
    for y, row in enumerate(modules):
        for x, width in qr.runs(row):
            sheet.rect(left + x * size, top + y * size, width * size, size, style="F")
    sheet.set_xy(middle - 30, top + 46)
    for text, size_, bold in (
        (_("Verify it at"), 9, False),
        (credential.url.partition("://")[2], 8, False),
        (_("Number"), 9, False),
        (credential.shown_number, 10, True),
    ):
        sheet.set_font("sans", "B" if bold else "", size_)
        sheet.set_text_color(*INK)
        sheet.set_x(middle - 30)
        sheet.multi_cell(60, size_ * 0.5, text, align="C", new_x=XPos.LEFT, new_y=YPos.NEXT)
    sheet.link(left, top, 44, 44, credential.url)


def compass(sheet: FPDF, x: float, y: float, scale: float) -> None:
    def on_sheet(point: compass_rose.Point) -> compass_rose.Point:
        return x + point[0] * scale, y + point[1] * scale

    sheet.set_draw_color(*INK)
    sheet.set_line_width(0.2)
    for radius in (compass_rose.INNER, compass_rose.OUTER):
        sheet.circle(x, y, radius * scale)
    for inner, outer in compass_rose.ticks():
        sheet.line(*on_sheet(inner), *on_sheet(outer))
    for needle in compass_rose.needles():
        sheet.set_fill_color(*WHITE)
        sheet.polygon([on_sheet(needle.tip), on_sheet(needle.left), on_sheet((0, 0))], style="DF")
        sheet.set_fill_color(*(NORTH if needle.is_north else INK))
        sheet.polygon([on_sheet(needle.tip), on_sheet(needle.right), on_sheet((0, 0))], style="DF")


def frame(sheet: FPDF) -> None:
    """Draw the frame of a nautical chart: two lines, and between them alternating black and white."""
    sheet.set_draw_color(*INK)
    sheet.set_fill_color(*INK)
    sheet.set_line_width(0.25)
    wide, high = WIDE - 2 * EDGE, HIGH - 2 * EDGE
    for along in range(0, wide, 2 * STEP):
        for top in (EDGE, HIGH - EDGE - RIM):
            sheet.rect(EDGE + along, top, min(STEP, wide - along), RIM, style="F")
    for down in range(0, high, 2 * STEP):
        for left in (EDGE, WIDE - EDGE - RIM):
            sheet.rect(left, EDGE + down, RIM, min(STEP, high - down), style="F")
    sheet.rect(EDGE, EDGE, wide, high)
    sheet.rect(EDGE + RIM, EDGE + RIM, wide - 2 * RIM, high - 2 * RIM)
