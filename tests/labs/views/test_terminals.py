"""Terminal tokens: who gets one, and for which terminal."""

import pytest

from labs.models import LabSession, State
from labs.terminals import tokens
from tests.labs.views.helpers import url

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_ticket_opens_a_terminal_on_the_learners_own_node(ada_client, ready, settings):
    answer = ada_client.post(url("terminal_token", ready), {"node": "r1", "terminal": "2", "mode": "control"}).json()
    assert answer["url"] == f"ws://testserver:{settings.GATEWAY_PORT}/terminal"
    assert tokens.read(answer["token"]).node == "r1"
    assert tokens.read(answer["token"]).mode == "control"


def test_a_terminal_on_another_node_is_view_only(ada_client, ready):
    answer = ada_client.post(url("terminal_token", ready), {"node": "up", "mode": "control"}).json()
    assert tokens.read(answer["token"]).mode == "view"


@pytest.mark.parametrize("asked", [{"node": "r9"}, {"node": "r1", "terminal": "../x"}, {}])
def test_there_is_no_ticket_for_an_unknown_terminal(ada_client, ready, asked):
    assert ada_client.post(url("terminal_token", ready), asked).status_code == 404


def test_there_is_no_ticket_for_a_lab_that_has_ended(ada_client, ready):
    LabSession.objects.update(state=State.STOPPED)
    answer = ada_client.post(url("terminal_token", ready), {"node": "r1"})
    assert (answer.status_code, answer.json()["error"]) == (409, "The lab is not running.")
