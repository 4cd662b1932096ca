"""Stages whose solution the site has shown to a person: they give this person no points, as long as the values are the same.

The values are those of the lab's seed, and in a class lab whose seats are alike those of the seat. A reset, saved work, a new
session and a seat that is given up and taken again change nothing about that: the shown lines could be typed again.
"""

from collections.abc import Collection, Iterator

from django.db.models import Q

from labs.engine.definition.spec import Lab
from labs.models import ClassSeat, LabSession, ShownStage
from labs.registry import seeds
from vaka.accounts.models import User

WHOLE_LAB: list[str] = []  # the nodes of a row whose values are those of the whole lab


def record(session: LabSession, lab: Lab, stages: Collection[str]) -> None:
    """Write that the solution of these stages is in the lab: its learner can read it, in a class lab each holder of a seat."""
    if session.learner_id and not session.is_class:
        _write(session, session.learner_id, WHOLE_LAB, stages)
    for seat in session.seats.all():
        _write(session, seat.user_id, seat.nodes if lab.has_bots else WHOLE_LAB, stages)


def record_at(session: LabSession, seat: ClassSeat, stages: Collection[str]) -> None:
    """Write that the solution of these stages is on the nodes of a seat, one of several that are alike."""
    _write(session, seat.user_id, seat.nodes, stages)


def _write(session: LabSession, learner: int, nodes: list[str], stages: Collection[str]) -> None:
    same = {"learner_id": learner, "lab": session.lab, "seed": session.seed, "nodes": nodes}
    ShownStage.objects.bulk_create((ShownStage(stage=stage, **same) for stage in stages), ignore_conflicts=True)


def of(session: LabSession, seat: ClassSeat | None = None) -> frozenset[str]:
    """Return the ids of the stages that give no points to the session's learner, or in a class lab to the holder of the seat.

    None in an exam, which is supervised; in a trouble ticket, which begins solved; in a copy, in which nothing counts; and for
    the instructor of a class lab, whose checks are no attempts of theirs.
    """
    learner = seat.user_id if seat else session.learner_id
    if learner is None or session.exam or session.ticket or session.copy_of_id or (session.is_class and seat is None):
        return frozenset()
    return _shown(learner, session.lab, session.seed, seat.nodes if seat else WHOLE_LAB)


def at_seats(session: LabSession) -> Iterator[tuple[list[str], str]]:
    """Yield (nodes of a seat, stage) for each stage that gives the present holder of a class-lab seat no points."""
    rows = ShownStage.objects.filter(lab=session.lab, seed=session.seed, learner__lab_seats__session=session)
    for nodes, at, stage in rows.values_list("nodes", "learner__lab_seats__nodes", "stage"):
        if nodes in (WHOLE_LAB, at):
            yield at, stage


def with_kept_seed(learner: User, lab: Lab) -> frozenset[str]:
    """Return the ids of the stages that would give the learner no points, if they started the lab again with their seed."""
    return _shown(learner.pk, lab.id, seeds.kept(learner, lab), WHOLE_LAB)


def _shown(learner: int, lab: str, seed: int, nodes: list[str]) -> frozenset[str]:
    here = Q(nodes=WHOLE_LAB) | Q(nodes=nodes)
    rows = ShownStage.objects.filter(here, learner=learner, lab=lab, seed=seed)
    return frozenset(rows.values_list("stage", flat=True))
