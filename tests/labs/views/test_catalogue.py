import html
import re

import pytest

from labs.lifecycle.services import request_check
from labs.models import LabSession

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_list_of_labs_says_what_runs_and_my_best(ada_client, lab, ready, engine, queue):
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    text = html.unescape(ada_client.get("/labs/").text)
    assert "First light" in text
    assert "Second wind" in text
    assert "10 / 10" in text
    assert "Running now: First light" in text
    assert "50 minutes left" in text


def test_the_list_of_labs_says_passed_begun_or_not_yet(ada_client, lab, ready, engine, queue):
    def row():
        text = re.sub(r"\s+", " ", ada_client.get("/labs/").text)
        return re.search(r"First light</a>(.*?)</tr>", text)[1]

    assert "Not yet" in row()
    request_check(ready)
    queue()
    assert "Started" in row()
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    assert "Passed" in row()
    for part in ("Make a host a router.", "Beginner", "20 min", "10 points"):
        assert part in row()


def test_the_list_of_labs_costs_no_more_queries_with_more_labs(ada_client, lab, ready, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        ada_client.get("/labs/")


def test_a_session_whose_lab_has_left_the_catalogue_is_in_the_list_of_labs(ada_client, lab, ready):
    LabSession.objects.update(lab="long-gone")
    assert "Running now: long-gone" in ada_client.get("/labs/").text


def test_a_lab_that_is_not_here_leads_to_those_that_are(ada_client, lab):
    answer = ada_client.get("/labs/long-gone/")
    assert answer.status_code == 404
    assert "This lab does not exist" in answer.text
    assert f'href="/labs/{lab.id}/"' in answer.text
    assert 'href="/courses/"' in answer.text
