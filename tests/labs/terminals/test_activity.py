"""Activity in labs: keys count, open pages and automatic answers do not."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from labs.models import LabSession
from labs.terminals import activity
from labs.terminals.activity import Activity, Typed

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
    assert list(written[0]) == ["a"]


def test_the_time_of_the_last_key_and_its_node_are_on_the_row(ready, engine):
    at = timezone.now()
    activity.write_activity({str(ready.pk): Typed(at, "h1")})
    activity.write_activity({str(ready.pk): Typed(ready.ready_at, "r1")})
    assert LabSession.objects.values_list("active_at", "active_node").get() == (at, "h1")


def test_a_time_from_before_the_clock_went_back_is_replaced(ready, engine):
    LabSession.objects.update(active_at=timezone.now() + timedelta(minutes=5))
    at = timezone.now()
    activity.write_activity({str(ready.pk): Typed(at, "r1")})
    assert LabSession.objects.get().active_at == at
    activity.write_activity({str(ready.pk): Typed(timezone.now() + timedelta(minutes=5), "r1")})
    assert at < LabSession.objects.get().active_at <= timezone.now()
