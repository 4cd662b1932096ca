"""The time since the last change in a lab: an attempt waits longer for a lab that has changed lately."""

from datetime import timedelta

from django.conf import settings

from labs.models import Job, LabSession

CHECKING = (Job.Kind.ATTEMPT, Job.Kind.UNGRADED_CHECK)
# The row may be so much older than the last key (labs.terminals.activity); the first key after a pause is written at once
LATE = timedelta(seconds=30)


def is_untouched(session: LabSession, job: Job) -> bool:
    """Whether nobody had done anything in the lab when the check was requested, ungraded checks aside; nor was it resumed."""
    session.refresh_from_db(fields=["active_at", "ready_at"])
    others = session.jobs.exclude(pk=job.pk).exclude(kind=Job.Kind.UNGRADED_CHECK)
    return session.ready_at is not None and not (session.was_touched or session.resumes_id or others.exists())


def take_idle_seconds(session: LabSession, job: Job) -> float:
    """Return for how many seconds, at least, nobody had changed anything when the check was requested; then count that as a touch.

    The job before counts as a change, unless it was an ungraded check. The job itself does not: a learner who asks for a check
    has touched the lab, but has changed nothing. So the row is touched here, after its time has been read.
    """
    session.refresh_from_db(fields=["active_at", "ready_at"])
    changes = [
        other.ended_at
        for other in session.jobs.exclude(pk=job.pk).exclude(kind=Job.Kind.UNGRADED_CHECK)[:1]
        if other.ended_at
    ]
    changes += [at for at in (session.ready_at, session.state_at) if at]
    if session.was_touched and session.active_at:
        changes.append(session.active_at + LATE)
    # The site itself asks for the last check of an idle lab, which stays idle
    if job.asked_at - (session.active_at or job.asked_at) < timedelta(minutes=settings.LAB_IDLE_MINUTES):
        session.touch()
    return max(0.0, (job.asked_at - max(changes)).total_seconds()) if changes else 0.0
