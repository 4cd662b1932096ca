"""The pages that a browser keeps of the courses that a person takes, and the answers that it hands in later."""

import hashlib
from types import SimpleNamespace
from uuid import uuid4

import pytest

from courses import kept_pages, services
from courses.loader import catalogue, clear_cache
from courses.models import QuizAnswer
from tests import builders
from tests.courses.test_loader import LESSON
from tests.courses.written import write_waves
from vaka.accounts.models import BrowserSession

HOST = "/courses/waves/swell/quiz/host/hand-in"
WHICH = "/courses/waves/swell/quiz/bits/hand-in"


@pytest.fixture
def waves(tmp_path, settings):
    folder = write_waves(tmp_path)
    settings.COURSE_CONTENT = tmp_path
    clear_cache()
    yield folder
    clear_cache()


@pytest.fixture
def takes(waves, ada, settings):
    services.enrol(ada, catalogue(settings.COURSE_CONTENT)["waves"])


def kept(client):
    return client.get("/kept/").json()


def digests(client):
    return {page["path"]: page["digest"] for page in kept(client)["pages"]}


def test_nothing_is_kept_for_a_visitor_or_for_a_person_who_takes_no_course(client, ada_client, waves):
    assert kept(client) == {"reader": "nobody", "until": 0, "pages": []}
    assert kept(ada_client)["pages"] == []


def test_the_pages_of_the_courses_that_ada_takes_are_kept_until_her_session_ends(ada_client, takes):
    found = kept(ada_client)
    assert [page["path"] for page in found["pages"]] == [
        "/kept/courses/",
        "/kept/glossary/",
        "/kept/courses/waves/",
        "/kept/courses/waves/swell/",
    ]
    assert found["until"] == int(BrowserSession.objects.get().expire_date.timestamp() * 1000)
    assert all(ada_client.get(page["path"]).status_code == 200 for page in found["pages"])


def test_a_kept_page_has_the_text_and_the_questions_and_no_name_no_token_and_no_tries(ada_client, ada, takes, settings):
    course = catalogue(settings.COURSE_CONTENT)["waves"]
    lesson = course.lesson("swell")
    services.answer_question(ada, course, lesson, lesson.quiz.question("host"), ["2001:db8::77"])
    for path in digests(ada_client):
        answer = ada_client.get(path)
        text = answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        assert not any(word in text for word in ("Ada", "ada@", "csrfmiddlewaretoken", "2001:db8::77", "1 try"))
    assert 'id="q-host"' in text
    assert lesson.title in text


def test_a_change_of_a_lesson_changes_its_digest_alone(ada_client, takes, waves):
    before = digests(ada_client)
    (waves / "010-swell.md").write_text(LESSON + "\nIt is [SLAAC]{term}, again.\n")
    clear_cache()
    after = digests(ada_client)
    assert {path for path in after if after[path] != before[path]} == {"/kept/courses/waves/swell/"}


def test_each_session_has_a_name_of_its_own_and_pages_say_it(ada, client, takes):
    one, other = builders.signed_in(ada), builders.signed_in(ada)
    assert kept(one)["reader"] == kept(one)["reader"] != kept(other)["reader"]
    assert one.get("/courses/")["Vaka-Reader"] == kept(one)["reader"]
    assert client.get("/courses/")["Vaka-Reader"] == "nobody"
    BrowserSession.objects.all().delete()
    assert one.get("/courses/")["Vaka-Reader"] == "nobody"


def test_an_answer_that_is_handed_in_twice_counts_once(ada_client, ada, takes):
    form = {"person": ada.pk, "key": uuid4(), "written": "2001:db8::2"}
    first, again = ada_client.post(HOST, form), ada_client.post(HOST, form)
    assert first.json() == again.json() == {"said": "Not right yet", "outcome": "fail"}
    assert QuizAnswer.objects.count() == 1
    assert ada_client.post(HOST, {**form, "key": uuid4(), "written": "2001:db8::1"}).json()["outcome"] == "pass"
    late = ada_client.post(HOST, {**form, "key": uuid4()}).json()
    assert "before" in late["said"]
    assert QuizAnswer.objects.count() == 2


def test_an_answer_of_somebody_else_is_not_taken(ada_client, linus, takes):
    answer = ada_client.post(HOST, {"person": linus.pk, "key": uuid4(), "written": "2001:db8::1"})
    assert answer.status_code == 409
    assert not QuizAnswer.objects.exists()


def test_the_key_of_a_try_at_another_question_is_refused(ada_client, ada, takes):
    key = uuid4()
    assert ada_client.post(HOST, {"person": ada.pk, "key": key, "written": "2001:db8::1"}).json()["outcome"] == "pass"
    answer = ada_client.post(WHICH, {"person": ada.pk, "key": key, "written": "64"})
    assert answer.status_code == 422
    assert QuizAnswer.objects.count() == 1


def test_a_key_that_is_none_is_refused_in_words_for_learners(ada_client, ada, takes):
    said = ada_client.post(HOST, {"person": ada.pk, "key": "seven", "written": "2001:db8::1"}).json()["said"]
    assert said.endswith("Answer the question again.")


def test_the_texts_of_lessons_are_hashed_once_and_not_for_each_request(ada_client, takes, monkeypatch):
    kept(ada_client)
    sizes, sha256 = [], hashlib.sha256
    counting = SimpleNamespace(sha256=lambda data: sizes.append(len(data)) or sha256(data))
    monkeypatch.setattr(kept_pages, "hashlib", counting)
    pages = kept(ada_client)["pages"]
    assert len(sizes) < 3 * len(pages)
    assert max(sizes) < 1000


@pytest.mark.parametrize("wrong", [{"key": "seven"}, {"written": "a lot"}])
def test_an_answer_that_cannot_be_read_is_refused_with_a_reason(ada_client, ada, takes, wrong):
    answer = ada_client.post(WHICH, {"person": ada.pk, "key": uuid4(), "written": "64", **wrong})
    assert answer.status_code == 422
    assert answer.json()["said"]
    assert not QuizAnswer.objects.exists()


def test_the_list_of_a_whole_course_takes_few_queries(ada_client, ada, settings, django_assert_max_num_queries):
    services.enrol(ada, catalogue(settings.COURSE_CONTENT)["first-steps"])
    with django_assert_max_num_queries(6):
        assert len(kept(ada_client)["pages"]) > 10
