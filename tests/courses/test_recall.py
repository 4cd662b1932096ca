"""Questions that come back: when they do, what an answer changes, and that it counts nowhere."""

import importlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from courses import recall
from courses.loader import library
from courses.models import QuizAnswer, RecallAnswer, RecallCard
from courses.pages import recall as recall_page
from courses.progress import progress_in
from tests.builders import Taken
from tests.courses.test_quiz import LESSON, RIGHT, WRONG, form

QUESTIONS = "/progress/questions/"


@pytest.fixture
def course(waves, settings):
    return library(settings.COURSE_CONTENT).courses["waves"]


@pytest.fixture
def quiz(course):
    return course.lesson("swell").quiz


@pytest.fixture
def answer(quiz, ada, ada_client):
    """Answer a question in the lesson."""

    def answered(question, given):
        return ada_client.post(f"{LESSON}quiz/{question}", form(quiz, ada, question, given))

    return answered


@pytest.fixture
def again(quiz, ada, ada_client):
    """Answer a question that came back, and return the page that follows."""

    def answered(question, given, **more):
        sent = form(quiz, ada, question, given) | more
        return ada_client.post(f"{QUESTIONS}{quiz.id}/{question}/", sent, follow=True).content.decode()

    return answered


def card(question: str) -> RecallCard:
    return RecallCard.objects.get(question=question)


def days(question: str) -> int:
    return (card(question).due - card(question).answered_at).days


def make_due(question: str, ago: timedelta = timedelta(0)) -> None:
    """Move the card's times into the past, so that it is due."""
    one = card(question)
    shift = one.due - timezone.now() + ago
    RecallCard.objects.filter(pk=one.pk).update(due=one.due - shift, answered_at=one.answered_at - shift)


def test_a_question_comes_back_days_after_it_was_answered(answer, ada_client):
    answer("bits", RIGHT["bits"])
    assert days("bits") >= 2
    assert "No question is left for today." in ada_client.get(QUESTIONS).content.decode()
    make_due("bits")
    page = ada_client.get(QUESTIONS).content.decode()
    assert "1 question is left." in page
    assert 'id="q-bits"' in page


def test_a_question_that_needed_two_tries_comes_back_sooner(answer):
    answer("bits", RIGHT["bits"])
    answer("who", WRONG["who"])
    assert not RecallCard.objects.filter(question="who").exists(), "it is still open in the lesson"
    answer("who", RIGHT["who"])
    assert days("who") < days("bits")
    assert not card("who").right


def test_the_better_an_answer_is_known_the_longer_it_stays_away(answer, again):
    answer("bits", RIGHT["bits"])
    waits = [days("bits")]
    for _time in range(4):
        make_due("bits")
        again("bits", RIGHT["bits"])
        waits.append(days("bits"))
    assert waits == sorted(set(waits))
    make_due("bits")
    page = again("bits", WRONG["bits"])
    assert "Not right yet" in page
    assert days("bits") < waits[-1]


def test_a_form_that_is_sent_twice_schedules_a_question_once(answer, quiz, ada, ada_client):
    answer("bits", RIGHT["bits"])
    make_due("bits")
    page = ada_client.get(f"{QUESTIONS}{quiz.id}/bits/").content.decode()
    sent = form(quiz, ada, "bits", WRONG["bits"]) | {"version": re.search('name="version" value="([^"]+)"', page)[1]}
    ada_client.post(f"{QUESTIONS}{quiz.id}/bits/", sent)
    due = card("bits").due
    for late in (WRONG["bits"], RIGHT["bits"]):  # a double click, and another window
        again = sent | form(quiz, ada, "bits", late)
        assert "answered=yes" in ada_client.post(f"{QUESTIONS}{quiz.id}/bits/", again)["location"]
    assert (card("bits").due, RecallAnswer.objects.count()) == (due, 1)


def test_the_newest_answers_to_a_question_are_kept(answer, again, monkeypatch):
    monkeypatch.setattr(recall, "KEPT", 2)
    answer("host", RIGHT["host"])
    make_due("host")
    for given in (WRONG["host"], WRONG["host"], RIGHT["host"]):
        again("host", given)
    assert [one.right for one in RecallAnswer.objects.all()] == [False, True]


def test_a_wrong_answer_is_explained_with_the_right_one(answer, again):
    answer("host", RIGHT["host"])
    make_due("host")
    page = again("host", WRONG["host"])
    assert "The answer:" in page
    assert "2001:db8::1" in page


def test_who_does_not_know_reads_the_answer(answer, again):
    answer("pairs", RIGHT["pairs"])
    make_due("pairs")
    page = again("pairs", WRONG["pairs"], unsure="yes")
    assert "The answer" in page
    assert RecallAnswer.objects.get().given == []
    assert not card("pairs").right


def test_an_answer_that_cannot_be_read_is_not_counted_and_stays_in_the_form(answer, again):
    answer("site", RIGHT["site"])
    page = again("site", ["2001:db8::"])
    assert "The prefix length is missing" in page
    assert 'value="2001:db8::"' in page
    assert not RecallAnswer.objects.exists()


@pytest.mark.parametrize("given", [RIGHT, WRONG])
def test_an_answer_changes_nothing_that_counts_in_the_course(answer, again, ada, course, given):
    for question in RIGHT:
        answer(question, RIGHT[question])
    before = list(QuizAnswer.objects.values_list()), progress_in(ada, course).answered
    for question in RIGHT:
        make_due(question)
        again(question, given[question])
    assert RecallAnswer.objects.count() == len(RIGHT)
    assert (list(QuizAnswer.objects.values_list()), progress_in(ada, course).answered) == before


