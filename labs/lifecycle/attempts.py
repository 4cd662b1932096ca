"""Turns the verdicts of a grader's run into attempts: one for the learner, or one for each seat of a class lab."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from labs import hooks
from labs.engine.definition.seats import checks_of
from labs.engine.definition.spec import Check, Lab
from labs.engine.grading.grading import Outcome, Verdict
from labs.lifecycle import check_statuses, trouble_tickets
from labs.models import Attempt, Job, LabSession, VerdictRecord


def record(job: Job, lab: Lab, verdicts: Sequence[Verdict], started: datetime) -> None:
    """Keep an attempt for each person whom the verdicts count for, and the present state of the checks.

    A copy of somebody's lab has no attempts: its verdicts are about that person's work, and count for nobody.
    """
    session = job.session
    verdicts = check_statuses.counted(session, verdicts)
    with transaction.atomic():
        for learner, checks in _checks_by_learner(session, lab).items():
            _keep(job, learner, checks, verdicts, started)
        check_statuses.write(session, verdicts, last=True, attempt=_stays_passed(job, verdicts))


def _stays_passed(job: Job, verdicts: Sequence[Verdict]) -> bool:
    """Whether what passes now stays passed. In a trouble ticket nothing does until it is fixed: a fault hides in what passes."""
    is_fixed = all(verdict.outcome == Outcome.PASSED for verdict in verdicts)
    return job.kind == Job.Kind.ATTEMPT and (job.session.ticket is None or is_fixed)


def _keep(job: Job, learner: int, checks: Sequence[Check], verdicts: Sequence[Verdict], started: datetime) -> None:
    session = job.session
    ids = {check.id for check in checks}
    mine = [verdict for verdict in verdicts if verdict.check in ids]
    own = [verdict for verdict in mine if verdict.stage not in session.assisted]
    result: dict[str, Any] = {
        "kind": Attempt.Kind(job.kind),
        "score": sum(verdict.points for verdict in mine),
        "out_of": sum(check.points for check in checks),
        "unknown": sum(verdict.out_of for verdict in own if verdict.outcome == Outcome.UNKNOWN),
    }
    if ticket := session.ticket:
        ticket.refresh_from_db()
        result |= trouble_tickets.result(ticket, verdicts)
        result["kind"] = Attempt.Kind.TICKET if result["kind"] == Attempt.Kind.ATTEMPT else result["kind"]
    attempt = Attempt.objects.create(
        session=session,
        job=job,
        learner_id=learner,
        lab=session.lab,
        lab_version=session.lab_version,
        seed=session.seed,
        assisted=session.assisted,
        supervised_by=hooks.workshop_of(learner, session.lab, job.asked_at),
        asked_at=job.asked_at,
        started_at=started,
        finished_at=timezone.now(),
        **result,
    )
    VerdictRecord.objects.bulk_create(_verdict_row(attempt, verdict) for verdict in mine)


def _verdict_row(attempt: Attempt, verdict: Verdict) -> VerdictRecord:
    fields = check_statuses.verdict_fields(verdict)
    return VerdictRecord(attempt=attempt, **fields, evidence=dict(verdict.evidence), seconds=verdict.seconds)


def _checks_by_learner(session: LabSession, lab: Lab) -> dict[int, list[Check]]:
    """Return whom a run of the grader counts for, and which of its checks."""
    if session.copy_of_id:
        return {}
    seats = list(session.seats.all())
    if seats:
        seated = [node for seat in seats for node in seat.nodes]
        return {seat.user_id: checks_of(lab, seat.nodes, seated) for seat in seats}
    if session.learner_id is None:
        raise ValueError(f"{session} has no learner, so nothing in it counts.")
    return {session.learner_id: list(lab.checks())}
