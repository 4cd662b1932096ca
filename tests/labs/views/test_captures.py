"""Captures and cables: Ada changes the cables of her lab and captures packets in it. Nobody else can."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.lifecycle import captures, deadlines, lab_access, saves
from labs.lifecycle.services import request_reset
from labs.models import Capture, LabSession, Save, State
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)

EVIL = "<script>alert(1)</script>\x1b[31m"
LISTEN = {"interface": "r1:eth0", "filter": "icmp6", "seconds": "30"}


@pytest.fixture
def relay(monkeypatch, engine, ready, settings, tmp_path):
    """Ada's lab, and a state folder of its own."""
    settings.STATE_DIR = tmp_path
    inside = engine.client_of(ready)
    monkeypatch.setattr(lab_access, "client_of", engine.client_of)
    return inside


def url(name, session, *more):
    return reverse(f"labs:{name}", args=[session.pk, *more])


def change(client, session, number=0, **said):
    return client.post(url("cable", session), {"cable": number, **said}, headers={"X-Vaka": "panel"})


def listen(client, session, **said):
    return client.post(url("captures", session), {**LISTEN, **said}, headers={"X-Vaka": "panel"})


def mark(text):
    return re.findall(r'<text class="t(.)"[^>]*>(\w+)</text>', text)


def test_the_drawing_shows_an_impaired_cable_also_later(ada_client, lab, ready, relay):
    text = change(ada_client, ready, up="1", loss="12.5", rate="500").text
    assert mark(text) == [("w", "impaired"), ("p", "up")]
    assert "500 kbit/s, 12.5 % loss" in text
    assert mark(ada_client.get(f"/labs/{lab.id}/").text) == [("w", "impaired"), ("p", "up")]
    assert mark(change(ada_client, ready, up="1", loss="5").text)[0] == ("w", "lossy")
    assert mark(change(ada_client, ready, up="1").text)[0] == ("p", "up")
    assert relay.changed == {}


@pytest.mark.parametrize("press", [change, listen])
def test_changing_a_cable_counts_as_activity(ada_client, ready, relay, settings, press):
    long_ago = timezone.now() - timedelta(minutes=settings.LAB_IDLE_MINUTES)
    LabSession.objects.update(state_at=long_ago, ready_at=long_ago, active_at=None)
    press(ada_client, ready)
    assert deadlines.expire() == []
    assert saves.due(timezone.now()) == [ready]


def test_stopping_a_capture_counts_as_activity(ada_client, ready, relay):
    listen(ada_client, ready)
    LabSession.objects.update(active_at=None)
    ada_client.post(url("stop_capture", ready, Capture.objects.get().pk))
    ready.refresh_from_db()
    assert ready.was_touched


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
    change(ada_client, ready, up="1", rate="64")
    ready.refresh_from_db()
    request_reset(ready, None)
    queue()
    assert mark(ada_client.get(f"/labs/{lab.id}/").text)[0] == ("p", "up")


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


def test_a_computer_that_cannot_delay_says_so(ada_client, ready, relay):
    relay.refusal = "This computer cannot delay packets: no netem."
    assert relay.refusal in change(ada_client, ready, up="1", delay="20").text


def test_a_cable_cannot_be_changed_while_another_job_runs(ada_client, ready, relay, queue):
    request_reset(ready, "r1")
    assert "Another task is running" in change(ada_client, ready).text
    assert relay.changed == {}


def test_a_cable_between_other_nodes_is_not_adas(lab):
    nodes = {name: replace(node, learner=name == "h1") for name, node in lab.nodes.items()}
    others = replace(lab, nodes=nodes)
    assert [str(link.b) for link in captures.cables(others)] == ["h1:eth0"]
    assert [str(end) for end in captures.interfaces(others)] == ["h1:eth0", "r1:eth0"]


