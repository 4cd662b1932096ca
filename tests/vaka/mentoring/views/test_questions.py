"""Ada asks her mentor from a lesson or a failing check, and reads the answer."""

from dataclasses import replace

import pytest
from django.urls import reverse

from labs.models import State
from labs.registry import versions
from labs.registry.versions import newest
from tests import builders
from tests.vaka.mentoring.conftest import LAB, attempt_of, fails_now, first_check, session_of
from vaka.mentoring import questions, services
from vaka.mentoring.models import Note, Question

LESSON = ("first-steps", "first-ebgp")


def url(name, *args):
    return reverse(f"mentoring:{name}", args=args)


@pytest.fixture
def asked(followed, ada_client):
    ada_client.post(url("ask_lesson", *LESSON), {"text": "Why <b>two</b> routers?"})
    return Question.objects.get()


def test_a_question_about_a_lesson_carries_the_lesson_and_its_answer_reaches_ada(
    asked, grace_client, ada_client, grace
):
    assert "Why &lt;b&gt;two&lt;/b&gt; routers?" in grace_client.get("/mentoring/").text
    page = grace_client.get(url("question", asked.pk)).text
    assert reverse("courses:lesson", args=LESSON) in page
    grace_client.post(url("question", asked.pk), {"text": "One may fail."})
    assert "Why" not in grace_client.get("/mentoring/").text, "it is answered"
    home = ada_client.get("/").text
    assert "1 of your questions is answered." in home
    assert "One may fail." in ada_client.get(url("question", asked.pk)).text
    assert "Your mentor wrote" not in ada_client.get("/").text
    ada_client.post(url("question", asked.pk), {"text": "And if both do?"})
    assert url("question", asked.pk) in grace_client.get("/mentoring/").text, "it waits for an answer again"
    ada_client.post(url("question", asked.pk), {"close": "yes"})
    assert url("question", asked.pk) not in grace_client.get("/mentoring/").text


def test_a_question_about_a_failing_check_carries_its_verdict_and_evidence(followed, ada, ada_client, grace_client):
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
    assert asked.about["outcome"] == "failed", "the subject does not change"
    assert ada_client.get(ask).status_code == 404


def test_a_command_of_a_node_where_the_learner_cannot_log_in_is_not_offered(
    followed, ada, ada_client, grace_client, monkeypatch
):
    """The learner types it for the mentor, who has no lab of their own."""
    session = session_of(ada, state=State.READY)
    attempt = attempt_of(ada, fails=[first_check()], session=session)
    fails_now(session, first_check())
    assert "Command that shows it, on r1" in grace_client.get(url("attempt", attempt.pk)).text
    ours = replace(newest(LAB), nodes={name: replace(node, learner=False) for name, node in newest(LAB).nodes.items()})
    for found in ("of", "version", "newest"):
        monkeypatch.setattr(versions, found, lambda *which: ours)
    ada_client.post(url("ask_check", session.pk, first_check()), {"text": "Is the lab broken?"})
    for page in (url("attempt", attempt.pk), url("question", Question.objects.get().pk)):
        for reader in (ada_client, grace_client):
            text = reader.get(page).text
            assert "r1, where the learner cannot log in" in text
            assert "Command that shows it" not in text


def test_ada_can_ask_only_about_labs_and_checks_that_she_may_see(followed, ada, linus_client, ada_client, monkeypatch):
    session = session_of(ada, state=State.READY)
    fails_now(session, first_check())
    ask = url("ask_check", session.pk, first_check())
    assert linus_client.get(ask).status_code == 404
    assert ada_client.get(url("ask_check", session.pk, "nothing")).status_code == 404
    assert ada_client.get(url("ask_lesson", "first-steps", "nothing")).status_code == 404
    from labs.engine.definition.spec import Check

    monkeypatch.setattr(Check, "is_shown", lambda self, *, passed: False)
    assert ada_client.get(ask).status_code == 404


def test_learners_without_a_mentor_see_no_link_and_cannot_ask(linus_client, ada_client, followed):
    lesson = reverse("courses:lesson", args=LESSON)
    assert "Ask your mentor" not in linus_client.get(lesson).text
    assert "Ask your mentor" in ada_client.get(lesson).text
    answer = linus_client.post(url("ask_lesson", *LESSON), {"text": "Anybody?"}, follow=True)
    assert "You have no mentor yet" in answer.text
    assert not Question.objects.exists()


def test_an_empty_or_too_long_question_is_not_accepted(followed, ada_client):
    for text in ("", "x" * 5001):
        assert ada_client.post(url("ask_lesson", *LESSON), {"text": text}).status_code == 422


def test_only_ada_and_her_mentors_in_the_programme_see_a_question(
    asked, followed, ada, grace_client, sina, linus_client
):
    where = url("question", asked.pk)
    for stranger in (linus_client, builders.signed_in(sina)):
        assert stranger.get(where).status_code == 404
        assert stranger.post(where, {"text": "x"}).status_code == 404
    assert linus_client.post(url("delete_question", asked.pk)).status_code == 404
    assert grace_client.post(url("delete_question", asked.pk)).status_code == 404
    assert grace_client.post(where, {"close": "yes"}).status_code == 404
    services.end_mentorship(followed, ada)
    assert grace_client.get(where).status_code == 404


def test_the_data_export_has_ada_s_questions_and_messages_but_no_private_notes(
    asked, followed, grace, ada_client, grace_client
):
    questions.reply(asked, grace, "One may fail.")
    services.write_note(followed, grace, "Only mine.", Note.Reach.PRIVATE)
    taken = builders.Taken(ada_client).json("mentoring")
    assert taken["questions"][0]["text"] == "Why <b>two</b> routers?"
    assert [note["text"] for note in taken["written_to_me"]] == ["One may fail."]
    assert taken["mentors"][0]["mentor__username"] == "grace"
    assert "Only mine." not in str(taken)
    hers = builders.Taken(grace_client).json("mentoring")
    assert {note["text"] for note in hers["written_by_me"]} == {"One may fail.", "Only mine."}
    assert "ada" not in str(hers["trainees"])


def test_a_trainee_writes_a_bounded_number_of_questions_and_replies(asked, ada_client, grace_client, monkeypatch):
    monkeypatch.setattr(questions, "MOST_TEXTS", 2)
    ada_client.post(url("question", asked.pk), {"text": "And if both do?"})
    for page, text in ((url("question", asked.pk), "Or none?"), (url("ask_lesson", *LESSON), "And now?")):
        answer = ada_client.post(page, {"text": text})
        assert answer.status_code == 422
        assert "You have written 2 questions and replies" in answer.text
        assert text in answer.text, "nothing that was typed is lost"
    grace_client.post(url("question", asked.pk), {"text": "One may fail."})
    assert (Question.objects.count(), Note.objects.count()) == (1, 2)
    ada_client.post(url("delete_question", asked.pk))
    ada_client.post(url("ask_lesson", *LESSON), {"text": "And now?"})
    assert Question.objects.get().text == "And now?"
