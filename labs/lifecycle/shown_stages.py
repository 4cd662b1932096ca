"""Stages whose solution a skip has shown to a learner: they give no points, as long as the lab has the same seed.

A reset, saved work and a new session change nothing about that: the shown lines could be typed again.
"""

from itertools import chain

from labs.engine.definition.spec import Lab
from labs.models import LabSession
from labs.registry import seeds
from vaka.accounts.models import User


def of(session: LabSession) -> frozenset[str]:
    """Return the ids of the stages that give no points in the session, because its learner has skipped them with this seed.

    None in an exam, which is supervised; in a trouble ticket, which begins solved; in a copy, in which nothing counts; and in a
    class lab, whose instructor decides about skips.
    """
    if session.learner_id is None or session.exam or session.ticket or session.copy_of_id or session.is_class:
        return frozenset()
    return _skipped(session.learner_id, session.lab, session.seed)


def with_kept_seed(learner: User, lab: Lab) -> frozenset[str]:
    """Return the ids of the stages that would give the learner no points, if they started the lab again with their seed."""
    return _skipped(learner.pk, lab.id, seeds.kept(learner, lab))


def _skipped(learner: int, lab: str, seed: int) -> frozenset[str]:
    same = LabSession.objects.practice().filter(learner=learner, lab=lab, seed=seed, is_class=False)
    return frozenset(chain.from_iterable(same.values_list("skipped", flat=True)))
