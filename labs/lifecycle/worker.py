"""What Celery does to labs. It moves rows and uses the engine; it enqueues nothing.

Every function may be called twice, late and out of order: it looks at the row first, and of two that race one loses
(WrongState).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from labs import events, failures, hooks
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError, LabGone, OutOfMemory, RelayGone
from labs.engine.runtime import budget, changes, client, link_state, settled
from labs.engine.runtime.memory_limit import memory_limit_mb
from labs.engine.shared import pace
from labs.lifecycle import cables, saves
from labs.lifecycle.database_writes import once_writable
from labs.models import Job, LabSession, Save, State, WrongState
from labs.models.files import NoSave
from labs.models.lab_cost import MB, LabCost
from labs.registry import versions
from labs.registry.versions import NoSuchLab

if TYPE_CHECKING:
    from labs.engine.runtime.driver import Engine, Found

logger = logging.getLogger(__name__)

# A stop waits no longer for somebody who saves, tries no longer to save, and no try takes longer
END_SAVE_SECONDS = pace.seconds(8.0)
WARNED_AT = (2, 10)  # minutes before the end


@contextmanager
def engine() -> Iterator["Engine"]:
    """Yield the engine, as this site sees it."""
    from labs.engine.runtime.driver import (
        Engine,  # here, so that the site's processes, which import us, do not load docker
    )

    with closing(Engine(settings.SITE_ID_TEXT)) as opened:
        yield opened


def session_of(session: LabSession) -> client.Session:
    return client.Session(settings.RELAY_SOCKET, str(session.pk))


# Start


def start(session_id: UUID, generation: int) -> bool:
    """Bring a session up whose turn has come, or say on its row why not. True if one more waits in the pool."""
    session = LabSession.objects.filter(pk=session_id, generation=generation, admitted_at__isnull=False).first()
    if session is None:
        return False
    try:
        once_writable(lambda: session.move_to(State.STARTING))
    except WrongState:
        return False  # brought twice, or late: stopped, failed or begun anew meanwhile
    try:
        with budget.of(session.pk):
            _bring_up(session)
    except WrongState:
        logger.info("Nobody waits for the start of %s any more.", session)
        remove_launch(session)
    except (EngineError, SoftTimeLimitExceeded, NoSuchLab, NoSave) as error:
        give_up(session, error)
    except Exception as error:
        logger.exception("The start of %s failed.", session)
        give_up(session, error)
    return session.state == State.POOLED


def _bring_up(session: LabSession) -> None:
    begun = time.monotonic()
    waited = (timezone.now() - session.created_at).total_seconds()
    once_writable(lambda: session.came_to("queued", waited))
    lab, save = _what_to_build(session)
    if lab:
        versions.keep(lab)
    container = _container(session, lab)

    def since_begun(step: str, _seconds: float = 0.0) -> None:
        seconds = time.monotonic() - begun
        once_writable(lambda: session.came_to(step, seconds))

    since_begun("container")
    if lab is None:
        session_of(session).status()  # its supervisor answers: the way to it is open from now on
        once_writable(lambda: session.move_to(State.POOLED, container=container))
        return
    # Below the reaper's limit, so that of the two the worker speaks first: it knows the step
    left = settings.LAB_START_SECONDS - 10 - (time.monotonic() - begun)
    lacking = session_of(session).build(lab, seconds=max(left, 1.0), on_step=since_begun, save=save)
    took = time.monotonic() - begun
    begun_with = session.resumes.session.begun_with if session.resumes else beginning(session, lab)
    ends = ends_of_links(session, lab)
    facts: dict[str, Any] = {"begun_with": begun_with, "ends": ends, "container": container, "lab_version": lab.version}
    if session.learner_id is None:
        measure(session, lab, took)
        unsettled = _unsettled(session, lab, begun)
        once_writable(lambda: session.move_to(State.POOLED, note=unsettled, **facts))
        return
    now = timezone.now()
    ends_at = now + timedelta(minutes=lab.minutes + settings.LAB_SPARE_MINUTES)
    facts |= {"detail": changes.safe_text("\n".join(lacking)), "warned": 0, "saving_at": None, "active_at": None}
    once_writable(lambda: _is_ready(session, ready_at=now, ends_at=ends_at, **facts))
    if session.resumes:
        once_writable(lambda: cables.keep(session, session_of(session)))
    measure(session, lab, took)


def _is_ready(session: LabSession, **facts: Any) -> None:
    with transaction.atomic():
        session.move_to(State.READY, **facts)
        if session.is_being_prepared:
            session.jobs.create(kind=Job.Kind.TICKET)


def _unsettled(session: LabSession, lab: Lab, begun: float) -> str:
    """Wait until the lab has settled, for nobody waits for it; what had not when the time of a start was over."""
    left = settings.LAB_START_SECONDS - 10 - (time.monotonic() - begun)
    lacking = settled.settle(lab, session_of(session), seconds=max(left, 0.0))
    return f"Not settled: {', '.join(lacking)}"[:300] if lacking else ""


def _what_to_build(session: LabSession) -> tuple[Lab | None, bytes | None]:
    """The newest version of a lab, or, with the work, the one in which it was saved; no lab for the pool's empty containers."""
    if session.resumes:
        return versions.of(session), saves.read(session.resumes)
    return versions.newest(session.lab, session.seed) if session.lab else None, None


