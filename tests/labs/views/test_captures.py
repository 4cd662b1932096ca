"""Captures and cables: Ada changes the cables of her lab and captures packets in it. Nobody else can."""

import re
from datetime import UTC, datetime, timedelta
from errno import EACCES, ENOSPC

import pytest
from django.utils import timezone

from labs.lifecycle import captures
from labs.models import Capture, LabSession, State
from tests import builders
from tests.labs.cable_forms import LISTEN, change, listen, url
from vaka.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)

EVIL = "<script>alert(1)</script>\x1b[31m"


def test_stopping_a_capture_counts_as_activity(ada_client, ready, relay):
    listen(ada_client, ready)
    LabSession.objects.update(active_at=None)
    ada_client.post(url("stop_capture", ready, Capture.objects.get().pk))
    ready.refresh_from_db()
    assert ready.was_touched


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


def test_the_times_of_packets_are_in_the_readers_zone_as_that_of_the_capture(ada_client, ada, ready, relay):
    User.objects.filter(pk=ada.pk).update(time_zone="Africa/Nairobi", is_time_zone_chosen=True)  # UTC+3, all year
    listen(ada_client, ready)
    capture = Capture.objects.get()
    Capture.objects.update(begun_at=datetime(2026, 3, 1, 21, 59, 58, tzinfo=UTC))
    relay.hears(
        "21:59:59.123456 IP6 fe80::1 > ff02::1: 21:59:59 is data", "22:00:00.000001 IP6", "\t0x0000:  6000", over="time"
    )
    text = ada_client.get(url("capture", ready, capture.pk)).text
    assert "00:59:58</time>" in text
    shown = re.findall(r"<code>(.*?)</code>", text.partition("packets scroll")[2])
    assert shown == [
        "00:59:59.123456 IP6 fe80::1 &gt; ff02::1: 21:59:59 is data",
        "01:00:00.000001 IP6",
        "·0x0000:  6000",
    ]


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
        ({"interface": "up:eth9"}, "You cannot capture on this interface. Choose one from the list."),
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


def captured_before(ready, *sizes, **more):
    """Captures of Ada in a lab that she had before, the oldest first, with their files."""
    before = LabSession.objects.create(
        learner=ready.learner, lab=ready.lab, lab_version=ready.lab_version, state=State.STOPPED
    )
    facts = {"taker": ready.learner, "number": 1, "interface": "r1:eth0", "seconds": 1, "ended_at": timezone.now()}
    found = []
    for hours, size in enumerate(reversed(sizes), 1):
        begun = timezone.now() - timedelta(hours=hours)
        found.append(before.captures.create(**facts | {"size": size, "begun_at": begun} | more))
        captures._write(captures.pcap(found[-1]), b"p")
        captures._write(captures.text(found[-1]), b"t")
    return found[::-1]


def test_the_captures_of_a_person_have_a_bound_over_all_sessions_and_the_oldest_go_first(
    ada_client, ready, relay, monkeypatch
):
    monkeypatch.setattr(captures, "MOST_BYTES", 4 * captures.LARGEST)
    monkeypatch.setattr(captures, "LARGEST_TEXT", 0)
    oldest, old, newer = captured_before(ready, captures.LARGEST, captures.LARGEST, 2 * captures.LARGEST)
    text = listen(ada_client, ready).text
    assert set(Capture.objects.filter(session=newer.session)) == {old, newer}
    assert [captures.pcap(one).exists() for one in (oldest, old, newer)] == [False, True, True]
    assert not captures.text(oldest).exists()
    assert "take up to 8.0\xa0MB together. A new capture beyond that replaces your oldest ones." in text


def test_small_captures_count_with_their_text_so_that_their_number_has_a_bound_too(ready, relay, monkeypatch):
    monkeypatch.setattr(captures, "MOST_BYTES", captures.LARGEST + 3 * captures.LARGEST_TEXT)
    captured_before(ready, 0, 0, 0)
    captures.begin(ready, ready.learner, "r1:eth0", "", 10)
    assert Capture.objects.count() == 3


def test_a_capture_that_runs_and_those_of_other_people_make_no_room(ready, relay, monkeypatch):
    monkeypatch.setattr(captures, "MOST_BYTES", captures.LARGEST)
    others = captured_before(ready, captures.LARGEST, taker=builders.make_person("grace2"))
    running = captured_before(ready, 0, ended_at=None)
    made = captures.begin(ready, ready.learner, "r1:eth0", "", 10)
    assert set(Capture.objects.all()) == {*others, *running, made}


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
    assert (Capture.objects.get().packets, captures.lines(capture)) == (1, [captures.Line("one", of_check=False)])
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    captures.tidy(timezone.now() + timedelta(days=captures.DAYS - 1))
    assert captures.pcap(capture).exists()
    captures.tidy(timezone.now() + timedelta(days=captures.DAYS + 1))
    assert not captures.pcap(capture).exists()
    assert not Capture.objects.exists()


def test_packets_of_checks_are_marked_and_a_filter_hides_them(ada_client, ready, relay):
    listen(ada_client, ready)
    relay.hears("10:00:00 IP6 own", "10:00:01 IP6 of a check", over="time")
    ada_client.get(url("captures", ready))
    capture = Capture.objects.get()
    page = ada_client.get(url("capture", ready, capture.pk)).text
    assert "Hide 1 packet that a check has sent or received" in page
    assert page.count('<code class="of-check">') == 1
    assert [line.of_check for line in captures.lines(capture)] == [False, True]


def test_without_packets_of_checks_there_is_nothing_to_hide(ada_client, ready, relay):
    listen(ada_client, ready)
    relay.hears("10:00:00 IP6 own", over="time")
    ada_client.get(url("captures", ready))
    assert "Hide" not in ada_client.get(url("capture", ready, Capture.objects.get().pk)).text


def test_files_of_a_deleted_owner_are_deleted_too(ready, relay):
    capture = captures.begin(ready, ready.learner, "r1:eth0", "", 10)
    relay.hears("one", over="time")
    captures.refresh(ready)
    ready.delete()
    captures.tidy(timezone.now() + timedelta(days=captures.DAYS + 1))
    assert not captures.pcap(capture).exists()


def test_a_capture_of_a_lab_that_has_ended_is_lost(ada_client, ready, relay, engine):
    listen(ada_client, ready)
    engine.loses(ready)
    ada_client.get(url("captures", ready))
    assert Capture.objects.get().why == "lost"


def test_a_capture_that_a_full_disk_does_not_take_is_fetched_again_later(ada_client, ready, relay, monkeypatch):
    listen(ada_client, ready)
    relay.hears("one", over="time")

    def full(*_):
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(captures, "_write", full)
        seen = ada_client.get(url("captures", ready))
        assert (seen.status_code, seen.json()["captures"][0]["ended_at"]) == (200, None)
    assert ada_client.get(url("captures", ready)).json()["captures"][0]["ended_at"]
    assert captures.pcap(Capture.objects.get()).exists()


def test_a_capture_whose_files_cannot_be_removed_stays_and_the_page_says_why(ada_client, ready, relay, monkeypatch):
    listen(ada_client, ready)

    def refused(*_):
        raise PermissionError(EACCES, "Permission denied")

    monkeypatch.setattr(captures.file_removal, "remove", refused)
    page = ada_client.post(url("delete_capture", ready, Capture.objects.get().pk), headers={"X-Vaka": "panel"})
    assert "its files could not be removed" in page.text
    assert Capture.objects.exists()
