"""Accounts that may start a lab: of those that wait for approval, and those that nobody has confirmed."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from labs.capacity import admission
from labs.lifecycle import services
from labs.models import LabSession, State
from tests.builders import PASSWORD, make_person, signed_in
from vaka.accounts.models import AccountStatus, User


@pytest.fixture
def strangers(db):
    people = [make_person(f"stranger{n}") for n in range(4)]
    User.objects.filter(username__startswith="stranger").update(account_status=AccountStatus.NEW)
    return [User.objects.get(pk=person.pk) for person in people]


def test_an_account_that_waits_for_approval_reads_courses_and_starts_no_lab_until_an_administrator_approves(
    settings,
    olga_client,
    lab,
    queue,
):
    settings.SIGNUP = "approval"
    assert (
        "an administrator of this site must approve your account" in Client().get("/accounts/signup/").content.decode()
    )
    mere = Client()
    mere.post("/accounts/signup/", {"username": "mere", "password1": PASSWORD, "password2": PASSWORD})
    person = User.objects.get(username="mere")
    assert mere.get("/courses/").status_code == 200
    for page in ("/", "/labs/", f"/labs/{lab.id}/"):
        assert "waits for approval" in mere.get(page).content.decode(), page
    assert 'id="start"' not in mere.get(f"/labs/{lab.id}/").content.decode()
    refused = mere.post(f"/labs/{lab.id}/start")
    assert refused.status_code == 403
    assert "waits for approval" in refused.content.decode()
    told = mere.post(f"/labs/{lab.id}/start", headers={"accept": "application/json"})
    assert "waits for approval" in told.json()["error"]
    assert not LabSession.objects.exists()

    assert "wait for approval" in olga_client.get("/courses/").content.decode(), "administrators see it on every page"
    people = olga_client.get("/people/").content.decode()
    assert "Waiting for approval" in people
    assert f"/people/{person.pk}/approve" in people
    olga_client.post(f"/people/{person.pk}/approve")
    assert "Your account is approved" in mere.get("/").content.decode()
    assert "wait for approval" not in olga_client.get("/courses/").content.decode()
    assert mere.post(f"/labs/{lab.id}/start").status_code == 302
    assert LogEntry.objects.get().change_message == "Approved the account."


@pytest.mark.django_db(transaction=True)
def test_unconfirmed_accounts_share_a_few_labs_and_the_next_learner_reads_why(
    strangers,
    ada,
    settings,
    lab,
    queue,
    olga_client,
):
    settings.LABS_UNVERIFIED = 2
    first, second, third, _ = strangers
    session = services.request_session(first, lab.id)
    services.request_session(second, lab.id)
    browser = signed_in(third)
    refused = browser.post(f"/labs/{lab.id}/start")
    assert refused.status_code == 403
    assert "together may run 2 labs at a time, and these are in use" in refused.content.decode()
    assert "may run 2 labs at a time" in browser.get(f"/labs/{lab.id}/").content.decode()
    assert services.request_session(first, lab.id) == session, "a learner who has a lab gets it again"
    assert services.request_session(ada, lab.id), "others do not count"
    with pytest.raises(services.MayNotStart):
        services.request_session(third, lab.id)

    olga_client.post(f"/people/{third.pk}/approve")
    assert browser.post(f"/labs/{lab.id}/start").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_next_unconfirmed_account_can_start_when_one_of_their_labs_has_stopped(strangers, settings, lab, queue):
    settings.LABS_UNVERIFIED = 1
    session = services.request_session(strangers[0], lab.id)
    LabSession.objects.filter(pk=session.pk).update(state=State.STOPPED)
    assert services.request_session(strangers[1], lab.id)


@pytest.mark.django_db(transaction=True)
def test_without_a_limit_unconfirmed_accounts_have_as_many_labs_as_all_others(strangers, lab, queue):
    assert [services.request_session(person, lab.id).state for person in strangers]


def test_a_person_starts_a_bounded_number_of_labs_a_day(ada, ada_client, lab, queue, monkeypatch):
    monkeypatch.setattr(admission, "STARTS_A_DAY", 2)
    before = [
        LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version, state=State.STOPPED)
        for _ in range(2)
    ]
    refused = ada_client.post(f"/labs/{lab.id}/start")
    assert refused.status_code == 403
    assert "You have started 2 labs in the last 24 hours" in refused.content.decode()
    LabSession.objects.filter(pk=before[0].pk).update(created_at=timezone.now() - timedelta(hours=25))
    live = services.request_session(ada, lab.id)
    assert services.request_session(ada, lab.id) == live, "the lab that runs is no start"
