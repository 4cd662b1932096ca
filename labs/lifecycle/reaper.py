"""Making rows and containers agree: what a killed worker, a lost message or somebody at the engine left behind."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from labs import failures
from labs.capacity import pool
from labs.engine.errors import EngineError, LabGone
from labs.engine.shared import pace
from labs.lifecycle import image_age, jobs, recovery, worker
from labs.models import Job, LabSession, State

logger = logging.getLogger(__name__)

STOP_SECONDS = pace.seconds(5)  # a stop that takes longer was lost
TAKES = timedelta(seconds=settings.LAB_CHECK_SECONDS + 30)  # Celery has killed what takes longer
WAITS = 3 * TAKES  # forty that press at once are three rounds for the workers of a small computer


def reap() -> list[LabSession]:
    """Mend what can be mended; return the sessions to be launched again or stopped, which is for the caller to enqueue."""
    now = timezone.now()
    again = launches_that_got_lost(now)
    jobs_that_got_lost(now)
    for session in LabSession.objects.filter(state=State.STOPPING, state_at__lte=now - timedelta(seconds=STOP_SECONDS)):
        worker.stop(session.pk)
    try:
        again += compare()
    except EngineError as error:
        logger.warning("We could not compare rows and containers: %s", error)
    return again


def compare() -> list[LabSession]:
    """What should run and does not has failed; what runs and should not is removed. Raises EngineError.

    Return what waits in the pool on an image that is not the newest any more: it is to be stopped, and made anew.
    """
    # Rows before containers: a lab that became ready in between is not taken for one that vanished
    ready = list(LabSession.objects.filter(state__in=(State.READY, State.POOLED)))
    with worker.engine() as engine:
        image = engine.image()
        found, stale = engine.sessions(), []
        for session in ready:
            there = found.get(str(session.pk))
            if there is None or not there.running:
                worker.give_up(session, LabGone("No container." if there is None else "The container has ended."))
            elif session.state == State.POOLED and image and there.packages_at not in (None, image.packages_at):
                stale += [session] if pool.put_away(session, "There is a newer lab image.") else []
        # And rows again, after containers: one that was made in between has its row by now
        generations = {str(pk): launch for pk, launch in LabSession.objects.live().values_list("pk", "generation")}
        for name, there in found.items():
            if generations.get(name) != there.generation:
                gone = {"session": name}
                logger.warning("Container %s is no live session's; removing it.", there.container, extra=gone)
                engine.remove(name)
    image_age.keep(image)
    return stale


def launches_that_got_lost(now: datetime) -> list[LabSession]:
    """Launch again, once, what was let in or starts beyond its time; what was lost twice has failed."""
    limit = now - timedelta(seconds=settings.LAB_START_SECONDS)
    starting = LabSession.objects.filter(state=State.STARTING, state_at__lte=limit)
    # Who waits for his turn is well where he is, however long the line
    let_in = LabSession.objects.filter(state=State.REQUESTED, admitted_at__lte=limit)
    return [session for session in [*starting, *let_in] if recovery.launch_again(session, "Its start was lost.")]


def jobs_that_got_lost(now: datetime) -> None:
    """End what takes longer than it may, from when a worker took it, and what no worker has taken for much longer."""
    cut_off = Q(taken_at__lte=now - TAKES)
    forgotten = Q(taken_at=None, asked_at__lte=now - WAITS)
    for job in Job.objects.open().filter(cut_off | forgotten):
        job.end(failures.JOB_TOO_LONG)
        if job.kind == Job.Kind.TICKET:
            jobs.no_ticket(job)