def test_the_questions_that_went_wrong_are_listed_until_they_are_answered_right(answer, again, ada_client):
    answer("bits", WRONG["bits"])
    answer("bits", RIGHT["bits"])
    assert "1 question that comes back had a wrong answer" in ada_client.get("/progress/").content.decode()
    assert 'id="q-bits"' in ada_client.get(f"{QUESTIONS}?of=wrong").content.decode()
    again("bits", RIGHT["bits"], of="wrong")
    assert "wrongly" not in ada_client.get("/progress/").content.decode()
    assert "No question with a wrong answer is left." in ada_client.get(f"{QUESTIONS}?of=wrong").content.decode()


def test_a_question_that_was_never_right_is_offered_again_in_its_lesson(answer, ada_client, quiz):
    """A card would show the answer of a question that still counts."""
    for question in ("bits", "host", "steps"):
        answer(question, WRONG[question])
    for page in ("/progress/", QUESTIONS, f"{QUESTIONS}?of=wrong"):
        text = ada_client.get(page).content.decode()
        assert "3 questions are not right yet." in text
        assert re.findall(rf'href="{LESSON}#q-(\w+)"', text) == ["bits", "host", "steps"]
    assert "0 of 8 right, 3 tries, 3 not right yet" in ada_client.get("/progress/").content.decode()
    answer("bits", RIGHT["bits"])
    text = ada_client.get("/progress/").content.decode()
    assert "2 questions are not right yet." in text
    assert "1 question that comes back had a wrong answer" in text
    assert re.findall(rf'href="{LESSON}#q-(\w+)"', text) == ["host", "steps"]


def test_lesson_and_start_page_count_open_questions_in_the_same_words(answer, ada_client):
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    for question in ("bits", "host"):
        answer(question, WRONG[question])
    for page in (LESSON, "/"):
        assert (
            "2 questions are not right yet, 6 questions are not answered yet" in ada_client.get(page).content.decode()
        )


def test_after_an_answer_the_next_question_is_one_link_away(answer, again):
    for question in ("bits", "host"):
        answer(question, RIGHT[question])
        make_due(question)
    assert "Next question (1 left)" in again("bits", RIGHT["bits"])
    assert "Done: back to My progress" in again("host", RIGHT["host"])


def test_my_progress_says_how_many_questions_are_for_today(answer, ada_client):
    page = ada_client.get("/progress/").content.decode()
    assert "You have not finished one yet." in page
    answer("bits", RIGHT["bits"])
    assert "The next one comes back on" in ada_client.get("/progress/").content.decode()
    make_due("bits")
    assert "1 question is for today." in ada_client.get("/progress/").content.decode()


def test_today_ends_at_midnight_where_the_learner_lives(ada, quiz):
    ada.time_zone = "Pacific/Auckland"
    evening = datetime(2026, 6, 1, 11, 0, tzinfo=UTC)  # 23:00 there
    recall.remember(ada, quiz.id, "bits", right=True, at=evening - timedelta(days=9))
    for minutes, due in ((30, 1), (90, 0)):
        RecallCard.objects.update(due=evening + timedelta(minutes=minutes))
        assert len(recall_page.questions(ada, evening).due) == due


def test_a_question_that_left_its_lesson_is_not_asked(answer, ada_client):
    answer("bits", RIGHT["bits"])
    make_due("bits")
    RecallCard.objects.update(question="gone")
    assert 'class="quiz"' not in ada_client.get(QUESTIONS).content.decode()
    assert ada_client.get(f"{QUESTIONS}swell/gone/").status_code == 404


def test_linus_cannot_answer_the_questions_of_ada(answer, linus_client, quiz):
    answer("bits", RIGHT["bits"])
    assert linus_client.get(f"{QUESTIONS}{quiz.id}/bits/").status_code == 404
    assert linus_client.post(f"{QUESTIONS}{quiz.id}/bits/", {"written": "64"}).status_code == 404


def test_the_page_does_not_reveal_the_answer(answer, ada_client, quiz):
    answer("bits", RIGHT["bits"])
    make_due("bits")
    page = ada_client.get(f"{QUESTIONS}{quiz.id}/bits/").content.decode()
    assert 'value="64"' not in page
    assert quiz.question("bits").right not in page


def test_the_export_has_the_cards_and_the_answers_and_deletion_removes_them(answer, again, ada, ada_client):
    answer("bits", RIGHT["bits"])
    again("bits", WRONG["bits"])
    taken = Taken(ada_client)
    [one] = taken.json("courses")["questions_that_come_back"]
    assert (one["question"], one["right"]) == ("bits", False)
    assert [(row["question"], row["given"], row["right"]) for row in taken.json("recall")] == [("bits", ["48"], False)]
    ada.delete()
    assert not RecallCard.objects.exists()
    assert not RecallAnswer.objects.exists()


def test_answers_from_before_this_release_come_back_too(answer):
    answer("bits", RIGHT["bits"])
    answer("who", WRONG["who"])
    answer("who", RIGHT["who"])
    answer("host", WRONG["host"])
    assert RecallCard.objects.count() == 2
    kept = list(RecallCard.objects.order_by("question").values_list("question", "right", "stability"))
    RecallCard.objects.all().delete()
    importlib.import_module("courses.migrations.0004_recall").remember_earlier_answers(apps, None)
    assert list(RecallCard.objects.order_by("question").values_list("question", "right", "stability")) == kept
