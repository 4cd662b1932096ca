"""The seed of each learner for each lab. It is drawn for the learner's first session of a lab, and kept for this lab.

So a learner who starts the lab again has the same parameters again. A learner who was shown the solution of a stage may start
with a new seed, which is theirs from then on. An exam has a seed of its own. A lab without parameters
is the same for everybody.
"""

import secrets
from collections.abc import Collection

from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.spec import Lab
from labs.models import LabSession
from labs.registry import versions
from vaka.accounts.models import User

MOST = 2**53 - 1  # the largest integer that JavaScript reads exactly
TRIES = 20


def of(learner: User, lab: Lab) -> int:
    """Return the learner's seed for the lab; a fresh one before their first session of it."""
    return kept(learner, lab) or fresh(lab)


def kept(learner: User, lab: Lab) -> int:
    """Return the seed that the learner has for the lab; 0 if they have none, or if the lab has no parameters.

    A learner without a seed may claim any pooled copy, and keeps the seed that it was built with.
    """
    if not lab.parameters:
        return PLAIN
    last = LabSession.objects.of(learner).practice().filter(lab=lab.id, seed__gt=PLAIN).order_by("-created_at").first()
    return last.seed if last else PLAIN


def kept_for(learner: User, labs: Collection[str]) -> dict[str, int]:
    """Return the seeds that the learner has for these labs, by lab, with one query. A lab for which they have none is missing."""
    found = LabSession.objects.practice().filter(learner=learner, lab__in=labs, seed__gt=PLAIN).order_by("created_at")
    return dict(found.values_list("lab", "seed"))  # of several sessions, the last one counts


def fresh(lab: Lab) -> int:
    """Draw a seed that gives a valid lab. A drawn prefix could equal one that the author wrote as a constant."""
    if not lab.parameters:
        return PLAIN
    for _try in range(TRIES):
        seed = secrets.randbelow(MOST) + 1
        try:
            versions.version(lab.id, lab.version, seed)
        except versions.NoSuchLab:
            continue
        return seed
    raise versions.NoSuchLab(f"No seed gives a valid lab of {lab.id}. Its author must give its parameters more values.")
