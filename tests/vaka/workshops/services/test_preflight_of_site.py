"""The preflight of the site: what would spoil a workshop or its certificates, and what to do about it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.models import LabSession
from tests.vaka.workshops.conftest import adds_item, sits, works
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.services import preflight_of_site

URL = "http://192.0.2.7:8000/join/"


@pytest.fixture
def good(settings):
    settings.PUBLIC_URL, settings.ISSUER = "https://vaka.example.org", "Moana NOG"


def wrong(workshop, url=URL):
    return {one.title: one.text for one in preflight_of_site.problems(workshop, url)}


def test_a_site_that_is_set_up_has_no_problem(workshop, good):
    sits(workshop, "Nguyễn Thị Hà", partner="Ben")
    assert wrong(workshop) == {}
    assert [one.title for one in preflight_of_site.findings(workshop, URL)] == [
        "Address to join",
        "Address in certificates",
        "Issuer of certificates",
        "Clock",
        "Disk",
        "Names on certificates",
        "Mail",
    ]


@pytest.mark.parametrize(
    "public", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "http://10.1.2.3"]
)
def test_an_address_that_nobody_else_can_open_is_a_problem_of_certificates(workshop, good, settings, public):
    settings.PUBLIC_URL = public
    assert "VAKA_PUBLIC_URL" in wrong(workshop)["Address in certificates"]


def test_each_problem_says_what_it_spoils_and_what_to_do(workshop, item, lab, good, settings):
    settings.ISSUER = "Vaka, localhost:8000"
    sits(workshop, "ana@example.org")
    session = works(sits(workshop, "Ben"), lab)
    LabSession.objects.filter(pk=session.pk).update(created_at=timezone.now() + timedelta(days=1))
    found = wrong(workshop, "http://localhost:8000/join/")
    assert "nobody can join" in found["Address to join"]
    assert "VAKA_ISSUER" in found["Issuer of certificates"]
    assert "the clock went back" in found["Clock"]
    assert "seats 1 look mistyped" in found["Names on certificates"]


def test_the_plan_the_close_and_the_slide_warn(workshop, clients, settings):
    settings.PUBLIC_URL, settings.LAN_URL = "http://localhost:8000", ""
    for page in ("", "report"):
        assert "nobody can verify a certificate" in clients["lead"].get(f"/workshops/{workshop.pk}/{page}").text
    here = {"host": "localhost"}
    for page in ("slide", "projector", "seats"):
        assert "so nobody can join" in clients["lead"].get(f"/workshops/{workshop.pk}/{page}", headers=here).text
    workshop.seats.create(number=1, name="Mele")
    assert "so nobody can join" in clients["lead"].post(f"/workshops/{workshop.pk}/cards", headers=here).text
    assert (
        "nobody can verify" not in clients["helper"].get(f"/workshops/{workshop.pk}/report").text
    )  # they cannot close


def test_nothing_warns_of_an_address_that_the_room_can_open(workshop, clients, settings):
    settings.LAN_URL = "http://192.0.2.7:8000"
    for page in ("slide", "projector", "seats"):
        assert "nobody can join" not in clients["lead"].get(f"/workshops/{workshop.pk}/{page}").text
    workshop.seats.create(number=1, name="Mele")
    assert "nobody can join" not in clients["lead"].post(f"/workshops/{workshop.pk}/cards").text


def exam_of(workshop, lab):
    return adds_item(workshop, "Exam", kind=AgendaItem.Kind.EXAM, labs=[lab.id])


def test_an_exam_without_labs_that_count_gives_no_certificate_and_the_plan_says_so_before(workshop, lab, good, clients):
    """Regression: the trainees of such a workshop got no certificate, and the trainer read it nowhere."""
    exam_of(workshop, lab)
    page = clients["lead"].get(f"/workshops/{workshop.pk}/").text
    assert "so nobody gets a certificate: its points come from the labs of other agenda items" in page
    assert "Add an agenda item of the kind Practice with a lab" in wrong(workshop)["Certificates"]
    practice = adds_item(workshop, labs=[lab.id])
    assert "Certificates" not in wrong(workshop)
    practice.labs = []
    practice.save()
    assert "Certificates" in wrong(workshop)


def test_a_workshop_of_talks_has_certificates_of_attendance(workshop, good):
    adds_item(workshop, "Welcome", kind=AgendaItem.Kind.TALK)
    found = next(one for one in preflight_of_site.findings(workshop, URL) if one.title == "Certificates")
    assert found.is_fine
    assert found.text == "No lab is on the agenda, so there are certificates of attendance only."


def test_on_the_last_day_labs_of_items_that_were_never_opened_are_a_problem(workshop, lab, good):
    practice = adds_item(workshop, labs=[lab.id])
    assert "Certificates" not in wrong(workshop)
    Workshop.objects.update(last_day=workshop.first_day)
    workshop.refresh_from_db()
    assert "only labs of opened items count" in wrong(workshop)["Certificates"]
    AgendaItem.objects.filter(pk=practice.pk).update(opened_at=timezone.now())
    assert "Certificates" not in wrong(workshop)
