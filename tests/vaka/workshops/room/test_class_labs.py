"""A class lab on the agenda: who may take a seat in it, and what the room shows of each of them."""

import pytest
from django.utils import timezone

from labs import permissions
from labs.lifecycle import class_labs
from labs.models import CheckStatus, LabSession, State
from labs.registry import versions
from tests.labs import fakes
from tests.vaka.workshops.conftest import sits
from vaka.workshops.room.state import Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(ngozi, workshop, item, lab, monkeypatch, engine):
    """Ngozi's class lab, running, with bots at its two seats."""
    made = fakes.with_bots(lab)
    monkeypatch.setattr(versions, "newest", lambda lab, seed=0: made)
    monkeypatch.setattr(versions, "of", lambda session: made)
    monkeypatch.setattr(versions, "all_labs", lambda: [made])
    session = class_labs.begin(ngozi, lab.id, {})
    LabSession.objects.update(state=State.READY, ready_at=timezone.now())
    session.refresh_from_db()
    return session


def test_people_of_the_workshop_take_a_seat_while_its_item_is_open(shared, workshop, item, linus):
    guest = sits(workshop, "Sina")
    assert list(permissions.class_labs_open_to(guest.user)) == [shared]
    assert not permissions.class_labs_open_to(linus).exists()
    item.opened_at = None
    item.save()
    assert not permissions.class_labs_open_to(guest.user).exists()


def test_nobody_takes_a_seat_in_the_class_of_somebody_who_does_not_run_the_workshop(shared, workshop, chidi):
    guest = sits(workshop, "Sina")
    LabSession.objects.filter(pk=shared.pk).update(learner=chidi)
    assert not permissions.class_labs_open_to(guest.user).exists()


def test_the_room_shows_each_seat_its_own_part_of_the_class_lab(shared, workshop):
    left, right = sits(workshop, "Sina"), sits(workshop, "Tavita")
    class_labs.sit_down(shared, left.user, "left")
    class_labs.sit_down(shared, right.user, "right")
    now = timezone.now()
    facts = {"session": shared, "since": now, "seen_at": now, "first_passed_at": now, "points": 4, "out_of": 4}
    words = {"expected": {"msgid": "x", "params": {}}, "seen": {"msgid": "x", "params": {}}}
    CheckStatus.objects.create(check_id="file", stage="file", outcome="passed", **facts, **words)
    tiles = {tile.seat.name: tile for tile in Room.of(workshop).tiles}
    assert tiles["Tavita"].session == tiles["Sina"].session == shared
    assert tiles["Tavita"].cells[-1].shape == "pass"
    assert tiles["Sina"].cells[0].shape == "run"
    assert [check.id for stage in tiles["Sina"].lab.stages for check in stage.checks] == ["on", "still"]
