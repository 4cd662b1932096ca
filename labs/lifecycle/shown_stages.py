"""Stages whose solution the site has shown to a person: they give this person no points where the shown lines fit.

They fit with the same values: those of the lab's seed, and in a class lab whose seats are alike those of the seat. They also fit
with other values if the site would type the same lines with these. A reset, saved work, a new session and a seat that is given up
and taken again change nothing about that: the shown lines could be typed again.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256

from django.db.models import Q

from labs.engine.definition.parameters import PLAIN
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.models import ClassSeat, LabSession, ShownStage
from labs.registry import seeds, versions
from vaka.accounts.models import User

WHOLE_LAB: list[str] = []  # the nodes of a row whose values are those of the whole lab
# Seeds whose lines are compared. Lines that are the same with all of them have no values that a new seed changes
COMPARED = (PLAIN, 1, 2, 3, 4, 5)
TRIES = 10


def record(session: LabSession, lab: Lab, stages: Collection[str]) -> None:
    """Write that the solution of these stages is in the lab: its learner can read it, in a class lab each holder of a seat."""
    if session.learner_id and not session.is_class:
        _write(session, lab, session.learner_id, WHOLE_LAB, stages)
    for seat in session.seats.all():
        _write(session, lab, seat.user_id, seat.nodes if lab.has_bots else WHOLE_LAB, stages)


def record_at(session: LabSession, seat: ClassSeat, stages: Collection[str]) -> None:
    """Write that the solution of these stages is on the nodes of a seat, one of several that are alike."""
    if stages:
        _write(session, versions.of(session), seat.user_id, seat.nodes, stages)


def _write(session: LabSession, lab: Lab, learner: int, nodes: list[str], stages: Collection[str]) -> None:
    same = {"learner_id": learner, "lab": session.lab, "seed": session.seed, "nodes": nodes}
    rows = (ShownStage(stage=stage, lines=lines_of(lab, stage, nodes), **same) for stage in stages)
    ShownStage.objects.bulk_create(rows, ignore_conflicts=True)


def lines_of(lab: Lab, stage: str, nodes: Sequence[str]) -> str:
    """Return a digest of the lines that the site types for a stage: in the whole lab, or on the nodes of a seat.

    The nodes of a seat are taken in their order and without their names, so seats that are alike can be compared.
    """
    lines = typed(lab, [stage])
    what = [stage, [lines.get(node, ()) for node in nodes] if nodes else lines]
    return sha256(json.dumps(what).encode()).hexdigest()[:32]


def of(session: LabSession, seat: ClassSeat | None = None) -> frozenset[str]:
    """Return the ids of the stages that give no points to the session's learner, or in a class lab to the holder of the seat.

    None in an exam, which is supervised; in a trouble ticket, which begins solved; in a copy, in which nothing counts; and for
    the instructor of a class lab, whose checks are no attempts of theirs.
    """
    learner = seat.user_id if seat else session.learner_id
    if learner is None or session.exam or session.ticket or session.copy_of_id or (session.is_class and seat is None):
        return frozenset()
    return _shown(learner, session, seat.nodes if seat else WHOLE_LAB)


def at_seats(session: LabSession) -> Iterator[tuple[list[str], str]]:
    """Yield (nodes of a seat, stage) for each stage that gives the present holder of a class-lab seat no points."""
    shown = ShownStage.objects.filter(lab=session.lab).values("learner")
    for seat in session.seats.filter(user__in=shown):
        for stage in sorted(_shown(seat.user_id, session, seat.nodes)):
            yield seat.nodes, stage


def with_kept_seed(learner: User, lab: Lab) -> frozenset[str]:
    """Return the ids of the stages that would give the learner no points, if they started the lab again with their seed."""
    return _with_seed(learner, lab, seeds.kept(learner, lab))


def earned_with_new_values(learner: User, lab: Lab) -> frozenset[str]:
    """Return those of ``with_kept_seed`` that can give the learner points with other values."""
    shown = with_kept_seed(learner, lab)
    return shown - same_with_all_values(lab) if shown else shown


def new_seed(learner: User, lab: Lab) -> int:
    """Draw a seed with which the stages that can give the learner points give them, if one is found soon."""
    same = same_with_all_values(lab)
    seed = seeds.fresh(lab)
    for _try in range(TRIES):
        if not _with_seed(learner, lab, seed) - same:
            break
        seed = seeds.fresh(lab)
    return seed


def same_with_all_values(lab: Lab) -> frozenset[str]:
    """Return the ids of the stages for which the site types the same lines whatever the seed is."""
    return _same_with_all_values(lab.id, lab.version) if lab.parameters else frozenset(stage.id for stage in lab.stages)


@lru_cache(maxsize=256)
def _same_with_all_values(lab: str, version: str) -> frozenset[str]:
    found = [made for seed in COMPARED if (made := _version(lab, version, seed))]
    stages = {stage.id for made in found for stage in made.stages}
    return frozenset(stage for stage in stages if len({lines_of(made, stage, WHOLE_LAB) for made in found}) == 1)


def same_at_all_seats(session: LabSession) -> frozenset[str]:
    """Return the ids of the stages for which the site types the same lines at all seats that are alike."""
    lab = versions.of(session)
    alike = [seat.nodes for seat in lab.seats if seat.number]
    return frozenset(stage.id for stage in lab.stages if len({lines_of(lab, stage.id, at) for at in alike}) <= 1)


def _with_seed(learner: User, lab: Lab, seed: int) -> frozenset[str]:
    return _shown(learner.pk, LabSession(lab=lab.id, lab_version=lab.version, seed=seed), WHOLE_LAB)


def _shown(learner: int, row: versions.VersionedRow, nodes: list[str]) -> frozenset[str]:
    """Return the ids of stages: those shown with the seed of ROW, and those for which the same lines would be typed there."""
    rows = ShownStage.objects.filter(learner=learner, lab=row.lab)
    if not rows.exists():  # nearly always: then no lab is read
        return frozenset()
    fits = Q(seed=row.seed) & (Q(nodes=WHOLE_LAB) | Q(nodes=nodes))
    if lab := _version(row.lab, row.lab_version, row.seed):
        fits |= Q(lines__in={lines_of(lab, stage.id, some) for stage in lab.stages for some in (WHOLE_LAB, nodes)})
    return frozenset(rows.filter(fits).values_list("stage", flat=True))


def _version(lab: str, version: str, seed: int) -> Lab | None:
    try:
        return versions.version(lab, version, seed)
    except versions.NoSuchLab:
        return None
