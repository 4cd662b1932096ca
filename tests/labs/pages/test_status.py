"""The status panel tells the learner why the lab has stopped."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import deadlines_and_idle_labs, end_of_day, services, stops
from labs.models import LabSession, SessionEvent, State
from labs.pages.page_subject import PageSubject
from labs.pages.status import StatusPanel, WhyStopped

pytestmark = pytest.mark.django_db


def why_stopped(session, lab):
    session.refresh_from_db()
    return StatusPanel(PageSubject(lab, session.learner, session, None)).why_stopped


def test_a_lab_that_runs_or_that_its_learner_has_stopped_has_no_reason(ready, lab):
    assert why_stopped(ready, lab) is None
    services.stop_session(ready)
    stops.stop(ready.pk)
    assert why_stopped(ready, lab) is None


def test_a_learner_who_stops_a_lab_just_before_its_end_has_stopped_it(ready, lab):
    LabSession.objects.update(ends_at=timezone.now() + timedelta(milliseconds=1))
    services.stop_session(ready)
    stops.stop(ready.pk)
    assert why_stopped(ready, lab) is None


def test_labs_that_an_older_version_stopped_say_why(ready, lab, engine):
    """Version 0.14 wrote the reason as a sentence, in the language of the site."""
    LabSession.objects.update(
        state_at=timezone.now() - timedelta(hours=2), active_at=timezone.now() - timedelta(hours=1)
    )
    for session, reason in deadlines_and_idle_labs.expire():
        SessionEvent.objects.filter(note=reason).update(note="Niemand hat getippt")
        stops.stop(session, reason)
    assert why_stopped(ready, lab) == WhyStopped.IDLE


def test_a_lab_says_so_if_the_end_of_the_day_has_stopped_it(ready, lab):
    end_of_day.end_day()
    assert why_stopped(ready, lab) == WhyStopped.INSTRUCTOR
    stops.stop(ready.pk)
    assert why_stopped(ready, lab) == WhyStopped.INSTRUCTOR


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ({"ends_at": 0}, WhyStopped.TIME_UP),
        ({"ready_at": 2, "active_at": 1}, WhyStopped.IDLE),
        ({"ready_at": 2, "active_at": 2}, WhyStopped.IDLE),  # nobody had typed, so there is no save
    ],
)
def test_a_lab_says_so_if_its_time_was_up_or_nobody_had_used_it(ready, lab, engine, times, why):
    now = timezone.now()
    LabSession.objects.update(
        active_node="r1",
        state_at=now - timedelta(hours=2),
        **{name: now - timedelta(hours=hours) for name, hours in times.items()},
    )
    for session, reason in deadlines_and_idle_labs.expire():
        stops.stop(session, reason)
    assert why_stopped(ready, lab) == why
    assert ready.state == State.STOPPED
