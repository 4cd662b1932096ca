"""A learner changes the cables of their own lab, and sees them as they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from labs.engine.shared.cable import NO_DELAY
from labs.lifecycle import captures, deadlines_and_idle_labs, saves
from labs.lifecycle.services import request_reset
from labs.models import LabSession, Save
from tests.labs.cable_forms import change, listen, mark

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_drawing_shows_an_impaired_cable_also_later(ada_client, lab, ready, relay):
    text = change(ada_client, ready, up="1", loss="12.5", rate="500").text
    assert mark(text) == [("w", "impaired")]
    assert "500 kbit/s, 12.5 % loss" in text
    assert mark(ada_client.get(f"/labs/{lab.id}/").text) == [("w", "impaired")]
    assert mark(change(ada_client, ready, up="1", loss="5").text) == [("w", "lossy")]
    assert mark(change(ada_client, ready, up="1").text) == []
    assert relay.changed == {}


@pytest.mark.parametrize("press", [change, listen])
def test_changing_a_cable_counts_as_activity(ada_client, ready, relay, settings, press):
    long_ago = timezone.now() - timedelta(minutes=settings.LAB_IDLE_MINUTES)
    LabSession.objects.update(state_at=long_ago, ready_at=long_ago, active_at=None)
    press(ada_client, ready)
    assert deadlines_and_idle_labs.expire() == []
    assert saves.due(timezone.now()) == [ready]


def test_a_save_made_while_a_cable_changes_is_not_the_last(ada_client, ready, relay, monkeypatch):
    do = relay.do

    def saved_meanwhile(action):
        saves.make(ready, relay, Save.Reason.CHANGE)
        do(action)

    monkeypatch.setattr(relay, "do", saved_meanwhile)
    change(ada_client, ready)
    assert saves.due(timezone.now() + saves.BETWEEN + timedelta(seconds=1)) == [ready]


def test_an_unplugged_cable_is_down(ada_client, ready, relay):
    assert mark(change(ada_client, ready).text)[0] == ("f", "down")
    assert relay.changed["r1:eth0"].up is False


def test_a_reset_restores_the_cables_on_the_page_too(ada_client, lab, ready, relay, queue):
    assert mark(change(ada_client, ready, up="1", rate="64").text) != []
    ready.refresh_from_db()
    request_reset(ready, None)
    queue()
    assert mark(ada_client.get(f"/labs/{lab.id}/").text) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"rate": "2"}, "Rate: Ensure this value is greater than or equal to 8."),
        ({"loss": "lots"}, "Loss: Enter a number."),
        ({"cable": "7"}, "You cannot change this cable"),
        ({"cable": "-1"}, "cable: Ensure"),
    ],
)
def test_an_invalid_value_is_reported_beside_the_form(ada_client, ready, relay, said, why):
    text = change(ada_client, ready, **{"up": "1", **said}).text
    assert why in text
    assert relay.changed == {}


def test_a_server_that_cannot_delay_says_so_and_how_to_change_it(ada_client, ready, relay):
    relay.refusal = NO_DELAY
    said = change(ada_client, ready, up="1", delay="20").text
    assert "This server cannot delay packets" in said
    assert "modprobe sch_netem" in said


def test_a_cable_cannot_be_changed_while_another_job_runs(ada_client, ready, relay, queue):
    request_reset(ready, "r1")
    assert "Another job is running" in change(ada_client, ready).text
    assert relay.changed == {}


def test_a_cable_between_other_nodes_is_not_adas(lab):
    nodes = {name: replace(node, learner=name == "h1") for name, node in lab.nodes.items()}
    others = replace(lab, nodes=nodes)
    assert [str(link.b) for link in captures.cables(others)] == ["h1:eth0"]
    assert [str(end) for end in captures.interfaces(others)] == ["h1:eth0", "r1:eth0"]
