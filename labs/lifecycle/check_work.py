"""The button “Check my work”: makes and records an attempt, or a check without a grade. Other jobs: ``labs.lifecycle.job_run``."""

import time
from collections.abc import Iterable, Sequence

from django.utils import timezone

from labs import events
from labs.engine.definition import stimulus
from labs.engine.definition.seats import checks_of
from labs.engine.definition.spec import Check, Lab
from labs.engine.errors import LabGone
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.lifecycle import (
    attempt_configurations,
    attempts,
    check_statuses,
    job_run,
    lab_access,
    network_recovery,
    seat_attempts,
    time_since_change,
    trouble_tickets,
)
from labs.models import ClassSeat, Job, LabSession
from labs.registry import versions

AGAIN = 1.0  # seconds between two ungraded checks while the network recovers from an attempt


def check(job_id: int) -> LabSession | None:
    """Check a lab: an attempt, or a check without a grade, which does not count and does not disturb the network.

    Return the session, or None if it was not graded.
    """
    job = job_run.take(job_id, Job.Kind.ATTEMPT, Job.Kind.UNGRADED_CHECK)
    if job is None or not job_run.run(job, lambda: _grade(job)):
        return None
    attempt_configurations.keep(job)
    return job.session


def _grade(job: Job) -> None:
    session, started, done = job.session, timezone.now(), 0
    # First: people whose check cannot be made must not go on waiting for it
    seats = seat_attempts.take(session) if job.kind == Job.Kind.ATTEMPT else seat_attempts.seated(session)
    lab = versions.of(session)
    by_id = {check.id: check for check in _checks(session, lab, seats)}

    def publish(verdict: Verdict) -> None:
        nonlocal done
        done += 1
        shown = not session.exam and by_id[verdict.check].is_shown(passed=verdict.outcome == Outcome.PASSED)
        what = {"check": verdict.check, "outcome": verdict.outcome} if shown else {}
        events.publish(session.pk, "verdict", **what, done=done, of=len(by_id))

    with trouble_tickets.clock_stopped(session, job.asked_at) as judging:
        undo_stimuli(session, lab)
        attempt = job.kind == Job.Kind.ATTEMPT
        untouched = time_since_change.is_untouched(session, job)  # before the row is touched
        idle, first = time_since_change.take_idle_seconds(session, job), check_statuses.current_stage(session, lab)
        client, some = lab_access.client_of(session), frozenset(by_id) if seats else None
        verdicts = grade(
            lab,
            client,
            attempt=attempt,
            checks=some,
            on_verdict=publish,
            first=first,
            idle=idle,
            untouched=untouched,
        )
        while not attempt and _takes_back_too_early(session, lab, verdicts):
            time.sleep(AGAIN)
            verdicts = grade(lab, lab_access.client_of(session), attempt=False, checks=some)
        LabSession.objects.filter(pk=session.pk).update(ends=lab_access.read_link_states(session, lab))
        attempts.record(job, lab, verdicts, started, seats)
        judging.fixed = attempt and all(verdict.outcome == Outcome.PASSED for verdict in verdicts)
    if any(verdict.outcome == Outcome.UNKNOWN for verdict in verdicts) and not job_run.is_running(session):
        raise LabGone("The lab went away while it was checked.")


def _checks(session: LabSession, lab: Lab, seats: Sequence[ClassSeat]) -> Iterable[Check]:
    """Return the checks to make: in a class lab those that count for one of the seats."""
    if not seats:
        return lab.checks()
    seated = attempts.nodes_of_seats(session)
    wanted = {check.id for seat in seats for check in checks_of(lab, seat.nodes, seated)}
    return [check for check in lab.checks() if check.id in wanted]


def _takes_back_too_early(session: LabSession, lab: Lab, verdicts: Sequence[Verdict]) -> bool:
    """Whether this would take back a pass while the network still recovers from the last attempt. Then it is checked again."""
    session.refresh_from_db(fields=["cables"])
    disturbed = network_recovery.disturbed_at(session, lab)
    return network_recovery.may_recover(session, disturbed) and check_statuses.takes_back(session, verdicts)


def undo_stimuli(session: LabSession, lab: Lab) -> None:
    """Undo what a check did to the network if its worker was killed before it could. Most often nothing is to be undone."""
    for thing in stimulus.things(lab.checks()):
        lab_access.client_of(session).do(stimulus.undo(thing))
