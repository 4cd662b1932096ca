"""Reconciliation: makes rows and containers agree again after a killed worker, a lost message, or a change made at the engine."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from labs import failure_sentences
from labs.capacity import pool
from labs.engine.errors import EngineError, LabGone
from labs.engine.shared import pace
from labs.lifecycle import flavour_builds, image_age, lab_access, lab_failure, recovery, stops, trouble_tickets
from labs.models import Job, LabSession, State

logger = logging.getLogger(__name__)

STOP_SECONDS = pace.seconds(5)  # a stop that takes longer was lost
TAKES = timedelta(seconds=settings.LAB_CHECK_SECONDS + pace.seconds(30))  # Celery has killed a job that takes longer
WAITS = 3 * TAKES  # when forty people press at once, the workers of a small host need three rounds


def reconcile() -> list[LabSession]:
    """Repair what can be repaired. Return the sessions to start again or to stop; the caller enqueues them."""
    now = timezone.now()
    again = lost_starts(now)
    end_lost_jobs(now)
    for session in LabSession.objects.filter(state=State.STOPPING, state_at__lte=now - timedelta(seconds=STOP_SECONDS)):
        stops.stop(session.pk)
    try:
        again += compare()
    except EngineError as error:
        logger.warning("Rows and containers could not be compared: %s", error)
    return again


def compare() -> list[LabSession]:
    """Fail the sessions whose container is gone, and remove the containers that belong to no live session. Raises EngineError.

    Return the pooled sessions on an image that is not the newest: they are stopped, and the pool builds new ones.
    """
    # Rows before containers: else a lab that becomes ready in between would seem to have lost its container
    ready = list(LabSession.objects.filter(state__in=(State.READY, State.POOLED)))
    with lab_access.engine() as engine:
        images = engine.images()
        newest = {image.flavour: image.packages_at for image in images}
        found, stale = engine.sessions(), []
        for session in ready:
            container = found.get(str(session.pk))
            if container is None or not container.running:
                reason = "No container." if container is None else "The container has ended."
                lab_failure.give_up(session, LabGone(reason))
            elif session.state == State.POOLED and container.is_of_another_build(newest.get(container.flavour)):
                stale += [session] if pool.put_away(session, "There is a newer lab image.") else []
        # Rows once more, after containers: a container that was made in between has its row by now
        generations = {str(pk): number for pk, number in LabSession.objects.live().values_list("pk", "generation")}
        for name, container in found.items():
            if generations.get(name) != container.generation:
                of = {"session": name}
                logger.warning("Container %s belongs to no live session. Removing it.", container.container, extra=of)
                engine.remove(name)
    image_age.keep(images)
    flavour_builds.compare(images)
    return stale


def lost_starts(now: datetime) -> list[LabSession]:
    """Request again, once, each start that has taken longer than a start may. After a second loss the session fails."""
    limit = now - timedelta(seconds=settings.LAB_START_SECONDS)
    starting = LabSession.objects.filter(state=State.STARTING, state_at__lte=limit)
    # Only those that were admitted: the others wait in the queue, however long it is
    admitted = LabSession.objects.filter(state=State.REQUESTED, admitted_at__lte=limit)
    return [session for session in [*starting, *admitted] if recovery.start_again(session, "Its start was lost.")]


def end_lost_jobs(now: datetime) -> None:
    """End jobs that have taken too long since a worker took them, and jobs that no worker has taken for much longer."""
    interrupted = Q(taken_at__lte=now - TAKES)
    forgotten = Q(taken_at=None, asked_at__lte=now - WAITS)
    for job in Job.objects.open().filter(interrupted | forgotten):
        job.end(failure_sentences.JOB_TOO_LONG)
        if job.kind == Job.Kind.TICKET:
            trouble_tickets.end_without_ticket(job)