def _container(session: LabSession, lab: Lab | None) -> str:
    """The session's container: the empty one that it got from the pool, or a new one."""
    with engine() as runtime:
        if lab and session.container and runtime.fit(str(session.pk), lab, memory=session.memory_limit):
            return session.container
        runtime.check()
        return runtime.start(str(session.pk), lab, generation=session.generation, memory=session.memory_limit)


def measure(session: LabSession, lab: Lab, seconds: float) -> None:
    """Keep what this start took, for the line. Its learner waits no longer, and a start that was not weighed is a start."""
    try:
        with engine() as runtime:
            used = runtime.usage(str(session.pk))
            cost = LabCost.measured(lab, memory=used.memory, cpu=used.cpu, seconds=seconds)
            _hold_to(session, lab, memory_limit_mb(lab, max(cost.memory, used.memory)) * MB, runtime)
    except (EngineError, OperationalError) as error:
        logger.warning("The start of %s was not weighed: %s", session, error)


def _hold_to(session: LabSession, lab: Lab, limit: int, runtime: "Engine") -> None:
    """Lower what a lab may use that was started before anybody knew what it takes: others may have the rest."""
    if limit < session.memory_limit and runtime.fit(str(session.pk), lab, memory=limit):
        LabSession.objects.filter(pk=session.pk).update(memory_limit=limit)


def beginning(session: LabSession, lab: Lab) -> dict[str, Any]:
    """The learner's nodes at the start, to compare with later. A lab starts without it rather than not at all."""
    try:
        return {name: state.as_json() for name, state in changes.collect(lab, session_of(session), seconds=5).items()}
    except EngineError as error:
        logger.warning("The start of %s was not kept: %s", session, error)
        return {}


def ends_of_links(session: LabSession, lab: Lab) -> dict[str, str]:
    """How the ends of the links are now; empty if we could not look."""
    try:
        return link_state.look(lab, session_of(session))
    except EngineError as error:
        logger.warning("The links of %s were not looked at: %s", session, error)
        return {}


def give_up(session: LabSession, error: Exception) -> None:
    """Make the session FAILED with a sentence for its learner, and remove what there is of it."""
    error = cause(session, error)
    try:
        fail(session, failures.sentence(error), failures.detail(error))
    except WrongState:
        remove_launch(session)
    else:
        remove(session)


def cause(session: LabSession, error: Exception) -> Exception:
    """A lab that ended shows in many ways; the engine knows whether it did, and whether it was for want of memory."""
    if not isinstance(error, EngineError):
        return error
    try:
        found = look_for(session)
    except EngineError:
        return error
    # Docker says "out of memory" of a container for ever, once any program in it was ended for it: a lab that is ready and runs
    # has survived that, and its trouble now is another
    if found and found.oom and not (found.running and session.state == State.READY):
        return OutOfMemory(str(error))
    if session.state == State.READY and not (found and found.running):
        return LabGone(str(error))
    if found and found.running and isinstance(error, LabGone):
        return RelayGone(str(error))  # it is there; only the way to it was lost
    return error


def look_for(session: LabSession) -> "Found | None":
    with engine() as runtime:
        return runtime.look(str(session.pk))


def fail(session: LabSession, sentence: str, detail: str = "") -> None:
    ended: dict[str, Any] = {"error": sentence, "detail": detail, "stopped_at": timezone.now()}
    once_writable(lambda: session.move_to(State.FAILED, note=detail, **ended))
    for job in session.jobs.open():
        job.end(failures.JOB_LAB_ENDED)


def remove(session: LabSession) -> bool:
    """Remove the session's container; False if the engine does not let us, and the reaper will try again."""
    try:
        with engine() as runtime:
            runtime.remove(str(session.pk))
    except EngineError as error:
        logger.warning("The container of %s stays for now: %s", session, error)
        return False
    return True


