"""Minutes of a pause count as nobody's working time."""

import pytest

from tests.vaka.workshops.conftest import ago, lunch_break, sits, works
from vaka.workshops.models import SeatLogEntry
from vaka.workshops.room.room import Room
from vaka.workshops.services import closing
from vaka.workshops.services.report import Report


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana")


@pytest.mark.parametrize("until", [1, None])
def test_a_pause_makes_nobody_slow_or_quiet(workshop, item, lab, ngozi, until):
    for name in ("Ana", "Ben", "Cai"):  # seven minutes each
        works(sits(workshop, name), lab, ["on", "still"], minutes=60, ago=53)
    works(sits(workshop, "Dee"), lab, minutes=50, active_at=ago(minutes=46))
    lunch_break(workshop, ngozi, since=45, until=until)
    room = Room.of(workshop)
    dee = room.tiles[3]
    assert dee.minutes in (5, 6)
    assert dee.signs.quiet < 3
    assert dee.quiet == 46  # pauses count in what the page shows
    assert not [tile for tile, _need in room.needs if tile is dee]


def test_a_pause_does_not_count_in_the_time_of_a_stage(workshop, item, lab, ngozi, ana):
    works(ana, lab, ["on", "still"], minutes=60, ago=5)
    lunch_break(workshop, ngozi, since=50, until=10)
    assert Room.of(workshop).tiles[0].minutes in (4, 5)
    assert [round(minutes) for _stage, minutes in Room.of(workshop).tiles[0].times()] == [15]
    [(_lab, stages)] = Report(workshop).minutes
    assert stages == [("Forwarding", 15, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_pause_does_not_continue_after_closing_and_reopening(workshop, lab, ana, ngozi, queue):
    lunch_break(workshop, ngozi, since=45)
    closing.close(workshop, ngozi)
    SeatLogEntry.objects.filter(kind="close").update(at=ago(minutes=30))
    closing.reopen(workshop, ngozi)
    works(ana, lab, minutes=20, active_at=ago(minutes=15))
    [tile] = Room.of(workshop).tiles
    assert tile.minutes == 20
    assert tile.signs.quiet >= 15
