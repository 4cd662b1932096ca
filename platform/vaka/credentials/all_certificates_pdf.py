"""All certificates of a workshop in one PDF: the graded ones that their holders have published, and those of attendance.

Import this module only where a PDF is drawn, as ``vaka.credentials.certificate_pdf``.
"""

from collections.abc import Sequence
from io import BytesIO

from django.utils.translation import gettext as _

from vaka.credentials import certificate_pdf
from vaka.credentials.attendance_pdf import AttendanceCertificate, add_attendance
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.models import Credential


def draw(graded: Sequence[Credential], attended: Sequence[AttendanceCertificate]) -> bytes:
    """Return one PDF: a sheet for each published certificate, then one for each certificate of attendance."""
    contents = [CertificateContent.from_json(one.content) for one in graded]
    texts = [
        text for one, content in zip(graded, contents, strict=True) for text in certificate_pdf.texts_of(one, content)
    ]
    texts += [text for one in attended for text in (*one.names, one.title, one.place, one.signer, one.signer_role)]
    sheet = certificate_pdf.Sheet(texts)
    sheet.set_title(_("Certificates"))
    for credential, content in zip(graded, contents, strict=True):
        sheet.add_page()
        certificate_pdf.add_certificate(sheet, credential, content)
    for one in attended:
        sheet.add_page()
        add_attendance(sheet, one)
    out = BytesIO()
    sheet.output(out)
    return out.getvalue()