def remove_launch(session: LabSession) -> None:
    """Remove the container of this launch of the session, and never that of a newer one."""
    try:
        found = look_for(session)
    except EngineError as error:
        logger.warning("We could not look for the container of %s: %s", session, error)
        return
    if found and found.generation == session.generation:
        remove(session)


# Stop


def stop(session_id: UUID, reason: Save.Reason = Save.Reason.STOP) -> None:
    """Save the work of a session that is to stop, and remove its container; its row is stopped only when nothing is left."""
    session = LabSession.objects.filter(pk=session_id, state=State.STOPPING).first()
    if session is None:
        return
    try:
        unsaved = _save_in_the_end(session, reason)
    except saves.Busy:
        return  # another worker does it; should that one be killed, the reaper asks again
    if not remove(session):
        return
    if session.learner_id is None:
        session.delete()  # nobody's: there is nothing to remember
        return
    try:
        once_writable(lambda: session.move_to(State.STOPPED, stopped_at=timezone.now(), error=unsaved))
    except WrongState:
        return  # brought twice
    for job in session.jobs.open():
        job.end(failures.JOB_LAB_ENDED)


def _save_in_the_end(session: LabSession, reason: Save.Reason) -> str:
    """What the learner reads if his work could not be saved. Who saves at this moment is waited for; Busy if he takes too long."""
    if session.learner_id is None or not session.was_touched:
        return ""
    until = time.monotonic() + END_SAVE_SECONDS
    while not _is_saved(session):
        try:
            saves.make(session, session_of(session), reason, seconds=END_SAVE_SECONDS)
        except (saves.Busy, OperationalError):
            if time.monotonic() > until:
                raise  # the reaper asks again
        except (EngineError, OSError) as error:
            logger.warning("The work of %s was not saved when it stopped: %s", session, error)
            if time.monotonic() > until or not _may_pass(session, error):
                # Another worker may have saved it, and have taken the lab away meanwhile
                return "" if _is_saved(session) else failures.NOT_SAVED
        else:
            break
        time.sleep(saves.AGAIN)
    return ""


def _may_pass(session: LabSession, error: Exception) -> bool:
    """Whether it may go well in a moment: the relay starts again, the disk has room again. What is "gone" may be there."""
    if not isinstance(error, LabGone):
        return isinstance(error, (RelayGone, OSError))
    try:
        found = look_for(session)
    except EngineError:
        return False
    return bool(found and found.running)


def _is_saved(session: LabSession) -> bool:
    """Whether it was saved since it is to stop: a stop may be brought twice, and be begun by a worker that was killed."""
    # Not what lies in the future: it was made before the clock was stepped back, and so before this stop
    return session.saves.filter(made_at__range=(session.state_at, timezone.now())).exists()


type Ends = list[tuple[UUID, Save.Reason]]


def expire() -> Ends:
    """Warn whose time is nearly over; let those stop whose time is over, or in which nobody types. What is to be stopped now.

    What stands still in a paused room is left alone.
    """
    now, goes_on = timezone.now(), LabSession.objects.exclude(pk__in=hooks.paused())
    for minutes in WARNED_AT:
        for session in goes_on.to_be_warned(now, minutes):
            LabSession.objects.filter(pk=session.pk).update(warned=minutes)
            events.publish(session.pk, "ending", minutes=minutes)
    ends = [(session, Save.Reason.DEADLINE) for session in goes_on.expired(now)]
    ends += [(session, Save.Reason.IDLE) for session in goes_on.idle(now, settings.LAB_IDLE_MINUTES)]
    return [(session.pk, reason) for session, reason in ends if _is_to_stop(session, reason)]


def _is_to_stop(session: LabSession, reason: Save.Reason) -> bool:
    try:
        session.move_to(State.STOPPING, note=str(Save.Reason(reason).label))
    except WrongState:
        return False
    return True


# Saved work


def save(session_id: UUID) -> None:
    """Save the work of a session in which something has changed. Nobody waits for it: what fails is tried again soon."""
    session = LabSession.objects.filter(pk=session_id, state=State.READY).exclude(learner=None).first()
    if session is None or session.job:
        return
    last = session.saves.first()
    passed = saves.stage_passed(session, last.made_at if last else None)
    try:
        saves.make(session, session_of(session), Save.Reason.STAGE if passed else Save.Reason.CHANGE)
    except saves.Busy:
        return
    except (EngineError, OSError) as error:
        logger.warning("The work of %s was not saved: %s", session, error)
