"""Whose numbers a lab has: each learner draws a seed at his first session of a lab, and keeps it for this lab.

Who starts it again, or fails it and appeals, has the same lab again. A lab without parameters is the same for everybody.
"""

import secrets

from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.spec import Lab
from labs.models import LabSession
from labs.registry import versions
from vaka.accounts.models import User

MOST = 2**53 - 1  # so that a program that reads it as a number reads it right
TRIES = 20


def of(learner: User, lab: Lab) -> int:
    """Return the learner's seed for the lab; a fresh one before his first session of it."""
    return kept(learner, lab) or fresh(lab)


def kept(learner: User, lab: Lab) -> int:
    """Return the seed that the learner has for the lab already; 0 if he has none, or if the lab has no parameters.

    Who has none yet may take over any lab that waits in the pool, and the seed that it was built with is his from then on.
    """
    if not lab.parameters:
        return PLAIN
    first = LabSession.objects.of(learner).filter(lab=lab.id, seed__gt=PLAIN).order_by("created_at").first()
    return first.seed if first else PLAIN


def fresh(lab: Lab) -> int:
    """Draw a seed that gives a good lab: a drawn prefix could be one that the author wrote out somewhere."""
    if not lab.parameters:
        return PLAIN
    for _try in range(TRIES):
        seed = secrets.randbelow(MOST) + 1
        try:
            versions.version(lab.id, lab.version, seed)
        except versions.NoSuchLab:
            continue
        return seed
    raise versions.NoSuchLab(f"No seed gives a good lab of {lab.id}.")
