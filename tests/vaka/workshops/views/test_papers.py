"""The printed papers of a workshop: join cards, the sign-in sheet, and all certificates as one PDF."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from tests.vaka.workshops.conftest import joins, seat_of, sits
from vaka.credentials import issuing
from vaka.credentials.certificate_content import CertificateContent
from vaka.workshops.models import AttendanceMark, Seat, Workshop
from vaka.workshops.services import certificates, join_cards

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def reserved(workshop):
    return Seat.objects.create(workshop=workshop, number=1, name="Ada Lovelace")


def card_of(workshop, by, seat):
    return {one.pk: code for one, code in join_cards.make_card_codes(workshop, by)}[seat.pk]


def uses(code, client=None):
    return (client or Client()).post("/join/", {"seat_code": code.lower()})


def test_a_card_takes_its_seat_once(workshop, reserved, ngozi):
    code, browser = card_of(workshop, ngozi, reserved), Client()
    assert uses(code, browser).url == f"/workshops/{workshop.pk}/mine"
    assert seat_of(browser).pk == reserved.pk
    assert uses(code).status_code == 422
    reserved.refresh_from_db()
    assert reserved.is_guest
    assert reserved.joined_at


def test_a_card_is_useless_after_a_new_print_a_join_by_name_or_the_end(workshop, reserved, ngozi):
    first = card_of(workshop, ngozi, reserved)
    second = card_of(workshop, ngozi, reserved)
    assert uses(first).status_code == 422
    Workshop.objects.update(closed_at=timezone.now())
    assert uses(second).status_code == 422
    Workshop.objects.update(closed_at=None)
    Seat.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    assert uses(second).status_code == 422
    third = card_of(workshop, ngozi, reserved)
    joins(workshop, "ada lovelace")
    assert uses(third).status_code == 422


def test_cards_are_printed_for_reserved_seats_by_planners_only(workshop, reserved, clients):
    sits(workshop, "Ben")
    where = f"/workshops/{workshop.pk}/cards"
    page = clients["lead"].post(where).content.decode()
    assert "Ada Lovelace" in page
    assert "Ben" not in page
    assert clients["helper"].post(where).status_code == 403
    assert 'id="id_seat_code"' in Client().get("/join/?card").content.decode()


def test_the_sheet_has_a_page_for_each_day_and_a_line_for_each_seat(workshop, item, reserved, clients):
    page = clients["helper"].get(f"/workshops/{workshop.pk}/sign-in-sheet/").content.decode()
    assert page.count('<section class="sheet"') == 1
    assert page.count('<tr><td class="num">') == workshop.seat_count
    assert "Ada Lovelace" in page


def pages(client, workshop):
    answer = client.get(f"/workshops/{workshop.pk}/certificates.pdf")
    assert answer["Content-Type"] == "application/pdf"
    return [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]


def test_one_file_has_all_published_certificates_and_those_of_attendance(workshop, item, clients):
    Workshop.objects.update(signer="Salote Tupou", signer_role="Chair")
    for name, partner in (("Ana", "Ben"), ("Cai", ""), ("Dan", "")):
        seat = sits(workshop, name, partner=partner)
        if name != "Dan":
            AttendanceMark.objects.create(seat=seat, item=item, attended=True)
        content = CertificateContent(
            achievement=certificates.achievement(workshop), title="Moana NOG 6", summary="", criteria="All of it."
        )
        issuing.issue(seat.user, content, "Ana Banana" if name == "Ana" else "")  # Cai has not chosen the name yet
    graded, pair, alone = pages(clients["lead"], workshop)
    assert "Ana Banana" in graded
    for said in (
        "Certificate of attendance",
        "Ana",
        "Ben",
        "have attended",
        "Apia",
        "3 hours",
        "Salote Tupou, Chair",
    ):
        assert said in pair, said
    assert "Cai" in alone
    assert "has attended" in alone
    assert clients["helper"].get(f"/workshops/{workshop.pk}/certificates.pdf").status_code == 403


def test_without_anybody_there_is_no_file(workshop, item, clients):
    answer = clients["lead"].get(f"/workshops/{workshop.pk}/certificates.pdf", follow=True)
    assert "There is no certificate to print yet" in answer.content.decode()


def picture(kind, size=(1200, 300)):
    file = BytesIO()
    Image.new("RGB", size, "navy").save(file, kind)
    file.name = f"logo.{kind.lower()}"
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_kept_small_and_printed(workshop, item, clients, kind):
    AttendanceMark.objects.create(seat=sits(workshop, "Ana"), item=item, attended=True)
    where = f"/workshops/{workshop.pk}/paper"
    clients["lead"].post(where, {"signer": "Salote", "signer_role": "", "logo_file": picture(kind)})
    workshop.refresh_from_db()
    assert Image.open(BytesIO(bytes(workshop.logo))).size == (600, 150)
    answer = clients["lead"].get(f"/workshops/{workshop.pk}/certificates.pdf")
    assert len(PdfReader(BytesIO(answer.content)).pages[0].images) == 1
    clients["lead"].post(where, {"signer": "Salote", "signer_role": "", "without_logo": "on"})
    workshop.refresh_from_db()
    assert workshop.logo is None


@pytest.mark.parametrize("file", ["GIF", "huge", "text"])
def test_a_file_that_is_no_good_logo_is_refused(workshop, clients, file):
    sent = {"GIF": lambda: picture("GIF"), "huge": lambda: picture("PNG", (5000, 5000)), "text": lambda: named_text()}
    answer = clients["lead"].post(f"/workshops/{workshop.pk}/paper", {"signer": "", "logo_file": sent[file]()})
    assert answer.status_code == 422
    workshop.refresh_from_db()
    assert workshop.logo is None


def named_text():
    file = BytesIO(b"<svg onload=alert(1)>")
    file.name = "logo.png"
    return file
