"""The catalogue of labs: what runs, and the learner's best results."""

import html
import re

import pytest

from labs.lifecycle.services import request_check
from labs.models import LabSession

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_catalogue_shows_the_running_lab_and_the_best_result(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    text = html.unescape(ada_client.get("/labs/").text)
    assert "First light" in text
    assert "Second wind" in text
    assert "10 / 10" in text
    assert "Running now: First light" in text
    assert "50 minutes left" in text


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
    with django_assert_max_num_queries(6):
        ada_client.get("/labs/")


def test_a_running_lab_that_has_left_the_catalogue_is_still_shown(ada_client, lab, ready):
    LabSession.objects.update(lab="long-gone")
    assert "Running now: long-gone" in ada_client.get("/labs/").text


def test_the_page_of_an_unknown_lab_lists_the_available_labs(ada_client, lab):
    answer = ada_client.get("/labs/long-gone/")
    assert answer.status_code == 404
    assert "This lab does not exist" in answer.text
    assert f'href="/labs/{lab.id}/"' in answer.text
    assert 'href="/courses/"' in answer.text
