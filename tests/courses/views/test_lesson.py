"""The pages of courses, and who may do what on them."""

import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from courses.loader import catalogue
from courses.models import Enrolment, LessonDone, QuizAnswer
from labs import hooks
from tests.builders import signed_in

COURSE = "/courses/first-steps/"
FIRST = "/courses/first-steps/ipv6-addresses/"
LESSON = "/courses/first-steps/ospfv3-in-one-area/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def do(client: Client, learner, lesson) -> str:
    """Answer the lesson's questions, mark it as done, and return the page that follows."""
    for question in lesson.quiz.questions:
        QuizAnswer.objects.create(learner=learner, quiz=lesson.quiz.id, question=question.id, right=True)
    return client.post(f"{COURSE}{lesson.id}/done", {"done": "yes"}, follow=True).content.decode()


def our_lessons():
    return list(catalogue(settings.COURSE_CONTENT)["first-steps"].lessons())


def test_a_visitor_reads_without_an_account(client, db):
    assert "First steps for network operators" in text(client, "/courses/")
    assert "Sign in to start" in text(client, COURSE)
    lesson = text(client, LESSON)
    assert "RFC 5340" in lesson
    assert "Sign in to save your progress" in lesson
    assert f"/accounts/login/?next={LESSON}" in lesson


def test_ada_enrols_and_does_all_lessons(ada_client, ada):
    assert "Enrol in this course" in text(ada_client, COURSE)
    answer = ada_client.post(f"{COURSE}enrol", follow=True)
    assert "You are here" in answer.content.decode()
    lessons = our_lessons()

    assert f"0 of {len(lessons)} lessons done" in text(ada_client, LESSON)
    for done, lesson in enumerate(lessons, start=1):
        page = do(ada_client, ada, lesson)
        assert f"{done} of {len(lessons)} lessons done" in page
        assert "Mark as not done" in page
    assert "You have done all lessons of this course" in text(ada_client, COURSE)


def test_both_ways_stand_with_the_contents_which_stay_in_view(ada_client):
    """Regression: on a wide page they were below the lesson only."""
    contents = re.search(r'<nav class="contents box".*?</nav>', text(ada_client, LESSON), re.S)[0]
    assert 'rel="prev"' in contents
    assert 'rel="next"' in contents
    assert 'rel="prev"' not in re.search(r'<nav class="contents box".*?</nav>', text(ada_client, FIRST), re.S)[0]


def test_a_lesson_leads_to_its_lab(ada_client):
    assert 'href="/labs/ospfv3-one-area/"' in text(ada_client, LESSON)


def test_a_solved_lab_leads_back_to_its_lesson_and_then_to_the_next_one(ada_client, ada):
    here = "/courses-after/ospfv3-one-area/"
    sharing = [lesson for lesson in our_lessons() if lesson.lab == "ospfv3-one-area"]
    first = ada_client.get(here)["location"]
    question = re.fullmatch(rf"{COURSE}{sharing[0].id}/#(q-.+)", first)[1]
    assert f'id="{question}"' in text(ada_client, f"{COURSE}{sharing[0].id}/"), "its first open question"
    for lesson in sharing:
        do(ada_client, ada, lesson)
    # Lessons before it that the learner left out do not come first
    following = our_lessons()[our_lessons().index(sharing[-1]) + 1]
    assert ada_client.get(here)["location"] == f"{COURSE}{following.id}/"
    for lesson in our_lessons():
        do(ada_client, ada, lesson)
    assert ada_client.get(here)["location"] == COURSE
    assert ada_client.get("/courses-after/of-no-course/")["location"] == "/courses/"


def test_a_lab_leads_to_the_lesson_that_ends_with_it_whether_done_or_not(client, ada_client, ada):
    """Regression: it led to the first lesson that names it, also to one that only mentions it."""
    do(ada_client, ada, next(lesson for lesson in our_lessons() if lesson.lab == "ospfv3-one-area"))
    ends = {
        "ospfv3-one-area": LESSON,
        "v6-access-pd": "/courses/ipv6-in-practice/access-networks/",
        "dns-zones": "/courses/dns-for-operators/resolvers/",
        "of-no-course": "/courses/",
    }
    for visitor in (client, ada_client):
        assert {lab: visitor.get(f"/courses-of/{lab}/")["location"] for lab in ends} == ends


def test_a_lab_leads_back_to_the_lesson_that_was_read_last(ada_client):
    second = "/courses/dns-for-operators/zones-delegations/"
    for read in ("/courses/dns-for-operators/two-jobs/", second, LESSON):
        text(ada_client, read)
    assert ada_client.get("/courses-of/dns-zones/")["location"] == second
    assert ada_client.get("/courses-after/dns-zones/")["location"].startswith(f"{second}#q-")
    other_course = "/courses/routing-for-small-operators/policy-as-sentences/"
    text(ada_client, other_course)
    assert ada_client.get("/courses-of/first-ebgp/")["location"] == other_course


