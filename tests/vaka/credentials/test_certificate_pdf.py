"""The PDF of a certificate: the name in any script, and the address of its page."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from vaka.credentials import fonts
from vaka.credentials.models import Credential

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def drawn(client, certificate):
    answer = client.get(f"/c/{certificate.shown_number}/certificate.pdf")
    assert answer["Content-Type"] == "application/pdf"
    [sheet] = PdfReader(BytesIO(answer.content)).pages
    return sheet, answer.content


def test_the_pdf_has_the_name_the_course_what_was_checked_and_the_address(client, certificate):
    sheet, octets = drawn(client, certificate)
    text = sheet.extract_text()
    for said in (
        "Mere Tawake",
        "Reading waves",
        "Labs: 1. Stages: 2. Checks passed: 3 of 3.",
        "No stage was done for the learner.",
        "Under supervision: 2 of 2 stages (Moana NOG 5).",
        "by Moana NOG",
        certificate.shown_number,
    ):
        assert said in text, said
    assert sheet["/Annots"][0].get_object()["/A"]["/URI"] == certificate.url
    assert len(octets) < 100_000


def test_the_pdf_is_cached(client, certificate):
    first = drawn(client, certificate)[1]
    Credential.objects.update(content={**certificate.content, "title": "Another"})
    assert drawn(client, certificate)[1] == first


def test_the_pdf_embeds_the_fonts_for_names_in_many_scripts(client, certificate):
    name = "Faʻafetai Tāwhirimātea Nguyễn សុខ মোহাম্মদ محمد ธนากร 陈小明 김영희"
    assert fonts.cannot_show(name) == []
    Credential.objects.update(name=name)
    sheet, _octets = drawn(client, certificate)
    used = " ".join(one.get_object()["/BaseFont"] for one in sheet["/Resources"]["/Font"].get_object().values())
    for font in ("NotoSerif", "Khmer", "Bengali", "Arabic", "Thai", "Droid", "Nanum"):
        assert font in used, font


def test_letters_without_a_font_are_named_each_once():
    assert fonts.cannot_show("Ada ᎣᏏᎣ") == ["Ꭳ", "Ꮟ"]


def test_what_does_not_fit_on_the_sheet_is_on_the_page(client, certificate):
    facts = {**certificate.content, "notes": [f"Note {n}." for n in range(40)]}
    Credential.objects.update(content=facts)
    text = drawn(client, certificate)[0].extract_text()
    assert "The page at the address on the right has more." in text
    assert "Note 39." not in text
    assert "Note 39." in client.get(f"/c/{certificate.shown_number}").content.decode()
