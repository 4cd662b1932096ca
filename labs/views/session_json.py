"""A lab session in JSON, for programs. It tells no more than the lab page does."""

from labs import hooks
from labs.models import Attempt, LabSession, State
from labs.registry import versions
from vaka.accounts.models import User


def session_json(session: LabSession, learner: User) -> dict[str, object]:
    """Return the session, its last job, and the learner's last attempt. Times are in seconds."""
    job = session.jobs.first()
    counts = (Attempt.Kind.ATTEMPT, Attempt.Kind.TICKET)
    last = session.attempts.filter(kind__in=counts, learner=learner).first()
    return {
        "session": str(session.pk),
        "lab": session.lab,
        "seed": session.seed,
        "assisted": session.assisted,
        "ticket": _trouble_ticket(session),
        "state": session.state,
        "progress": session.progress,
        "error": session.error,
        "detail": session.detail,
        "ends_at": session.ends_at,
        "paused_since": hooks.paused().get(session.pk) if session.state == State.READY else None,
        "job": job
        and {
            "id": job.pk,
            "kind": job.kind,
            "over": job.ended_at is not None,
            "error": job.error,
            "detail": job.detail,
        },
        "attempt": last
        and {
            "job": last.job_id,
            "score": last.score,
            "out_of": last.out_of,
            "unknown": last.unknown,
            "seconds": (last.finished_at - last.started_at).total_seconds(),
            "verdicts": _visible(session, dict(last.verdicts.values_list("check_id", "outcome"))),
        },
    }


def _trouble_ticket(session: LabSession) -> dict[str, object] | None:
    """Return what the learner may know of the trouble ticket: the fault only once it is fixed."""
    ticket = session.ticket
    if ticket is None:
        return None
    known = {"seed": ticket.seed, "hints": ticket.hints, "points": ticket.points, "seconds": round(ticket.seconds, 1)}
    return known | {
        "opened_at": ticket.opened_at,
        "fixed_at": ticket.fixed_at,
        "fault": ticket.fault if ticket.fixed_at else "",
    }


def _visible(session: LabSession, outcomes: dict[str, str]) -> dict[str, str]:
    """Leave out the hidden checks that have not passed; all of them if the lab has left the catalogue."""
    try:
        checks = list(versions.of(session).checks())
    except versions.NoSuchLab:
        return {}
    visible = {check.id for check in checks if check.is_shown(passed=outcomes.get(check.id) == "passed")}
    return {check_id: outcome for check_id, outcome in outcomes.items() if check_id in visible}
