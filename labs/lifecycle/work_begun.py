"""Whether a learner has begun to work: before that nothing in a lab has failed, whatever the checks say.

The lab page and the room of a workshop both decide by this. A check can pass before its stage is begun, only because nothing exists
yet that breaks it. Such a pass is forgotten when it ends.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef

from labs.engine.definition.spec import Check, Lab
from labs.models import CheckStatus, ClassSeat, Job, LabSession


def is_worked_in(session: LabSession | None, seat: ClassSeat | None = None) -> bool:
    """Whether somebody has typed in the lab since the last reset or skip, has changed a cable, or has brought work into it.

    A request for a check is no work: ``active_at`` is written then too, ``active_node`` only by typing. Nor is what the site typed.
    With the SEAT of a class lab: whether somebody has typed on its nodes. What others type is no work of its holder.
    """
    if session is None:
        return False
    typed = seat.worked_at is not None if seat else bool(session.active_node or session.cables)
    return typed or session.holds_saved_work


def before_return() -> Exists:
    """A condition of attempts: made before all nodes were last brought back. Their failures are not those of the present work."""
    return Exists(Job.objects.returns().filter(session=OuterRef("session"), pk__gt=OuterRef("job_id")))


def has_worked_since(
    session: LabSession | None, before: Iterable[CheckStatus | None], seat: ClassSeat | None = None
) -> bool:
    """Whether that was after these checks, those of the stages before, passed for the first time."""
    if session is None or not is_worked_in(session, seat):
        return False
    latest, at = _last_first_pass(before), seat.worked_at if seat else session.worked_at or session.active_at
    return latest is None or (at is not None and at > latest)


def passes_by_itself(
    session: LabSession | None,
    status: CheckStatus,
    before: Iterable[CheckStatus | None],
    *,
    is_here: bool,
    seat: ClassSeat | None = None,
) -> bool:
    """Whether a pass of a stage that is not done counts as nothing yet: the learner is not in it, or has not worked there.

    BEFORE: the checks of the stages before. What passes after the learner came to the stage counts at once.
    """
    before = list(before)
    if status.passed_in_attempt_at or (is_here and has_worked_since(session, before, seat)):
        return False
    came = _last_first_pass(before)
    return not (is_here and came and status.first_passed_at and status.first_passed_at > came)


def has_passed_by_itself(session: LabSession, lab: Lab, status: CheckStatus, rows: Mapping[str, CheckStatus]) -> bool:
    """Whether a check that passed, in no attempt, did so before the learner worked in its stage. ROWS: by check id.

    What passed with the rest of its stage, or since the learner has come to the stage and has worked in it, was achieved.
    """
    check = next((check for check in lab.checks() if check.id == status.check_id), None)
    if check is None:
        return False
    place = next(n for n, stage in enumerate(lab.stages) if check in stage.checks)
    before = [
        rows.get(one.id)
        for stage in lab.stages[:place]
        if stage.id not in session.assisted
        for one in _of_same_seat(check, stage.checks)
        if _is_shown(one, rows)
    ]
    if not all(map(_is_reached, before)):
        return True
    beside = [one for one in _of_same_seat(check, lab.stages[place].checks) if _is_shown(one, rows)]
    if all(_is_reached(rows.get(one.id)) for one in beside):
        return False
    came = _last_first_pass(before)
    first = status.first_passed_at
    return not has_worked_since(session, before, _seat_of(session, lab, check)) or bool(
        came and first and first <= came
    )


def is_behind(rows: Iterable[CheckStatus | None]) -> bool:
    """Whether the learner has done a stage, whose checks these are: each has passed since the last reset of all nodes.

    That stays so in this session, also without an attempt: what a later stage asks for may break it.
    """
    rows = list(rows)
    return bool(rows) and all(map(_is_reached, rows))


def _seat_of(session: LabSession, lab: Lab, check: Check) -> ClassSeat | None:
    """The seat of a class lab for which a check counts, if somebody has taken it."""
    nodes = next((set(plan.nodes) for plan in lab.seats if plan.id == check.seat), set[str]())
    return next((seat for seat in session.seats.all() if set(seat.nodes) == nodes), None) if nodes else None


def _of_same_seat(check: Check, others: Iterable[Check]) -> list[Check]:
    """The checks that the learner of this one sees, if it belongs to a seat of a class lab."""
    return [other for other in others if not (check.seat and other.seat) or other.seat == check.seat]


def _is_shown(check: Check, rows: Mapping[str, CheckStatus]) -> bool:
    row = rows.get(check.id)
    return check.is_shown(passed=bool(row and row.first_passed_at))


def _is_reached(row: CheckStatus | None) -> bool:
    return row is not None and (row.is_passed or row.reached)


def _last_first_pass(rows: Iterable[CheckStatus | None]) -> datetime | None:
    return max((row.first_passed_at for row in rows if row and row.first_passed_at), default=None)
