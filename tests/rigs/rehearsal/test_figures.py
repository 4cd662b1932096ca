"""A rehearsal says where the time was."""

from rigs.rehearsal.figures import slow_parts
from rigs.rehearsal.notes import Notes
from rigs.rehearsal.people import page_kind


def test_pages_of_different_people_count_as_one():
    assert page_kind("/labs/sessions/0f8fad5b-d9cb-469f-a165-70867728950e/panel") == "/labs/sessions/…/panel"
    assert page_kind("/workshops/17/mine") == "/workshops/…/mine"
    assert page_kind("/labs/ospfv3-one-area/") == "/labs/ospfv3-one-area/"


def test_the_slowest_pages_are_named_with_their_slowest_reading():
    notes = Notes()
    notes.slowest |= {"/a": 0.1, "/b": 0.4, "/c": 0.2, "/d": 0.3}
    assert slow_parts(notes) == ["slowest pages: /b 0.40 s, /d 0.30 s, /c 0.20 s"]


def test_the_seconds_of_a_check_are_told_apart_from_those_around_it():
    notes = Notes()
    for looked, beside in ((2.0, 0.1), (4.0, 0.3), (3.0, 0.2)):
        notes.took("look", looked)
        notes.took("beside", beside)
    assert slow_parts(notes) == [
        "a check looked for 3.0 s, 95 of 100 for at most 4.0 s; waiting and showing took 0.2 s, 95 of 100 at most 0.3 s"
    ]


def test_nothing_is_said_about_what_did_not_happen():
    assert slow_parts(Notes()) == []
