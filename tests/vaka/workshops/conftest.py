"""A workshop: Ngozi leads it, Hedy helps, and Chidi is an instructor of another one."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from labs.lifecycle import class_labs
from labs.models import Attempt, CheckStatus, Job, LabSession, State, VerdictRecord
from labs.registry import versions
from tests.builders import PASSWORD, make_person, signed_in
from tests.labs import fakes
from tests.labs.conftest import (  # noqa: F401  # a broker, a fake engine and small labs
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
from vaka.workshops import events as workshop_events
from vaka.workshops.models import AgendaItem, LabOnAgenda, Presence, Role, Seat, SeatLogEntry, TeamMember, Workshop
from vaka.workshops.services import joining, pauses, workshop_changes


@pytest.fixture
def hedy(db):
    return make_person("hedy", name="Hedy Lamarr")


@pytest.fixture
def chidi(db):
    return make_person("chidi", name="Chidi Okoye", group=INSTRUCTORS)


@pytest.fixture
def workshop(ngozi, hedy, lab):  # noqa: F811
    today = timezone.now().date()
    facts = {"first_day": today, "last_day": today + timedelta(days=2), "seat_count": 5}
    made = workshop_changes.make(Workshop(title="Moana NOG 6", place="Apia", **facts), ngozi)
    TeamMember.objects.create(workshop=made, user=hedy, role=Role.HELPER, accepted_at=timezone.now())
    return made


@pytest.fixture
def item(workshop, lab):  # noqa: F811
    return adds_item(workshop, labs=[lab.id], opened_at=timezone.now())


@pytest.fixture
def other(chidi):
    today = timezone.now().date()
    return workshop_changes.make(Workshop(title="Savanna NOG", first_day=today, last_day=today), chidi)


@pytest.fixture
def shared(ngozi, workshop, item, lab, monkeypatch, engine):  # noqa: F811
    """Ngozi's class lab, running, with bots at its two seats."""
    made = fakes.with_bots(lab)
    monkeypatch.setattr(versions, "newest", lambda lab, seed=0: made)
    monkeypatch.setattr(versions, "of", lambda session: made)
    monkeypatch.setattr(versions, "all_labs", lambda: [made])
    session = class_labs.begin(ngozi, lab.id, {})
    LabSession.objects.update(state=State.READY, ready_at=timezone.now())
    session.refresh_from_db()
    return session


@pytest.fixture
def seated(shared, workshop):
    """Sina on the left and Tavita on the right of the class lab."""
    found = sits(workshop, "Sina"), sits(workshop, "Tavita")
    for seat, place in zip(found, ("left", "right"), strict=True):
        class_labs.sit_down(shared, seat.user, place)
    LabSession.objects.update(nodes_to_reset=[], ends_at=timezone.now() + timedelta(minutes=30))
    return found


def adds_item(workshop, title="First light", **facts):
    """An agenda item that began an hour ago, or with the workshop: in the first hour of a day, an hour ago was the day before."""
    begins = max(timezone.now() - timedelta(hours=1), workshop.begins)
    times = {"from_at": begins, "to_at": begins + timedelta(hours=3)}
    item = AgendaItem.objects.create(workshop=workshop, title=title, **times | facts)
    planned_long_ago(workshop)
    return item


def planned_long_ago(workshop):
    """Let the labs of the agenda count as if they had been on it from the beginning."""
    LabOnAgenda.objects.filter(workshop=workshop).update(from_at=timezone.now() - timedelta(days=2000))


def has_labs(workshop, *labs):
    """Give these labs to each item of the agenda."""
    for item in workshop.agenda.all():
        item.labs = list(labs)
        item.save()
    planned_long_ago(workshop)


@pytest.fixture
def clients(ngozi, hedy, chidi, linus, workshop, other):
    return {
        name: signed_in(one)
        for name, one in zip(("lead", "helper", "other", "stranger"), (ngozi, hedy, chidi, linus), strict=True)
    }


def sits(workshop, name, **facts):
    """A seat that a guest has taken."""
    seat = joining.take_seat(workshop, name)
    Seat.objects.filter(pk=seat.pk).update(**facts)
    seat.refresh_from_db()
    return seat


def is_in_the_room(seat, ago=0):
    """A page of the seat was open in the room, AGO minutes ago."""
    at = timezone.now() - timedelta(minutes=ago)
    return Presence.objects.create(seat=seat, began_at=at, last_at=at)


def joins(workshop, name, client=None, **more):
    """A trainee joins. Returns their browser."""
    browser = client or Client()
    where = {"REMOTE_ADDR": more.pop("REMOTE_ADDR")} if "REMOTE_ADDR" in more else {}
    answer = browser.post("/join/", {"code": workshop.code_shown.lower(), "name": name, **more}, **where)
    assert answer.status_code == 302, answer.content.decode()
    assert answer.url == f"/workshops/{workshop.pk}/mine"
    return browser


def seat_of(browser):
    return Seat.objects.get(user=browser.session["_auth_user_id"])


