"""A start that is refused: while another lab of the learner runs, or still stops."""

import html

import pytest

from labs.models import LabSession
from tests.labs.views.helpers import url

pytestmark = pytest.mark.django_db(transaction=True)


def test_while_the_first_lab_stops_a_second_one_is_refused_without_a_button_to_stop_it(
    ada_client, lab, other_lab, ready, engine
):
    ada_client.post(url("stop", ready))
    answer = ada_client.post(f"/labs/{other_lab.id}/start")
    assert answer.status_code == 409
    text = html.unescape(answer.text)
    assert "“First light” is still stopping, so “Second wind” did not start." in text
    assert "Back to “Second wind”" in text
    assert "Stop “First light”" not in text


def test_a_second_lab_is_refused_with_a_way_to_stop_the_first(ada_client, lab, other_lab, ready, engine, queue):
    answer = ada_client.post(f"/labs/{other_lab.id}/start")
    assert answer.status_code == 409
    text = html.unescape(answer.text)
    assert "“First light” is still running, so “Second wind” did not start." in text
    assert "Go to “First light”" in text
    assert "Stop “First light”" in text
    answer = ada_client.post(url("stop", ready), {"then": other_lab.id})
    assert answer.url == f"/labs/{other_lab.id}/"
    queue()
    ada_client.post(f"/labs/{other_lab.id}/start")
    assert LabSession.objects.live().get().lab == other_lab.id
