"""Copies: a person who may see a learner's lab opens a copy of it as a lab of their own. The learner's lab stays as it is.

A copy is a LabSession with ``copy_of``. It runs the learner's version of the lab with the learner's numbers, and it begins with
saved work. It makes no attempt and is never saved, so nothing in it counts, and nobody can resume it.

Like any lab, a copy ends at its deadline or when it is idle (labs.lifecycle.deadlines_and_idle_labs). It also ends when its owner
may not open it any more (labs.lifecycle.forbidden_copies), and with the account of the person who runs it, or of the learner whose
work it is (labs.lifecycle.account_deletion).
"""

import logging
import time

from labs.engine.errors import EngineError
from labs.engine.shared import pace
from labs.lifecycle import lab_access, saves
from labs.models import LabSession, Save, State
from labs.models.save import NoSave

logger = logging.getLogger(__name__)

WAITS = pace.seconds(20.0)  # seconds that a copy waits for a job or a save of the learner's lab to end


def can_be_copied(session: LabSession) -> bool:
    """Whether there is something to copy, and all of it belongs to one learner. Work in an exam stays sealed."""
    if session.exam or not session.keeps_work or session.is_being_prepared or session.is_class or session.seats.all():
        return False
    return session.state == State.READY or session.saves.exists()


def save_of(session: LabSession) -> Save:
    """Return the present work of a session: a new save of a running lab, otherwise the last save. Raises NoSave.

    The new save counts as an automatic one, so it replaces none that the learner asked for.
    """
    until = time.monotonic() + WAITS
    while time.monotonic() < until:
        session.refresh_from_db()
        if session.state != State.READY:
            break
        try:
            if session.job is None:
                return saves.make(session, lab_access.client_of(session), Save.Reason.CHANGE)
        except saves.Busy:
            pass
        except (EngineError, OSError) as error:
            logger.warning("The work of %s was not saved for a copy: %s", session, error)
            break
        time.sleep(saves.AGAIN)
    last = session.saves.first()
    if last is None:
        raise NoSave(f"There is no work of {session} to copy. Copy it again after its learner has saved.")
    return last
