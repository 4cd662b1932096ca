"""Starts: the work of the task that starts a session. As all work of tasks it changes rows, uses the engine and enqueues nothing.

It may be called twice, late and out of order. It reads the row first, and of two that race one loses (WrongState).
"""

import logging
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from labs.capacity import built_flavours
from labs.engine import cpu_budget
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, FlavourMissing
from labs.engine.runtime import changes, convergence
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.lifecycle import bots, cables, copies, lab_access, lab_failure, saves, shown_stages
from labs.lifecycle.database_writes import retry_write
from labs.models import Job, LabCost, LabSession, State, WrongState
from labs.models.host import MB
from labs.models.save import NoSave
from labs.registry import versions
from labs.registry.versions import NoSuchLab

if TYPE_CHECKING:
    from labs.engine.runtime.driver import Engine

logger = logging.getLogger(__name__)


def start(session_id: UUID, generation: int) -> bool:
    """Start a session that was admitted, or write on its row why that failed. Return whether it now waits in the pool."""
    session = LabSession.objects.filter(pk=session_id, generation=generation, admitted_at__isnull=False).first()
    if session is None:
        return False
    try:
        retry_write(lambda: session.move_to(State.STARTING))
    except WrongState:
        return False  # delivered twice, or late: it was stopped, has failed, or was started again meanwhile
    try:
        with cpu_budget.of(session.pk):
            _bring_up(session)
    except WrongState:
        logger.info("The start of %s is not wanted any more.", session)
        lab_access.remove_container_of_this_start(session)
    except FlavourMissing as missing:
        _wait_for_image(session, missing.flavour)
    except (EngineError, SoftTimeLimitExceeded, NoSuchLab, NoSave) as error:
        lab_failure.give_up(session, error)
    except Exception as error:
        logger.exception("The start of %s failed.", session)
        lab_failure.give_up(session, error)
    return session.state == State.POOLED


def _wait_for_image(session: LabSession, flavour: str) -> None:
    """Put the session back into the queue, and ask for the image, which somebody has removed from the engine."""
    built_flavours.want(flavour, is_lost=True)
    version = session.lab_version if session.resumes else versions.newest(session.lab).version
    fields: dict[str, Any] = {"admitted_at": None, "progress": [], "lab_version": version}
    with suppress(WrongState):  # it was stopped meanwhile
        retry_write(lambda: session.move_to(State.REQUESTED, note=f"The image {flavour} is missing.", **fields))


def _bring_up(session: LabSession) -> None:
    begun = time.monotonic()
    waited = (timezone.now() - session.created_at).total_seconds()
    retry_write(lambda: session.add_progress("queued", waited))
    lab, save = _what_to_build(session)
    if lab:
        versions.keep(lab)
    container = _container(session, lab)

    def add_progress(step: str, _seconds: float = 0.0) -> None:
        seconds = time.monotonic() - begun
        retry_write(lambda: session.add_progress(step, seconds))

    add_progress("container")
    if lab is None:
        lab_access.client_of(session).status()  # once its supervisor answers, the way to it is open
        retry_write(lambda: session.move_to(State.POOLED, container=container))
        return
    # Less than the limit of reconciliation, so that the worker ends the start: it knows at which step it was
    left = settings.LAB_START_SECONDS - 10 - (time.monotonic() - begun)
    is_copy = session.copy_of_id is not None
    lacking = lab_access.client_of(session).build(
        lab, seconds=max(left, 1.0), on_step=add_progress, save=save, is_copy=is_copy
    )
    took = time.monotonic() - begun
    initial_state = session.resumes.session.initial_state if session.resumes else lab_access.read_nodes(session, lab)
    ends = lab_access.read_link_states(session, lab)
    fields: dict[str, Any] = {"initial_state": initial_state, "ends": ends}
    fields |= {"container": container, "lab_version": lab.version}
    if session.is_class and not session.resumes:
        fields["nodes_to_reset"] = bots.nodes_played(session, lab)  # bots type there
    if session.learner_id is None:
        measure(session, lab, took)
        not_converged = _wait_for_convergence(session, lab, begun)
        retry_write(lambda: session.move_to(State.POOLED, note=not_converged, **fields))
        return
    now = timezone.now()
    ends_at = now + _time_of(session, lab)
    fields |= {"detail": changes.safe_text("\n".join(lacking)), "warned": 0, "saving_at": None}
    fields |= {"active_at": None, "active_node": "", "worked_at": None}
    retry_write(lambda: _move_to_ready(session, ready_at=now, ends_at=ends_at, **fields))
    if session.resumes:
        retry_write(lambda: cables.keep(session, lab_access.client_of(session)))
    measure(session, lab, took)