def test_a_capture_is_counted_and_then_available_as_a_file_and_as_text(ada_client, ready, relay):
    assert "Capturing" in listen(ada_client, ready).text
    capture = Capture.objects.get()
    relay.hears("one", "two")
    [seen] = ada_client.get(url("captures", ready)).json()["captures"]
    assert (seen["packets"], seen["size"], seen["ended_at"]) == (2, 224, None)
    relay.hears("12:00:00 IP6 fe80::1 > ff02::1", EVIL, over="time")
    assert ada_client.get(url("captures", ready)).json()["captures"][0]["ended_at"]
    text = ada_client.get(url("capture", ready, capture.pk), headers={"X-Vaka": "part"}).text
    assert "fe80::1 &gt; ff02::1" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;·[31m" in text
    assert "<script>" not in text
    file = ada_client.get(url("pcap", ready, capture.pk))
    assert b"".join(file.streaming_content) == b"p" * 224
    assert file["Content-Disposition"].startswith('attachment; filename="first-light-r1-eth0-')
    assert file["X-Content-Type-Options"] == "nosniff"
    assert relay.listening == [{}]  # the lab need not keep it any more


def test_a_capture_is_stopped_and_deleted_with_its_files(ada_client, ready, relay):
    listen(ada_client, ready)
    capture = Capture.objects.get()
    text = ada_client.post(url("stop_capture", ready, capture.pk), headers={"X-Vaka": "panel"}).text
    assert "Download" in text
    assert captures.pcap(capture).exists()
    ada_client.post(url("delete_capture", ready, capture.pk))
    assert not captures.pcap(capture).exists()
    assert not Capture.objects.exists()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"seconds": "61"}, "Enter a duration of 1 to 60 seconds."),
        ({"seconds": "soon"}, "Enter a duration of 1 to 60 seconds."),
        ({"interface": "up:eth9"}, "You cannot capture there."),
        ({"filter": "x" * 201}, "The filter is too long."),
    ],
)
def test_an_invalid_capture_is_refused_with_a_reason(ada_client, ready, relay, said, why):
    assert why in listen(ada_client, ready, **said).text
    assert relay.listening == []


def test_a_wrong_filter_shows_the_error_of_tcpdump_also_without_a_script(ada_client, lab, ready, relay):
    relay.refusal = "tcpdump: can't parse filter expression: syntax error"
    assert "parse filter expression: syntax error" in listen(ada_client, ready).text
    answer = ada_client.post(url("captures", ready), LISTEN, follow=True)
    assert answer.redirect_chain == [(f"/labs/{lab.id}/", 302)]
    assert "parse filter expression: syntax error" in answer.text


def test_ten_captures_are_kept_and_an_eleventh_is_refused(ada_client, ready, relay):
    for number in range(captures.KEPT):
        ready.captures.create(
            taker=ready.learner, number=number, interface="r1:eth0", seconds=1, ended_at=timezone.now()
        )
    assert "You have 10 captures. Delete one first." in listen(ada_client, ready).text


def test_nobody_else_can_capture_read_or_change_cables(ada_client, ready, relay):
    listen(ada_client, ready)
    relay.hears("one", over="time")
    ada_client.get(url("captures", ready))
    capture = Capture.objects.get()
    stranger = builders.signed_in(builders.make_person("linus2"))
    assert stranger.get(url("captures", ready)).status_code == 404
    assert listen(stranger, ready).status_code == 404
    assert change(stranger, ready).status_code == 404
    for name in ("capture", "pcap"):
        assert stranger.get(url(name, ready, capture.pk)).status_code == 404
    for name in ("stop_capture", "delete_capture"):
        assert stranger.post(url(name, ready, capture.pk)).status_code == 404
    other = LabSession.objects.create(
        learner=builders.make_person("grace2"), lab=ready.lab, lab_version=ready.lab_version
    )
    assert builders.signed_in(other.learner).get(url("pcap", other, capture.pk)).status_code == 404


def test_a_capture_without_an_open_page_is_fetched_automatically_and_deleted_after_some_days(ready, relay):
    capture = captures.begin(ready, ready.learner, "r1:eth0", "", 10)
    relay.hears("one", over="time")
    captures.tidy(timezone.now())
    assert Capture.objects.get().ended_at is None
    captures.tidy(timezone.now() + timedelta(seconds=30))
    assert (Capture.objects.get().packets, captures.lines(capture)) == (1, ["one"])
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    captures.tidy(timezone.now() + timedelta(days=captures.DAYS - 1))
    assert captures.pcap(capture).exists()
    captures.tidy(timezone.now() + timedelta(days=captures.DAYS + 1))
    assert not captures.pcap(capture).exists()
    assert not Capture.objects.exists()


def test_files_of_a_deleted_owner_are_deleted_too(ready, relay):
    capture = captures.begin(ready, ready.learner, "r1:eth0", "", 10)
    relay.hears("one", over="time")
    captures.look(ready)
    ready.delete()
    captures.tidy(timezone.now() + timedelta(days=captures.DAYS + 1))
    assert not captures.pcap(capture).exists()


def test_a_capture_of_a_lab_that_has_ended_is_lost(ada_client, ready, relay, engine):
    listen(ada_client, ready)
    engine.loses(ready)
    ada_client.get(url("captures", ready))
    assert Capture.objects.get().why == "lost"
