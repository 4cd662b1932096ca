"""Ada asks from a lesson or a check that fails, and reads the answer there; her data is hers to take and to delete."""

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.lifecycle import erasure, saves
from labs.models import Erasure, LabSession, Save, State
from tests import builders
from tests.vaka.mentoring.conftest import LAB, attempt_of, fails_now, first_check, session_of
from vaka.accounts.models import User
from vaka.home.account_deletion import Stays, delete_account
from vaka.mentoring import services
from vaka.mentoring.models import Note, Question
from vaka.workshops.models import Workshop
from vaka.workshops.services import planning

LESSON = ("first-steps", "first-ebgp")


def url(name, *args):
    return reverse(f"mentoring:{name}", args=args)


@pytest.fixture
def asked(followed, ada_client):
    ada_client.post(url("ask_lesson", *LESSON), {"text": "Why <b>two</b> routers?"})
    return Question.objects.get()


def test_a_question_from_a_lesson_has_the_lesson_with_it_and_its_answer_comes_back(
    asked, grace_client, ada_client, grace
):
    assert "Why &lt;b&gt;two&lt;/b&gt; routers?" in grace_client.get("/mentoring/").text
    page = grace_client.get(url("question", asked.pk)).text
    assert reverse("courses:lesson", args=LESSON) in page
    grace_client.post(url("question", asked.pk), {"text": "One may fail."})
    assert "Why" not in grace_client.get("/mentoring/").text, "it waits no more"
    home = ada_client.get("/").text
    assert "1 of them answers a question of yours." in home
    assert "One may fail." in ada_client.get(url("question", asked.pk)).text
    assert "Your mentor wrote" not in ada_client.get("/").text
    ada_client.post(url("question", asked.pk), {"text": "And if both do?"})
    assert url("question", asked.pk) in grace_client.get("/mentoring/").text, "it waits again"
    ada_client.post(url("question", asked.pk), {"settled": "yes"})
    assert url("question", asked.pk) not in grace_client.get("/mentoring/").text


def test_a_question_from_a_failed_check_has_the_explanation_and_the_evidence_with_it(
    followed, ada, ada_client, grace_client
):
    session = session_of(ada, state=State.READY)
    attempt = attempt_of(ada, fails=[first_check()], session=session)
    fails_now(session, first_check())
    lab_page = ada_client.get(reverse("labs:lab", args=[LAB])).text
    ask = url("ask_check", session.pk, first_check())
    assert ask in lab_page
    assert "&lt;i&gt;nothing&lt;/i&gt;" in ada_client.get(ask).text
    ada_client.post(ask, {"text": "Is the lab broken?"})
    asked = Question.objects.get()
    assert asked.attempt == attempt
    page = grace_client.get(url("question", asked.pk)).text
    for part in ("&lt;i&gt;nothing&lt;/i&gt;", "No area yet.", "&lt;script&gt;alert(1)", "show ipv6 route"):
        assert part in page
    assert url("attempt", attempt.pk) in page
    assert url("lab", ada.pk, LAB) in page
    session.check_statuses.update(outcome="passed")
    assert asked.about["outcome"] == "failed", "kept as it was"
    assert ada_client.get(ask).status_code == 404


def test_nobody_asks_about_a_lab_or_a_check_that_is_not_his_to_see(
    followed, ada, linus_client, ada_client, monkeypatch
):
    session = session_of(ada, state=State.READY)
    fails_now(session, first_check())
    ask = url("ask_check", session.pk, first_check())
    assert linus_client.get(ask).status_code == 404
    assert ada_client.get(url("ask_check", session.pk, "nothing")).status_code == 404
    assert ada_client.get(url("ask_lesson", "first-steps", "nothing")).status_code == 404
    from labs.engine.definition.spec import Check

    monkeypatch.setattr(Check, "is_shown", lambda self, *, passed: False)
    assert ada_client.get(ask).status_code == 404


def test_without_a_mentor_there_is_no_link_and_no_question(linus_client, ada_client, followed):
    lesson = reverse("courses:lesson", args=LESSON)
    assert "Ask your mentor" not in linus_client.get(lesson).text
    assert "Ask your mentor" in ada_client.get(lesson).text
    answer = linus_client.post(url("ask_lesson", *LESSON), {"text": "Anybody?"}, follow=True)
    assert "You have no mentor yet" in answer.text
    assert not Question.objects.exists()


def test_an_empty_or_endless_question_is_not_asked(followed, ada_client):
    for text in ("", "x" * 5001):
        assert ada_client.post(url("ask_lesson", *LESSON), {"text": text}).status_code == 422


