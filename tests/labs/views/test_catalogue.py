"""The catalogue of labs: what runs, and the learner's best results."""

import html
import re

import pytest
from django.conf import settings

from courses.loader import library
from labs.hooks import LabCourse, LabLesson
from labs.lifecycle.services import request_check
from labs.models import LabSession
from labs.registry import versions

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_catalogue_shows_the_running_lab_and_the_best_result(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    text = html.unescape(ada_client.get("/labs/").text)
    assert "First light" in text
    assert "Second wind" in text
    assert "10 / 10" in text
    assert "Running now" in text
    assert "50 min" in text


def test_the_catalogue_says_passed_started_or_not_yet(ada_client, lab, ready, engine, queue):
    def row():
        text = re.sub(r"\s+", " ", ada_client.get("/labs/").text)
        return re.search(r"First light</a>(.*?)</tr>", text)[1]

    assert "Not yet" in row()
    request_check(ready)
    queue()
    assert "Started" in row()
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    assert "Passed" in row()
    for part in ("Make a host a router.", "Beginner", "20 min", "10 points"):
        assert part in row()


def test_the_catalogue_needs_no_more_queries_for_more_labs(ada_client, lab, ready, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):
        ada_client.get("/labs/")


def test_a_running_lab_that_has_left_the_catalogue_is_still_shown(ada_client, lab, ready):
    LabSession.objects.update(lab="long-gone")
    assert "<b>long-gone</b>" in ada_client.get("/labs/").text


def test_labs_stand_below_their_course_in_the_order_of_its_lessons(ada_client, ada):
    every = library(settings.COURSE_CONTENT).courses["first-steps"]
    ids = list(dict.fromkeys(lesson.lab for lesson in every.lessons() if lesson.lab))
    text = ada_client.get("/labs/").text
    places = [text.index(f'<th scope="row"><a href="/labs/{lab}/">') for lab in ids]
    assert places == sorted(places)
    assert text.index('id="course-first-steps"') < places[0]
    assert text.index("Labs without a course") > places[-1]
    first = next(every.lessons())
    assert f'<a href="/courses/first-steps/{first.id}/">' in text


def test_labs_that_no_lesson_names_come_last(ada_client, lab, monkeypatch):
    named, *_others = versions.all_labs()
    course = LabCourse("waves", "Reading waves", (("tides", "Tides"),), (LabLesson(named.id, "swell", "Swell", True),))
    monkeypatch.setattr("courses.lab_catalogue.labs_by_course", lambda learner: [course])
    text = ada_client.get("/labs/").text
    assert text.index("Reading waves") < text.index(f"/labs/{named.id}/") < text.index("Labs without a course")
    assert '<a href="/courses/tides/">Tides</a>' in text
