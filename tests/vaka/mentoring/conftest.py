"""Grace is Ada's mentor in a programme that Ngozi coordinates. Sina is another mentor of it, Hedy a mentor of no programme."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.models import Attempt, CheckStatus, Job, LabSession, State, VerdictRecord
from labs.registry.versions import newest
from tests import builders
from vaka.accounts.models import MENTORS
from vaka.mentoring import services
from vaka.mentoring.models import Programme

LAB = "ospfv3-one-area"


@pytest.fixture
def sina(db):
    return builders.make_person("sina", name="Sina Faleolo", group=MENTORS)


@pytest.fixture
def hedy(db):
    return builders.make_person("hedy", name="Hedy Lamarr", group=MENTORS)


@pytest.fixture
def programme(ngozi, grace, sina):
    made = Programme.objects.create(title="Reef mentors", language="English")
    made.coordinators.add(ngozi)
    for mentor in (grace, sina):
        services.add_mentor(made, mentor, ngozi)
    return made


@pytest.fixture
def invited(programme, grace, ada):
    """Grace's invitation, which Ada has not answered yet."""
    return services.invite(programme, grace, grace, ada)


@pytest.fixture
def followed(invited, ada):
    """The mentorship of Grace and Ada."""
    services.accept_invitation(invited, ada)
    invited.refresh_from_db()
    return invited


def ago(**time):
    return timezone.now() - timedelta(**time)


def text(words):
    return {"msgid": "%(text)s", "params": {"text": words}}


def session_of(person, lab=LAB, **facts):
    facts = {"state": State.STOPPED, "ready_at": ago(days=1), "lab_version": newest(lab).version, **facts}
    return LabSession.objects.create(learner=person, lab=lab, **facts)


def attempt_of(person, *, fails=(), at=None, lab=LAB, score=None, session=None, kind="attempt"):
    """Create an attempt. The checks with an id in ``fails`` have failed, the others have passed."""
    at, session = at or timezone.now(), session or session_of(person, lab)
    job = Job.objects.create(session=session, kind=kind, ended_at=at)
    checks = [(stage.id, check) for stage in newest(lab).stages for check in stage.checks]
    points = sum(check.points for _stage, check in checks if check.id not in fails)
    when = dict.fromkeys(("asked_at", "started_at", "finished_at"), at)
    out_of = sum(check.points for _stage, check in checks)
    facts = {"lab": lab, "lab_version": session.lab_version, "kind": kind, "out_of": out_of, "unknown": 0, **when}
    made = Attempt.objects.create(
        session=session, job=job, learner=person, score=points if score is None else score, **facts
    )
    for stage, check in checks:
        failed = check.id in fails
        VerdictRecord.objects.create(
            attempt=made,
            check_id=check.id,
            stage=stage,
            outcome="failed" if failed else "passed",
            points=0 if failed else check.points,
            out_of=check.points,
            expected=text("a route"),
            seen=text(f"<i>nothing</i> on {check.id}"),
            cause=text("No area yet."),
            command="vtysh -c 'show ipv6 route'",
            node="r1",
            evidence={"said": "<script>alert(1)</script>"},
            seconds=0.1,
        )
    return made


def fails_now(session, check, *, since=None, stage="", outcome="failed"):
    return CheckStatus.objects.create(
        session=session,
        check_id=check,
        stage=stage,
        outcome=outcome,
        points=0,
        out_of=4,
        expected=text("a route"),
        seen=text("<i>nothing</i>"),
        cause=text("No area yet."),
        command="vtysh -c 'show ipv6 route'",
        node="r1",
        since=since or timezone.now(),
        seen_at=timezone.now(),
    )


def first_check(lab=LAB):
    return next(newest(lab).checks()).id
