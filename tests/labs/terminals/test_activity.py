"""Activity in labs: keys count, open pages and automatic answers do not."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from labs.models import ClassSeat, LabSession
from labs.terminals import activity
from labs.terminals.activity import Activity, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(monkeypatch):
    """The activity that is written, without a thread."""
    found = []
    monkeypatch.setattr(activity, "_write", found.append)
    return found


def test_a_first_key_is_written_at_once_and_the_next_after_a_while(written, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(activity.time, "monotonic", lambda: now)
    keys = Activity()
    write = async_to_sync(keys.write)
    keys.typed("a", "r1", b"l")
    write()
    keys.typed("a", "r1", b"s")
    write()
    assert len(written) == 1
    now += activity.EVERY
    write()
    assert len(written) == 2
    now += activity.EVERY
    write()
    assert len(written) == 2


@pytest.mark.parametrize("keys", [b"\x1b[?1;2c", b"\x1b[12;40R", b"\x1b[I", b"\x1b]11;rgb:00/00/00\x07\x1b[?62c"])
def test_automatic_answers_of_a_terminal_do_not_count(written, keys):
    silent = Activity()
    silent.typed("a", "r1", keys)
    async_to_sync(silent.write)()
    assert written == []


def test_arrow_keys_count(written):
    busy = Activity()
    busy.typed("a", "r1", b"\x1b[A")
    async_to_sync(busy.write)()
    assert list(written[0]) == [("a", "r1")]


def test_the_time_of_the_last_key_and_its_node_are_on_the_row(ready, engine):
    at = timezone.now()
    activity.write_activity({Place(str(ready.pk), "h1"): at})
    activity.write_activity({Place(str(ready.pk), "r1"): ready.ready_at})
    assert LabSession.objects.values_list("active_at", "active_node").get() == (at, "h1")


def test_a_time_from_before_the_clock_went_back_is_replaced(ready, engine):
    LabSession.objects.update(active_at=timezone.now() + timedelta(minutes=5))
    at = timezone.now()
    activity.write_activity({Place(str(ready.pk), "r1"): at})
    assert LabSession.objects.get().active_at == at
    activity.write_activity({Place(str(ready.pk), "r1"): timezone.now() + timedelta(minutes=5)})
    assert at < LabSession.objects.get().active_at <= timezone.now()


def test_a_key_counts_for_the_seat_of_a_class_lab_on_whose_node_it_was_typed(ready, engine, linus, ngozi):
    ready.seats.create(user=linus, nodes=["r1"])
    ready.seats.create(user=ngozi, nodes=["h1"])
    at = timezone.now()
    activity.write_activity({Place(str(ready.pk), "r1"): at})
    assert dict(ClassSeat.objects.values_list("user__username", "worked_at")) == {
        linus.username: at,
        ngozi.username: None,
    }


def test_two_who_type_at_the_same_time_in_a_class_lab_are_both_written(written):
    busy = Activity()
    busy.typed("a", "r1", b"l")
    busy.typed("a", "r2", b"l")
    async_to_sync(busy.write)()
    assert list(written[0]) == [("a", "r1"), ("a", "r2")]


def test_the_last_key_of_a_burst_is_written_soon_after_it(written, monkeypatch):
    busy = Activity()
    write = async_to_sync(busy.write)
    busy.typed("a", "r1", b"l")
    write()
    busy.typed("a", "r1", b"s")
    write()
    assert len(written) == 1
    monkeypatch.setattr(activity, "BURST", timedelta(0))
    write()
    write()
    assert len(written) == 2


def test_a_button_is_no_work_and_a_cable_is(ready, engine):
    ready.touch()
    assert LabSession.objects.get().worked_at is None
    ready.touch(worked=True)
    assert LabSession.objects.get().worked_at == ready.worked_at == ready.active_at
