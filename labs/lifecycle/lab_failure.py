"""The failure of a session: finding the cause, writing it for the learner, and removing what is left of the lab."""

from typing import Any

from django.utils import timezone

from labs import failure_sentences
from labs.engine.errors import EngineError, LabGone, OutOfMemory, RelayGone
from labs.lifecycle import lab_access
from labs.lifecycle.database_writes import retry_write
from labs.models import LabSession, State, WrongState


def give_up(session: LabSession, error: Exception) -> None:
    """Fail the session with a sentence for its learner, and remove its container."""
    error = find_cause(session, error)
    try:
        fail(session, failure_sentences.sentence(error), failure_sentences.detail(error))
    except WrongState:
        lab_access.remove_container_of_this_start(session)
    else:
        lab_access.remove_container(session)


def find_cause(session: LabSession, error: Exception) -> Exception:
    """Return the error that explains ERROR. The engine knows whether the container has ended, and whether it ran out of memory."""
    if not isinstance(error, EngineError):
        return error
    try:
        found = lab_access.find_container(session)
    except EngineError:
        return error
    # Docker reports "out of memory" of a container for ever, once it has ended any program in it. A lab that is ready and
    # still runs has survived that, so its present error has another cause
    if found and found.oom and not (found.running and session.state == State.READY):
        return OutOfMemory(str(error))
    if session.state == State.READY and not (found and found.running):
        return LabGone(str(error))
    if found and found.running and isinstance(error, LabGone):
        return RelayGone(str(error))  # the container runs: only the connection to it was lost
    return error


def fail(session: LabSession, sentence: str, detail: str = "") -> None:
    """Move the session to FAILED and end its jobs. Raises WrongState."""
    fields: dict[str, Any] = {"error": sentence, "detail": detail, "stopped_at": timezone.now()}
    retry_write(lambda: session.move_to(State.FAILED, note=detail, **fields))
    for job in session.jobs.open():
        job.end(failure_sentences.JOB_LAB_ENDED)
