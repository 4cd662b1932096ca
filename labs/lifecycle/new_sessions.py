"""New rows of lab sessions. The caller admits them to the queue."""

from labs.engine.definition.spec import Lab
from labs.models import LabSession, State, TroubleTicket
from labs.models.trouble_ticket import Rung
from labs.registry import seeds
from vaka.accounts.models import User


def insert(session: LabSession) -> LabSession:
    """Write the row of a new session, and its first event. Raises IntegrityError if its learner has a live session."""
    session.save(force_insert=True)
    session.events.create(state=State.REQUESTED, generation=session.generation, at=session.created_at)
    return session


def new(learner: User, lab: Lab, *, seed: int | None = None) -> LabSession:
    """Write a session of a lab in its initial state. Without SEED, with that of the learner."""
    seed = seeds.of(learner, lab) if seed is None else seed
    return insert(LabSession(learner=learner, lab=lab.id, lab_version=lab.version, seed=seed))


def with_ticket(learner: User, lab: Lab, rung: Rung, seed: int | None = None) -> LabSession:
    """Write a session that is a trouble ticket of a rung. SEED: that of an earlier ticket of the lab, to have its fault again."""
    number = TroubleTicket.next_seed(lab.id) if seed is None else seed
    session = new(learner, lab)
    TroubleTicket.objects.create(session=session, seed=number, rung=rung)
    return session
