"""People delete their own account with everything that belongs to it. Some people have to hand something over first."""

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.lifecycle import account_deletion_remains, saves
from labs.models import Erasure, LabSession, Save
from tests import builders
from tests.vaka.mentoring.conftest import LAB, attempt_of, first_check, session_of
from vaka.accounts.models import User
from vaka.home.account_deletion import CannotDelete, delete_account
from vaka.mentoring import questions, services
from vaka.mentoring.models import Note, Question
from vaka.workshops.models import Workshop
from vaka.workshops.services import workshop_changes


def test_ada_deletes_her_account_with_everything_in_it(followed, grace, ada, client, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    questions.ask(followed, "Why two routers?", {})
    attempt = attempt_of(ada, fails=[first_check()])
    services.write_note(followed, grace, "Only mine.", Note.Reach.PRIVATE)
    save = Save.objects.create(session=attempt.session, learner=ada, lab=LAB, lab_version="0", reason="asked", size=1)
    saves.write_file(save, b"x")
    delete = reverse("home:delete")
    client.force_login(ada)
    again = {"password": builders.PASSWORD, "next": delete}
    assert "You cannot undo this" in client.post("/accounts/reauthenticate/", again, follow=True).text
    assert client.post(delete, {"username": "grace"}).status_code == 422
    assert User.objects.filter(username="ada").exists()
    page = client.post(delete, {"username": "ada"}, follow=True)
    assert "Your account is deleted" in page.text
    assert page.redirect_chain[-1][0].startswith("/me/deleted/")
    assert "_auth_user_id" not in client.session
    assert not User.objects.filter(username="ada").exists()
    left = [model.objects.count() for model in (Question, Note, LabSession, Save)]
    assert left == [0, 0, 0, 0]


def test_the_page_shows_what_is_still_being_deleted_until_everything_is(ada, client, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    save = Save.objects.create(session=session_of(ada), learner=ada, lab=LAB, lab_version="0", reason="asked", size=1)
    saves.write_file(save, b"x")
    here = reverse("home:deleted", args=[delete_account(ada)])
    told = client.get(here).text
    assert "Still being deleted" in told
    assert "one bit in the revocation list" in told
    assert list((tmp_path / "saves").iterdir()) != []
    account_deletion_remains.erase(Erasure.objects.get().pk)
    assert list((tmp_path / "saves").iterdir()) == []
    assert "Everything is deleted" in client.get(here).text
    Erasure.objects.all().delete()
    assert "Everything is deleted" in client.get(here).text
    assert client.get("/me/deleted/guessed/").status_code == 404


def test_the_only_coordinator_of_a_programme_cannot_delete_the_account(linus, programme, ngozi):
    programme.coordinators.set([linus])
    with pytest.raises(CannotDelete, match="only coordinator"):
        delete_account(linus)
    programme.coordinators.add(ngozi)
    assert delete_account(linus)
    assert programme.coordinators.get() == ngozi


def test_a_guest_of_a_workshop_can_delete_the_account_of_the_seat(client, ngozi):
    today = timezone.now().date()
    workshop = workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)
    client.post("/join/", {"code": workshop.join_code, "name": "Ana"})
    guest = User.objects.get(first_name="Ana")
    page = client.get(reverse("home:delete"), follow=True)
    assert guest.username in page.text
    client.post(reverse("home:delete"), {"username": guest.username})
    assert not User.objects.filter(pk=guest.pk).exists()
    assert not workshop.seats.exists()


def test_deleting_the_account_needs_a_new_authentication(ada_client):
    answer = ada_client.get(reverse("home:delete"))
    assert answer.status_code == 302
    assert "reauthenticate" in answer["location"]


def test_an_instructor_cannot_delete_the_account(ngozi):
    with pytest.raises(CannotDelete):
        delete_account(ngozi)
    assert User.objects.filter(pk=ngozi.pk).exists()
