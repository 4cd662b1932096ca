"""Runs a job in a lab: a worker takes it, does its work, and ends it, with an error or without.

The work of each kind of job: ``check_work``, ``resets``, ``go_back``, ``skip_to_stage``,
``saves``, ``trouble_tickets``, ``seat_handover``. As in ``labs.lifecycle.starts``, every
function that runs a job may be called twice, late and out of order.
"""

import logging
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded

from labs import failure_sentences
from labs.engine import cpu_budget
from labs.engine.errors import EngineError, LabGone, OutOfMemory, TookTooLong
from labs.lifecycle import lab_access, lab_failure
from labs.lifecycle.database_writes import retry_write
from labs.models import Job, LabSession
from vaka import logs

logger = logging.getLogger(__name__)


def take(job_id: int, *kinds: Job.Kind) -> Job | None:
    """Take a job of one of these KINDS; None if it is gone, has ended, or another worker has taken it."""
    job = Job.objects.select_related("session").filter(pk=job_id, kind__in=kinds).first()
    return job if job and job.take() else None


def run(job: Job, work: Callable[[], object]) -> bool:
    """Do the work of a job and end the job. An error is written on it; if the lab is gone, the session fails too.

    Return whether the work was done without an error.
    """
    error = detail = ""
    try:
        with logs.about(job.session_id), cpu_budget.of(job.session_id):
            work()
    except (SoftTimeLimitExceeded, TookTooLong) as reason:
        error, detail = failure_sentences.JOB_TOO_LONG, failure_sentences.detail(reason)
    except EngineError as reason:
        cause = lab_failure.find_cause(job.session, reason)
        if isinstance(cause, (LabGone, OutOfMemory)) or _is_broken(job.session):
            lab_failure.give_up(job.session, cause)
        error, detail = failure_sentences.sentence(cause), failure_sentences.detail(cause)
    except Exception as reason:
        logger.exception("%s failed.", job)
        error = failure_sentences.sentence(reason)
    retry_write(lambda: job.end(error, detail))  # else the learner waits until reconciliation ends it
    return not error


def _is_broken(session: LabSession) -> bool:
    """Whether a reset failed half-way: no node of such a lab runs, and no further reset repairs it."""
    try:
        return bool(lab_access.client_of(session).status()["state"] == "failed")
    except EngineError:
        return False


def is_running(session: LabSession) -> bool:
    """Whether the engine still has the lab. If the engine does not answer, we do not claim that the lab is gone."""
    try:
        found = lab_access.find_container(session)
    except EngineError:
        return True
    return bool(found and found.running)