def test_only_ada_and_who_follows_her_in_the_programme_see_a_question(
    asked, followed, ada, grace_client, sina, linus_client
):
    where = url("question", asked.pk)
    for stranger in (linus_client, builders.signed_in(sina)):
        assert stranger.get(where).status_code == 404
        assert stranger.post(where, {"text": "x"}).status_code == 404
    assert linus_client.post(url("delete_question", asked.pk)).status_code == 404
    assert grace_client.post(url("delete_question", asked.pk)).status_code == 404
    assert grace_client.post(where, {"settled": "yes"}).status_code == 404
    services.end(followed, ada)
    assert grace_client.get(where).status_code == 404


def test_who_sees_what_is_said_exactly_and_a_past_mentor_is_named(followed, ada, ada_client):
    page = ada_client.get(url("mine")).text
    for words in (
        "A mentor sees",
        "A mentor does not see",
        "what you type in a terminal",
        "By your consent of",
        "Ngozi",
    ):
        assert words in page
    services.end(followed, ada)
    page = ada_client.get(url("mine")).text
    assert "No mentor sees anything of yours." in page
    assert "sees nothing since" in page


# Taking along, and deleting


def test_the_export_has_questions_and_what_was_written_to_ada_and_no_private_notes(
    asked, followed, grace, ada_client, grace_client
):
    services.say(asked, grace, "One may fail.")
    services.write(followed, grace, "Only mine.", Note.Reach.PRIVATE)
    taken = builders.Taken(ada_client).json("mentoring")
    assert taken["questions"][0]["text"] == "Why <b>two</b> routers?"
    assert [note["text"] for note in taken["written_to_me"]] == ["One may fail."]
    assert taken["mentors"][0]["mentor__username"] == "grace"
    assert "Only mine." not in str(taken)
    hers = builders.Taken(grace_client).json("mentoring")
    assert {note["text"] for note in hers["written_by_me"]} == {"One may fail.", "Only mine."}
    assert "ada" not in str(hers["trainees"])


def test_ada_deletes_her_account_with_all_that_was_in_it(asked, followed, grace, ada, client, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    attempt = attempt_of(ada, fails=[first_check()])
    services.write(followed, grace, "Only mine.", Note.Reach.PRIVATE)
    save = Save.objects.create(session=attempt.session, learner=ada, lab=LAB, lab_version="0", reason="asked", size=1)
    saves.write_file(save, b"x")
    delete = reverse("home:delete")
    client.force_login(ada)
    again = {"password": builders.PASSWORD, "next": delete}
    assert "It cannot be undone" in client.post("/accounts/reauthenticate/", again, follow=True).text
    assert client.post(delete, {"username": "grace"}).status_code == 422
    assert User.objects.filter(username="ada").exists()
    page = client.post(delete, {"username": "ada"}, follow=True)
    assert "Your account is deleted" in page.text
    assert page.redirect_chain[-1][0].startswith("/me/deleted/")
    assert "_auth_user_id" not in client.session
    assert not User.objects.filter(username="ada").exists()
    left = [model.objects.count() for model in (Question, Note, LabSession, Save)]
    assert left == [0, 0, 0, 0]


def test_the_page_says_what_is_still_being_removed_and_when_it_is_done(ada, client, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    save = Save.objects.create(session=session_of(ada), learner=ada, lab=LAB, lab_version="0", reason="asked", size=1)
    saves.write_file(save, b"x")
    here = reverse("home:deleted", args=[delete_account(ada)])
    told = client.get(here).text
    assert "Still being removed" in told
    assert "one bit in the list of those revoked" in told
    assert list((tmp_path / "saves").iterdir()) != []
    erasure.erase(Erasure.objects.get().pk)
    assert list((tmp_path / "saves").iterdir()) == []
    assert "All is removed" in client.get(here).text
    Erasure.objects.all().delete()
    assert "All is removed" in client.get(here).text
    assert client.get("/me/deleted/guessed/").status_code == 404


def test_who_leads_a_workshop_or_coordinates_a_programme_alone_is_missed(linus, programme, ngozi):
    programme.coordinators.set([linus])
    with pytest.raises(Stays, match="only coordinator"):
        delete_account(linus)
    programme.coordinators.add(ngozi)
    assert delete_account(linus)
    assert programme.coordinators.get() == ngozi


def test_a_guest_deletes_the_account_of_the_seat_too(client, ngozi):
    today = timezone.now().date()
    workshop = planning.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)
    client.post("/join/", {"code": workshop.join_code, "name": "Ana"})
    guest = User.objects.get(first_name="Ana")
    page = client.get(reverse("home:delete"), follow=True)
    assert guest.username in page.text
    client.post(reverse("home:delete"), {"username": guest.username})
    assert not User.objects.filter(pk=guest.pk).exists()
    assert not workshop.seats.exists()


def test_a_window_left_open_cannot_delete_the_account(ada_client):
    answer = ada_client.get(reverse("home:delete"))
    assert answer.status_code == 302
    assert "reauthenticate" in answer["location"]


def test_an_instructor_s_account_is_ended_by_the_administration(ngozi):
    with pytest.raises(Stays):
        delete_account(ngozi)
    assert User.objects.filter(pk=ngozi.pk).exists()
