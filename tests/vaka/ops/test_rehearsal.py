"""The rehearsal's own reading: what the room view shows, beside what each trainee knows of himself."""

import pytest

from vaka.ops.rehearsal.figures import figures, missed
from vaka.ops.rehearsal.notes import Notes
from vaka.ops.rehearsal.view import Seen, View, wrong

ROOM = """<ol><li><span class="who">Sione &amp; Ana</span></li></ol>
<table><tr><th>Seat</th></tr>
<tr class="help"><td class="n"><input type="checkbox" name="seats" value="7"></td><th><svg><use href="#s-hand"/></svg>
<a><span class="who">Sione &amp; Ana</span><span class="seat-alt">Seat 7</span></a></th>
<td class="c pass"><svg><use href="#s-pass"/></svg></td><td class="c fail at"></td></tr>
<tr><td class="n"><input type="checkbox" name="seats" value="8"></td><th><span class="who">Thiri</span></th>
<td class="c run at"></td><td class="c none"></td></tr></table>"""


def test_a_row_says_who_sits_there_what_he_has_passed_and_whether_his_hand_is_up():
    assert View(ROOM).seats == {7: Seen("Sione & Ana", (True, False), hand=True), 8: Seen("Thiri", (False, False))}


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
    (difference,) = wrong(View(ROOM).seats, known)
    assert difference.startswith(says)


def test_who_is_not_shown_is_missed():
    nobody = {9: Seen("Sokha", (False, False))}
    assert wrong(View(ROOM).seats, View(ROOM).seats | nobody) == ["seat 9 is not shown"]


def test_one_error_or_nothing_measured_misses_what_is_asked():
    notes = Notes()
    notes.took("page", 0.2)
    notes.took("verdict", 1.0)
    assert missed(figures(9.0, notes, 800.0)) == []
    notes.error("Sione", ValueError("No prompt came."))
    assert missed(figures(9.0, notes, 800.0)) == ["errors is 1, asked for is 0"]
    assert missed(figures(9.0, Notes(), 800.0))[0] == "page_p95_s is None, asked for is 0.3"