def test_a_lab_counts_the_questions_of_the_lesson_to_which_it_leads(ada_client, ada):
    """Regression: it counted those of the lesson that ends with the lab, and led to the one that was read last."""
    read = "/courses/dns-for-operators/zones-delegations/"
    text(ada_client, read)
    request = SimpleNamespace(user=ada, session=ada_client.session)
    lesson = catalogue(settings.COURSE_CONTENT)["dns-for-operators"].lesson("zones-delegations")
    assert ada_client.get("/courses-after/dns-zones/")["location"].startswith(f"{read}#q-")
    number = len(lesson.quiz.questions)
    assert hooks.open_questions(request, "dns-zones") == f"{number} questions are not answered yet"
    for question in lesson.quiz.questions:
        QuizAnswer.objects.create(learner=ada, quiz=lesson.quiz.id, question=question.id, right=True)
    assert hooks.open_questions(request, "dns-zones") == ""
    assert hooks.open_questions(request, "of-no-course") == ""


def test_a_lesson_that_has_left_the_courses_is_not_led_to(ada_client):
    session = ada_client.session
    session["lessons_of_labs"] = {"ospfv3-one-area": ["first-steps", "ipv6-addresses"], "dns-zones": ["gone", "gone"]}
    session.save()
    assert ada_client.get("/courses-of/ospfv3-one-area/")["location"] == LESSON
    assert ada_client.get("/courses-of/dns-zones/").status_code == 302


def test_no_session_is_begun_for_a_visitor_who_reads_a_lesson(client, db):
    text(client, LESSON)
    assert settings.SESSION_COOKIE_NAME not in client.cookies


def test_the_roadmap_marks_one_course_as_the_place_of_the_learner(ada_client):
    """Regression: each started course was yellow, and yellow means "you are here"."""
    for course in (COURSE, "/courses/ipv6-in-practice/"):
        ada_client.post(f"{course}enrol")
    marked = re.findall(r'href="([^"]+)" tabindex="-1" class="run( here)?"', text(ada_client, "/courses/"))
    assert set(marked) == {(COURSE, ""), ("/courses/ipv6-in-practice/", " here")}


def test_marking_a_lesson_twice_stores_it_once(ada_client, ada):
    for _ in range(2):
        ada_client.post(f"{LESSON}done", {"done": "yes"})
        ada_client.post(f"{COURSE}enrol")
    assert LessonDone.objects.filter(learner=ada).count() == 1
    assert Enrolment.objects.filter(learner=ada).count() == 1


def test_ada_marks_a_lesson_as_not_done_again(ada_client, ada):
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    ada_client.post(f"{LESSON}done", {"done": "no"})
    assert not LessonDone.objects.filter(learner=ada).exists()
    assert Enrolment.objects.filter(learner=ada).exists()


def test_ada_s_progress_is_not_linus_s(ada_client, linus):
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    assert f"0 of {len(our_lessons())} lessons done" in text(signed_in(linus), LESSON)
    assert not LessonDone.objects.filter(learner=linus).exists()


@pytest.mark.parametrize("path", [f"{COURSE}enrol", f"{LESSON}done"])
def test_a_visitor_is_asked_to_sign_in_before_anything_is_written(client, db, path):
    assert client.post(path)["location"] == f"/accounts/login/?next={path}"
    assert not Enrolment.objects.exists()
    assert not LessonDone.objects.exists()


@pytest.mark.parametrize("path", [f"{COURSE}enrol", f"{LESSON}done"])
def test_a_get_request_changes_nothing(ada_client, path):
    assert ada_client.get(path).status_code == 405


def test_a_form_on_another_site_changes_nothing(ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(f"{COURSE}enrol").status_code == 403
    assert not Enrolment.objects.exists()


@pytest.mark.parametrize("path", ["/courses/nowhere/", f"{COURSE}nowhere/", "/courses/nowhere/ospfv3-in-one-area/"])
def test_unknown_courses_and_lessons_are_not_found(ada_client, path):
    assert ada_client.get(path).status_code == 404
    assert ada_client.post(f"{path}done" if path.count("/") == 4 else f"{path}enrol").status_code == 404


@pytest.mark.parametrize("path", ["/", "/courses/", COURSE, LESSON])
def test_a_page_needs_at_most_sixteen_queries(ada_client, django_assert_max_num_queries, path):
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    with django_assert_max_num_queries(16):
        ada_client.get(path)


def test_the_start_page_continues_where_ada_left_off(ada_client, ada):
    assert "Start: First steps" in text(ada_client, "/")
    ada_client.post(f"{COURSE}enrol")
    page = text(ada_client, "/")
    assert "You are here" in page
    assert f'href="{FIRST}">Continue</a>' in page
    do(ada_client, ada, our_lessons()[0])
    assert f'href="{FIRST}">Continue</a>' not in text(ada_client, "/")


def test_each_lesson_of_ours_is_long_enough_to_teach_and_has_all_its_parts():
    lessons = our_lessons()
    assert lessons
    for lesson in lessons:
        prose = re.sub(r"```.*?```", "", lesson.text, flags=re.DOTALL)  # what a router printed does not count
        assert len(re.findall(r"[A-Za-z][\w'-]*", prose)) >= 600, lesson.id
        assert lesson.summary, lesson.id
        assert len(lesson.quiz.questions) >= 5, lesson.id
        for part in ("::: figure", "::: worked", "## See it", "## Mistakes that everybody makes once", "## Now you"):
            assert part in lesson.text, f"{lesson.id} has no {part}"