def works(seat, lab, passed=(), failed=None, *, minutes=5, ago=None, **facts):  # noqa: F811
    """A lab session of the seat, ready MINUTES ago. PASSED are checks, FAILED is one with its cause."""
    now = timezone.now()
    ready = now - timedelta(minutes=minutes)
    had = {
        "ready_at": ready,
        "active_at": now,
        "active_node": "r1",
        "state": State.READY,
        "lab_version": lab.version,
        **facts,
    }
    session = LabSession.objects.create(learner=seat.user, lab=lab.id, ends_at=now + timedelta(minutes=40), **had)
    for check in passed:
        at = now - timedelta(minutes=minutes if ago is None else ago)
        check_status(session, lab, check, "passed", since=at, first_passed_at=at)
    if failed:
        check_status(session, lab, failed[0], "failed", cause={"msgid": failed[1], "params": {}} if failed[1] else None)
    return session


def check_status(session, lab, check_id, outcome, **facts):  # noqa: F811
    stage = next(stage for stage in lab.stages if any(check.id == check_id for check in stage.checks))
    seen = {"msgid": "It was off.", "params": {}}
    now = timezone.now()
    more = {"points": 0, "out_of": 4, "expected": seen, "seen": seen, "cause": None, "since": now, "seen_at": now}
    return CheckStatus.objects.create(
        session=session, check_id=check_id, stage=stage.id, outcome=outcome, **more | facts
    )


def fails(session, check_id, times=1):
    """The trainee makes attempts in which the check fails, TIMES times."""
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


@pytest.fixture
def published(monkeypatch):
    """The names of the events that are published about all seats of a workshop, in order."""
    found = []

    def publish(workshop, event, seat=None, **details):
        if seat is None:
            found.append(event)

    monkeypatch.setattr(workshop_events, "publish", publish)
    return found


@pytest.fixture
def evening(hedy, lab):  # noqa: F811
    """Another workshop on the same days, which Hedy leads."""
    today = timezone.now().date()
    made = workshop_changes.make(Workshop(title="Evening class", first_day=today, last_day=today), hedy)
    adds_item(made, labs=[lab.id], opened_at=timezone.now())
    return made


def signs_in(username="ana"):
    device = Client()
    assert device.post("/accounts/login/", {"login": username, "password": PASSWORD}).status_code == 302
    return device


def text_of(client, path="/labs/first-light/"):
    return unescape(client.get(path).content.decode())


def reads(seat, page="mine"):
    """Return the text that the trainee at the seat reads on a page, with the seat bar."""
    client = signed_in(seat.user)
    client.get(f"/workshops/{seat.workshop_id}/mine")  # the browser's session remembers the seat
    return text_of(client, f"/workshops/{seat.workshop_id}/mine" if page == "mine" else page)


def ago(**time):
    return timezone.now() - timedelta(**time)


def lunch_break(workshop, by, *, since, until=None):
    """A pause that began SINCE minutes ago and ended UNTIL minutes ago; without UNTIL it goes on."""
    pauses.pause(workshop, by)
    Workshop.objects.update(paused_at=ago(minutes=since))
    SeatLogEntry.objects.filter(kind="pause").update(at=ago(minutes=since))
    workshop.refresh_from_db()
    if until is not None:
        pauses.resume(workshop, by)
        SeatLogEntry.objects.filter(kind="resume").update(at=ago(minutes=until))
        workshop.refresh_from_db()


POLICY = "There is no policy on the session."


def grades(session, score, **outcomes):
    """An attempt with this score and one verdict for each check in OUTCOMES."""
    fails(session, "on")
    last = Attempt.objects.order_by("pk").last()
    Attempt._base_manager.filter(pk=last.pk).update(score=score, supervised_by="Moana NOG 6", assisted=session.assisted)
    row = last.verdicts.get()
    VerdictRecord._base_manager.filter(pk=row.pk).delete()  # the verdicts are made here
    for check, outcome in outcomes.items():
        row.pk, row.check_id, row.outcome, row._state.adding = None, check, outcome, True
        row.stage = "file" if check == "file" else "forwarding"
        row.save()


@pytest.fixture
def ana_passed(workshop, item, lab):  # noqa: F811
    """Ana, with a partner and three attempts. The best has all points."""
    seat = sits(workshop, "Ana", partner="Ben")
    session = works(seat, lab, ["on", "still"], failed=("file", POLICY))
    CheckStatus.objects.filter(session=session, outcome="passed").update(first_passed_at=timezone.now())
    grades(session, 4, on="passed", still="failed")
    grades(session, 10, on="passed", still="passed", file="passed")
    grades(session, 6, on="passed", still="passed", file="failed")
    return seat


@pytest.fixture
def cai_failed(workshop, item, lab):  # noqa: F811
    """A seat with a formula as its name, an assisted stage and two failed attempts."""
    seat = sits(workshop, "=HYPERLINK(1)")
    session = works(seat, lab, failed=("on", POLICY), assisted=["forwarding"])
    for _time in range(2):
        grades(session, 0, on="failed", still="waiting", file="unknown")
    return seat
