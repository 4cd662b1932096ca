"""A workshop: ngozi leads it, hedy helps, and chidi is an instructor of another one."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from labs.models import Attempt, CheckStatus, Job, LabSession, State, VerdictRecord
from tests.builders import make_person, signed_in
from tests.labs.conftest import (  # noqa: F401  # a broker, a fake engine and little labs
    broker,
    broker_url,
    catalog,
    engine,
    lab,
    no_broker_by_chance,
    other_lab,
    queue,
    use_engine,
)
from vaka.accounts.models import INSTRUCTORS
from vaka.workshops.models import AgendaItem, Role, Workshop, WorkshopStaff
from vaka.workshops.models.seat import Presence, Seat
from vaka.workshops.services import joining, planning


@pytest.fixture
def hedy(db):
    return make_person("hedy", name="Hedy Lamarr")


@pytest.fixture
def chidi(db):
    return make_person("chidi", name="Chidi Okoye", group=INSTRUCTORS)


@pytest.fixture
def workshop(ngozi, hedy, lab):  # noqa: F811
    today = timezone.now().date()
    facts = {"first_day": today, "last_day": today + timedelta(days=2), "seats": 5}
    made = planning.make(Workshop(title="Moana NOG 6", place="Apia", **facts), ngozi)
    WorkshopStaff.objects.create(workshop=made, user=hedy, role=Role.HELPER)
    return made


@pytest.fixture
def item(workshop, lab):  # noqa: F811
    return session_of(workshop, labs=[lab.id], opened_at=timezone.now())


@pytest.fixture
def other(chidi):
    today = timezone.now().date()
    return planning.make(Workshop(title="Savanna NOG", first_day=today, last_day=today), chidi)


def session_of(workshop, title="First light", **facts):
    """A session of the workshop that has begun an hour ago."""
    begins = timezone.now() - timedelta(hours=1)
    times = {"from_at": begins, "to_at": begins + timedelta(hours=3)}
    return AgendaItem.objects.create(workshop=workshop, title=title, **times | facts)


@pytest.fixture
def clients(ngozi, hedy, chidi, linus, workshop, other):
    return {
        name: signed_in(one)
        for name, one in zip(("lead", "helper", "other", "stranger"), (ngozi, hedy, chidi, linus), strict=True)
    }


def sits(workshop, name, **facts):
    """Somebody in a seat."""
    seat = joining.take(workshop, name)
    Seat.objects.filter(pk=seat.pk).update(**facts)
    seat.refresh_from_db()
    return seat


def is_in_the_room(seat, ago=0):
    """A page of the seat is open in the room, so many minutes ago."""
    at = timezone.now() - timedelta(minutes=ago)
    return Presence.objects.create(seat=seat, began_at=at, last_at=at)


def joins(workshop, name, client=None, **more):
    """Somebody joins, and his browser."""
    browser = client or Client()
    where = {"REMOTE_ADDR": more.pop("REMOTE_ADDR")} if "REMOTE_ADDR" in more else {}
    answer = browser.post("/join/", {"code": workshop.code_shown.lower(), "name": name, **more}, **where)
    assert answer.status_code == 302, answer.content.decode()
    assert answer.url == f"/workshops/{workshop.pk}/mine"
    return browser


def seat_of(browser):
    return Seat.objects.get(user=browser.session["_auth_user_id"])


def works(seat, lab, passed=(), failed=None, *, minutes=5, ago=None, **facts):  # noqa: F811
    """His session of the lab, ready so many minutes ago; ``passed`` are checks, ``failed`` one with its cause."""
    now = timezone.now()
    ready = now - timedelta(minutes=minutes)
    had = {"ready_at": ready, "active_at": now, "state": State.READY, "lab_version": lab.version, **facts}
    session = LabSession.objects.create(learner=seat.user, lab=lab.id, ends_at=now + timedelta(minutes=40), **had)
    for check in passed:
        at = now - timedelta(minutes=minutes if ago is None else ago)
        sighting(session, lab, check, "passed", since=at, first_passed_at=at)
    if failed:
        sighting(session, lab, failed[0], "failed", cause={"msgid": failed[1], "params": {}} if failed[1] else None)
    return session


def sighting(session, lab, check_id, outcome, **facts):  # noqa: F811
    stage = next(stage for stage in lab.stages if any(check.id == check_id for check in stage.checks))
    seen = {"msgid": "It was off.", "params": {}}
    now = timezone.now()
    more = {"points": 0, "out_of": 4, "expected": seen, "seen": seen, "cause": None, "since": now, "seen_at": now}
    return CheckStatus.objects.create(
        session=session, check_id=check_id, stage=stage.id, outcome=outcome, **more | facts
    )


def fails(session, check_id, times=1):
    """He asks for a check, and it fails, so often."""
    for _time in range(times):
        now = timezone.now()
        job = Job.objects.create(session=session, kind=Job.Kind.ATTEMPT, ended_at=now)
        whose = {"learner": session.learner, "lab": session.lab, "lab_version": session.lab_version}
        points = {"score": 0, "out_of": 10, "unknown": 0, "kind": Attempt.Kind.ATTEMPT}
        when = {"asked_at": now, "started_at": now, "finished_at": now}
        attempt = Attempt.objects.create(session=session, job=job, **whose, **points, **when)
        row = CheckStatus.objects.get(session=session, check_id=check_id)
        names = ("check_id", "stage", "outcome", "points", "out_of", "expected", "seen", "cause")
        VerdictRecord.objects.create(attempt=attempt, seconds=1, **{name: getattr(row, name) for name in names})
