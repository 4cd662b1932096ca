"""Reading the room as the rehearsal does, and comparing it with what each trainee knows."""

import pytest

from rigs.rehearsal.figures import figures, missed
from rigs.rehearsal.notes import Notes
from rigs.rehearsal.room_view import Changes, RoomView, Seen, wrong

ROOM = """<ol><li><span class="who">Sione &amp; Ana</span></li></ol>
<table><tr><th>Seat</th></tr>
<tr class="help"><td class="n"><input type="checkbox" name="seats" value="7"></td><th><svg><use href="#s-hand"/></svg>
<a><span class="who">Sione &amp; Ana</span><span class="seat-alt">Seat 7</span></a></th>
<td class="c pass"><svg><use href="#s-pass"/></svg></td><td class="c fail at"></td></tr>
<tr><td class="n"><input type="checkbox" name="seats" value="8"></td><th><span class="who">Thiri</span></th>
<td class="c run at"></td><td class="c none"></td></tr></table>"""


def test_a_row_says_who_sits_there_what_they_have_passed_and_whether_their_hand_is_up():
    assert RoomView(ROOM).seats == {7: Seen("Sione & Ana", (True, False), hand=True), 8: Seen("Thiri", (False, False))}


@pytest.mark.parametrize(
    ("thiri", "says"),
    [
        (Seen("Thiri", (True, False)), "seat 8: shown is"),
        (Seen("Thiri", (False, False), hand=True), "seat 8: shown is"),
        (None, "seat 8 is shown, and nobody sits there"),
    ],
)
def test_each_difference_is_said(thiri, says):
    known = {7: Seen("Sione & Ana", (True, False), hand=True)} | ({8: thiri} if thiri else {})
    (difference,) = wrong(RoomView(ROOM).seats, known)
    assert difference.startswith(says)


def test_who_is_not_shown_is_missed():
    nobody = {9: Seen("Sokha", (False, False))}
    assert wrong(RoomView(ROOM).seats, RoomView(ROOM).seats | nobody) == ["seat 9 is not shown"]


def test_one_error_or_nothing_measured_misses_what_is_asked():
    notes = Notes()
    notes.took("page", 0.2)
    notes.took("verdict", 1.0)
    notes.took("room", 1.2)
    assert missed(figures(9.0, notes, 800.0)) == []
    notes.error("Sione", ValueError("No prompt came."))
    assert missed(figures(9.0, notes, 800.0)) == ["errors is 1, asked for is 0"]
    assert missed(figures(9.0, Notes(), 800.0))[0] == "page_p95_s is None, asked for is 0.3"


def test_a_room_view_that_shows_a_hand_after_three_seconds_is_too_slow():
    notes = Notes()
    notes.took("page", 0.2)
    notes.took("verdict", 1.0)
    notes.took("room", 3.0)
    assert missed(figures(9.0, notes, 800.0)) == ["room_p95_s is 3.0, asked for is 1.5"]


def raised(seen):
    return seen.hand


def test_a_change_takes_from_the_press_until_a_page_shows_it():
    took = []
    changes = Changes(took.append)
    sione = Seen("Sione", (False,))
    changes.expect(7, raised, since=10.0)
    changes.shown({7: sione}, now=10.5)
    assert took == []
    changes.shown({7: Seen("Sione", (False,), hand=True)}, now=11.5)
    changes.shown({7: sione}, now=12.0)
    assert took == [1.5]


def test_what_is_shown_before_its_trainee_knows_it_took_no_time():
    took = []
    changes = Changes(took.append)
    changes.shown({7: Seen("Sione", (True,))}, now=10.0)
    changes.expect(7, lambda seen: seen.passed == (True,), since=11.0)
    assert took == [0.0]


def test_what_is_never_shown_took_as_long_as_somebody_waited():
    took = []
    changes = Changes(took.append)
    changes.expect(7, raised, since=10.0)
    changes.shown({}, now=11.0)
    assert changes
    changes.give_up(now=15.0)
    assert (took, len(changes)) == ([5.0], 0)
