"""Turns the verdicts of a grader's run into attempts: one for the learner, or one for each seat of a class lab."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from labs import hooks
from labs.engine.definition.seats import checks_of
from labs.engine.definition.spec import Check, Lab
from labs.engine.grading.grading import Outcome, Verdict
from labs.lifecycle import check_statuses, shown_stages, trouble_tickets
from labs.models import Attempt, ClassSeat, Job, LabSession, VerdictRecord


def record(job: Job, lab: Lab, verdicts: Sequence[Verdict], started: datetime, seats: Sequence[ClassSeat] = ()) -> None:
    """Keep an attempt for each person whom the verdicts count for, and the present state of the checks.

    SEATS: of a class lab, the seats that were graded.

    A copy of somebody's lab has no attempts: its verdicts are about that person's work, so they count for nobody.
    """
    session = job.session
    verdicts = check_statuses.counted(session, verdicts)
    with transaction.atomic():
        for graded in _graded(job, lab, seats):
            _keep(job, graded, verdicts, started)
        if not session.exam:  # what an exam's checks see is read nowhere but in its result
            check_statuses.write(session, verdicts, last=True, attempt=_stays_passed(job, verdicts))


def _stays_passed(job: Job, verdicts: Sequence[Verdict]) -> bool:
    """Whether what passes now stays passed. In a trouble ticket nothing does until it is fixed: a fault hides in what passes."""
    is_fixed = all(verdict.outcome == Outcome.PASSED for verdict in verdicts)
    return job.kind == Job.Kind.ATTEMPT and (job.session.ticket is None or is_fixed)


@dataclass(frozen=True, slots=True)
class Graded:
    """The people for whom a run of the grader counts: their checks, when they asked and had worked, and stages without points."""

    learner: int
    checks: Sequence[Check]
    asked: datetime
    worked: datetime | None
    assisted: Sequence[str]


def _keep(job: Job, graded: Graded, verdicts: Sequence[Verdict], started: datetime) -> None:
    session, checks = job.session, graded.checks
    ids = {check.id for check in checks}
    own = [verdict for verdict in verdicts if verdict.check in ids and verdict.stage not in graded.assisted]
    mine = [
        verdict if verdict.stage not in graded.assisted else replace(verdict, points=0)
        for verdict in verdicts
        if verdict.check in ids
    ]
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
    if session.exam:
        result["kind"] = Attempt.Kind.EXAM
    attempt = Attempt.objects.create(
        session=session,
        job=job,
        learner_id=graded.learner,
        lab=session.lab,
        lab_version=session.lab_version,
        seed=session.seed,
        assisted=graded.assisted,
        supervised_by=hooks.workshop_of(graded.learner, session.lab, graded.asked),
        asked_at=graded.asked,
        worked_at=graded.worked,
        started_at=started,
        finished_at=timezone.now(),
        **result,
    )
    VerdictRecord.objects.bulk_create(_verdict_row(attempt, verdict) for verdict in mine)


def _verdict_row(attempt: Attempt, verdict: Verdict) -> VerdictRecord:
    fields = check_statuses.verdict_fields(verdict)
    return VerdictRecord(attempt=attempt, **fields, evidence=dict(verdict.evidence), seconds=verdict.seconds)


def _graded(job: Job, lab: Lab, seats: Sequence[ClassSeat]) -> Iterator[Graded]:
    """Yield the people for whom a run of the grader counts."""
    session = job.session
    if session.copy_of_id:
        return
    if session.is_class or seats:
        seated = nodes_of_seats(session)
        for seat in seats:
            checks = checks_of(lab, seat.nodes, seated)
            asked = seat.check_asked_at or job.asked_at
            yield Graded(seat.user_id, checks, asked, _worked_by(asked, seat), _without_points(session, lab, seat))
    elif session.learner_id is None:
        raise ValueError(f"{session} has no learner, so nothing in it counts.")
    else:
        worked = _worked_by(job.asked_at, session)
        yield Graded(session.learner_id, list(lab.checks()), job.asked_at, worked, _without_points(session, lab))


def _worked_by(asked: datetime, where: LabSession | ClassSeat) -> datetime | None:
    """Return when somebody had last worked in a lab, or at a seat, by the time at which they asked for a check.

    A key is written a moment later, so the row is read again; what was typed while the check ran is not meant. WHERE was read when
    the check began.
    """
    written = type(where)._base_manager.filter(pk=str(where.pk)).values_list("worked_at", flat=True).first()
    return written if written and written <= asked else where.worked_at


def _without_points(session: LabSession, lab: Lab, seat: ClassSeat | None = None) -> list[str]:
    """Return the stages that the site did for the learner, or has shown to them."""
    helped = {*session.assisted, *(seat.assisted if seat else ()), *shown_stages.of(session, seat)}
    return [stage.id for stage in lab.stages if stage.id in helped]


def nodes_of_seats(session: LabSession) -> list[str]:
    """Return the nodes of all seats that somebody has."""
    return [node for seat in session.seats.all() for node in seat.nodes]
