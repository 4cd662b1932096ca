"""Certificates of a workshop."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import get_language, override
from pypdf import PdfReader

from labs.lifecycle import services
from labs.models import Attempt, LabSession, State, VerdictRecord
from labs.models.pool_size import PoolSize
from tests.builders import signed_in
from tests.vaka.workshops.conftest import ago, is_in_the_room, sits
from vaka.credentials import certificate_pdf, issuing
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.models import Credential
from vaka.workshops.models import Workshop
from vaka.workshops.services import agenda_items, certificates, closing, observing
from vaka.workshops.services.report import Report


@pytest.fixture
def dee(workshop, item, lab, engine, queue):
    """Dee has solved the lab, sees it green, and has never pressed "Check my work"."""
    seat = sits(workshop, "Dee")
    is_in_the_room(seat)
    session = services.request_session(seat.user, lab.id)
    queue()
    engine.labs[str(session.pk)].is_solved()
    return seat


@pytest.mark.django_db(transaction=True)
def test_closing_ends_the_code_stops_the_labs_and_awards_certificates(
    workshop, item, ana_passed, cai_failed, ngozi, clients, queue, engine
):
    agenda_items.build_ahead(item)
    observer = observing.begin(ana_passed, LabSession.objects.get(learner=ana_passed.user), ngozi)
    assert clients["helper"].post(f"/workshops/{workshop.pk}/close").status_code == 403
    Workshop.objects.filter(pk=workshop.pk).update(signer="Ngozi Ade", signer_role="lead trainer")
    said = clients["lead"].post(f"/workshops/{workshop.pk}/close").url
    assert "1 certificate awarded so far" in clients["lead"].get(said).content.decode()
    workshop.refresh_from_db()
    assert workshop.is_over
    assert Client().post("/join/", {"code": workshop.join_code, "name": "Late"}).status_code == 422
    queue()  # the last checks, of labs that do not exist
    closing.continue_closing()
    assert not LabSession.objects.live().exists()
    assert not PoolSize.objects.exists()
    observer.refresh_from_db()
    assert observer.ended_at

    earned = Credential.objects.get()
    assert (earned.learner, earned.achievement) == (ana_passed.user, f"workshop/{workshop.pk}")
    assert earned.issued_at is None  # until Ana has chosen the name on it
    kept = earned.content
    assert kept["title"] == "Moana NOG 6"
    assert "At least 70 % of the points" in kept["criteria"]
    assert kept["notes"] == [
        "Took part on 1 day of 1.",
        "Held in Apia.",
        "Responsible for the workshop: Ngozi Ade, lead trainer.",
        "Two people shared this seat and its work: the holder and Ben.",
    ]
    assert [(one["stage"], one["points"] >= 0, one["supervised_by"]) for one in kept["stages"]] == [
        ("forwarding", True, "Moana NOG 6"),
        ("file", True, "Moana NOG 6"),
    ]
    mine = signed_in(ana_passed.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "This workshop is closed." in mine

    # A seat that met the rule after the close gets its certificate when the lead presses the button again
    VerdictRecord._base_manager.filter(attempt__learner=cai_failed.user).update(outcome="passed")
    Attempt._base_manager.filter(learner=cai_failed.user).update(score=8, assisted=[])
    again = clients["lead"].post(f"/workshops/{workshop.pk}/close").url
    assert "1 more certificate awarded" in clients["lead"].get(again).content.decode()
    assert Credential.objects.count() == 2
    again = clients["lead"].post(f"/workshops/{workshop.pk}/close").url
    assert "nobody else has met the rule." in clients["lead"].get(again).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_certificate_has_the_date_of_the_place_of_its_workshop(workshop, item, ana_passed, ngozi):
    """Regression: one of a morning in Auckland was issued on the day before its workshop began."""
    Workshop.objects.update(time_zone="Pacific/Kiritimati")  # 14 hours before UTC
    workshop.refresh_from_db()
    certificates.award(workshop)
    earned = Credential.objects.get()
    assert earned.content["time_zone"] == "Pacific/Kiritimati"
    published = issuing.publish(earned, "Ana")
    at = datetime(2026, 12, 1, 20, tzinfo=UTC)
    Credential.objects.update(issued_at=at)
    shown = Client().get(f"/c/{published.shown_number}").text
    assert "2 December 2026, by" in shown
    published.refresh_from_db()
    sheet = certificate_pdf.draw(published, CertificateContent.from_json(published.content))
    assert "Issued on 2 December 2026" in PdfReader(BytesIO(sheet)).pages[0].extract_text()


def test_a_certificate_counts_no_days_after_the_close(workshop, item, ana_passed):
    """Regression: a certificate that was awarded two days after an early close named three days."""
    Workshop.objects.update(
        first_day=ago(days=2).date(), last_day=ago(days=-2).date(), closed_at=ago(days=2), settled_at=timezone.now()
    )
    report = Report(Workshop.objects.get())
    content = certificates.certificate_content(report.workshop, report, report.rows[0])
    assert content.notes[0] == "Took part on 1 day of 1."


@pytest.mark.django_db(transaction=True)
def test_a_trainee_who_never_pressed_check_gets_a_last_check_and_the_certificate(workshop, dee, clients, queue):
    assert Report(workshop).rows[0].score == 0
    clients["lead"].post(f"/workshops/{workshop.pk}/close")
    session = dee.user.lab_sessions.get()
    closing.continue_closing()
    session.refresh_from_db()
    assert session.state == State.READY  # the last check is running
    assert not Credential.objects.exists()
    report, mine = f"/workshops/{workshop.pk}/report", f"/workshops/{workshop.pk}/mine"
    assert "Reload this page" in clients["lead"].get(report).content.decode()
    assert "it is checked one last time" in signed_in(dee.user).get(mine).content.decode()
    queue()
    closing.continue_closing()
    queue()
    session.refresh_from_db()
    assert session.state == State.STOPPED
    assert Attempt.objects.get().is_full
    assert Attempt.objects.get().supervised_by == "Moana NOG 6"
    assert Credential.objects.get().learner == dee.user
    assert "Reload this page" not in clients["lead"].get(report).content.decode()
    assert "If you earned a certificate, it is here" in signed_in(dee.user).get(mine).content.decode()
    closing.continue_closing()
    assert Attempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_does_not_wait_longer_than_its_limit_for_a_last_check(workshop, dee, ngozi):
    closing.close(workshop, ngozi)
    session = dee.user.lab_sessions.get()
    long_ago = timezone.now() - closing.LAST_CHECKS_TAKE - timedelta(seconds=1)
    LabSession.objects.update(created_at=long_ago - timedelta(seconds=1))
    workshop.seats.update(joined_at=long_ago - timedelta(minutes=1))
    Workshop.objects.update(closed_at=long_ago, first_day=workshop.first_day - timedelta(days=1))
    closing.continue_closing()
    session.refresh_from_db()
    assert session.state == State.STOPPING
    workshop.refresh_from_db()
    assert workshop.settled_at


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_running_reset_and_does_not_check_a_lab_that_is_not_ready(workshop, dee, queue, lab, ngozi):
    session = dee.user.lab_sessions.get()
    services.request_reset(session, "r1")
    waits = sits(workshop, "Eve")
    LabSession.objects.create(learner=waits.user, lab=lab.id, lab_version=lab.version)
    closing.close(workshop, ngozi)
    assert waits.user.lab_sessions.get().state == State.STOPPING
    assert not Attempt.objects.exists()
    queue()
    closing.continue_closing()
    queue()
    assert Attempt.objects.get().learner == dee.user


@pytest.mark.django_db(transaction=True)
def test_a_workshop_that_was_closed_too_early_can_be_reopened(workshop, item, ana_passed, clients, queue, engine):
    clients["lead"].post(f"/workshops/{workshop.pk}/close")
    assert "Reopen workshop" in clients["lead"].get(f"/workshops/{workshop.pk}/report").content.decode()
    assert clients["helper"].post(f"/workshops/{workshop.pk}/reopen").status_code == 403
    page = clients["lead"].post(f"/workshops/{workshop.pk}/reopen", follow=True).content.decode()
    assert "The workshop is open again" in page
    assert Client().post("/join/", {"code": workshop.join_code, "name": "Late"}).status_code == 302
    assert PoolSize.objects.exists()
    assert Credential.objects.get().achievement == f"workshop/{workshop.pk}"
    log = signed_in(ana_passed.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Reopened the workshop" in log
    assert "Closed the workshop" in log
    assert "This workshop is closed." not in log
    assert "Nothing changed" in clients["lead"].post(f"/workshops/{workshop.pk}/reopen", follow=True).content.decode()
    assert workshop.log_entries.filter(kind="reopen").count() == 1


def test_a_certificate_has_the_language_of_its_workshop(workshop, ana_passed, monkeypatch, ngozi):
    Workshop.objects.filter(pk=workshop.pk).update(language="fr")
    workshop.refresh_from_db()
    monkeypatch.setattr(certificates, "_", lambda text: f"({get_language()}) {text}")
    with override("de"):
        closing.close(workshop, ngozi)
        assert get_language() == "de"
    kept = Credential.objects.get().content
    assert {kept[name][:4] for name in ("summary", "criteria")} == {"(fr)"}
    assert kept["notes"][-1].startswith("(fr)")
