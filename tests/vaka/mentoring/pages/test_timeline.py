"""The timeline of Ada: what it shows, a page at a time, and what an exam closes."""

import pytest

from tests import earned
from vaka.mentoring import services
from vaka.mentoring.models import Note
from vaka.mentoring.pages import timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def commented(followed, ada, grace):
    """An attempt of Ada, on which Grace has commented."""
    made = earned.attempt(ada)
    services.write_note(followed, grace, "Well done.", Note.Reach.SHARED, made)
    return made


def kinds(*args, **facts):
    return [event.kind for event in timeline.timeline_of(*args, **facts).events]


def test_the_newest_event_comes_first(commented, followed, ada):
    assert kinds(ada, followed) == ["note", "attempt", "mentor"]
    assert kinds(ada, None) == ["note", "attempt", "mentor"]


def test_older_events_are_on_another_page(commented, followed, ada, monkeypatch):
    monkeypatch.setattr(timeline, "PAGE", 2)
    newest = timeline.timeline_of(ada, followed)
    assert [event.kind for event in newest.events] == ["note", "attempt"]
    assert kinds(ada, followed, newest.older) == ["mentor"]


def test_a_comment_on_an_attempt_at_a_closed_lab_is_left_out(commented, followed, ada):
    assert kinds(ada, None, closed=[commented.lab]) == ["attempt", "mentor"]
    assert kinds(ada, None, closed=["another"]) == ["note", "attempt", "mentor"]