def _time_of(session: LabSession, lab: Lab) -> timedelta:
    """Return how long the session runs from now on. An exam was requested with its time, and its start uses none of it."""
    if session.exam and session.ends_at:
        return session.ends_at - session.created_at
    return timedelta(minutes=lab.minutes + settings.LAB_SPARE_MINUTES)


def _move_to_ready(session: LabSession, **fields: Any) -> None:
    with transaction.atomic():
        session.move_to(State.READY, **fields)
        if session.is_being_prepared:
            session.jobs.create(kind=Job.Kind.TICKET)


def _wait_for_convergence(session: LabSession, lab: Lab, begun: float) -> str:
    """Wait until the lab has converged; no learner waits for it. Return what has not converged when a start's time is over."""
    left = settings.LAB_START_SECONDS - 10 - (time.monotonic() - begun)
    lacking = convergence.wait(lab, lab_access.client_of(session), seconds=max(left, 0.0))
    return f"Not converged: {', '.join(lacking)}"[:300] if lacking else ""


def _what_to_build(session: LabSession) -> tuple[Lab | None, bytes | None]:
    """Return the lab and the saved work.

    The lab is the newest version, or with saved work the version of that work; for an empty container of the pool it is None.
    """
    if session.copy_of and session.resumes is None:
        session.resumes = copies.save_of(session.copy_of)
        LabSession.objects.filter(pk=session.pk).update(resumes=session.resumes, assisted=session.resumes.assisted)
    if session.resumes:
        lab, done = versions.of(session), session.resumes.assisted
        # A copy shows it to another person. In a class lab it was shown to those who had a seat at the skip
        if not session.is_class:
            retry_write(lambda: shown_stages.record(session, lab, done))
        return lab, saves.read(session.resumes)
    return versions.newest(session.lab, session.seed) if session.lab else None, None


def _container(session: LabSession, lab: Lab | None) -> str:
    """Return the id of the session's container: the empty one that it got from the pool, or a new one."""
    with lab_access.engine() as runtime:
        if lab and session.container and runtime.fit(str(session.pk), lab, memory=session.memory_limit):
            return session.container
        runtime.check(lab.image if lab else "")
        return runtime.start(str(session.pk), lab, generation=session.generation, memory=session.memory_limit)


def measure(session: LabSession, lab: Lab, seconds: float) -> None:
    """Store the cost of this start, for the queue. The learner works already: a failed measurement does not fail the start."""
    try:
        with lab_access.engine() as runtime:
            used = runtime.usage(str(session.pk))
            cost = LabCost.add_start(lab, memory=used.memory, cpu=used.cpu, seconds=seconds)
            _lower_limit(session, lab, memory_limit_mb(lab, max(cost.memory, used.memory)) * MB, runtime)
    except (EngineError, OperationalError) as error:
        logger.warning("The cost of the start of %s was not measured: %s", session, error)


def _lower_limit(session: LabSession, lab: Lab, limit: int, runtime: "Engine") -> None:
    """Lower the memory limit of a lab that was started before it was measured, so that others can have the rest."""
    if limit < session.memory_limit and runtime.fit(str(session.pk), lab, memory=limit):
        LabSession.objects.filter(pk=session.pk).update(memory_limit=limit)
