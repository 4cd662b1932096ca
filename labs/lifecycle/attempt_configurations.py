"""Keeps the configurations of nodes with an attempt, and decides of which nodes. The model ``Configuration`` limits their size."""

import logging
from collections.abc import Collection

from labs.engine import cpu_budget
from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.runtime import changes
from labs.lifecycle import cables, lab_access, nodes_to_reset
from labs.models import Attempt, ClassSeat, Configuration, Job
from labs.registry import versions
from labs.registry.versions import NoSuchLab

logger = logging.getLogger(__name__)


def keep(job: Job) -> None:
    """Keep the configurations of the nodes in an attempt, after its verdicts are written: nobody waits for this.

    What cannot be read is not kept. Nor are nodes of a class-lab seat that changes hands meanwhile: a bot may type there.
    """
    made = list(job.attempts.filter(kind=Attempt.Kind.ATTEMPT).select_related("session"))
    if not made:
        return
    try:
        with cpu_budget.of(job.session_id):
            lab = versions.of(job.session)
            asked = {node for attempt in made for node in _nodes_held(attempt, lab)}
            if not asked:
                return
            states = changes.collect(seen_from(lab, asked), lab_access.client_of(job.session), seconds=5)
            states = cables.without_unplugged(job.session, lab, states)
    except (EngineError, NoSuchLab) as error:
        logger.warning("The configurations of %s were not kept: %s", job, error)
        return
    for attempt in made:
        if nodes := _nodes_held(attempt, lab):
            Configuration.keep(attempt, {name: state for name, state in states.items() if name in nodes})


def _nodes_held(attempt: Attempt, lab: Lab) -> Collection[str]:
    """Return the nodes that have been the learner's, and nobody else's, since the attempt began."""
    session = attempt.session
    if attempt.learner_id == session.learner_id:
        return lab.nodes
    since_then = ClassSeat.objects.filter(since__lte=attempt.started_at, bot_at=None)
    seat = since_then.filter(session=session, user=attempt.learner_id).first()
    return seat.nodes if seat and not nodes_to_reset.are_waiting(session, seat.nodes) else ()
