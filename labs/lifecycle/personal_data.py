"""All that the site holds about a person's labs, as plain data, for the export of their account.

What their pages hide is left out: hidden checks, and the fault of a trouble ticket until it is fixed. So is what belongs to the
labs CLOSED, which an exam closes to the person.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Model, QuerySet

from labs.models import Attempt, Capture, ClassSeat, Exam, LabSession, Observer, Save, SeatWork, ShownStage
from labs.registry import versions
from labs.registry.versions import NoSuchLab
from vaka.accounts.models import User

PAGE = 100  # rows that are in memory at once


def paged[Row: Model](rows: QuerySet[Row]) -> Iterator[Row]:
    """Yield rows in the order of their keys, some at a time: no query stays open while the person's connection is slow."""
    last = None
    while True:
        page = list((rows.filter(pk__gt=last) if last is not None else rows).order_by("pk")[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].pk


def sessions(person: User, closed: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the person's lab sessions, with class labs that they made, and with the events and jobs of each."""
    own = LabSession.objects.filter(learner=person).exclude(lab__in=closed)
    for one in paged(own.select_related("trouble_ticket")):
        fields = _values(
            one,
            "id lab lab_version seed state created_at admitted_at ready_at ends_at stopped_at active_at worked_at active_node "
            "assisted extensions exam is_class next_rung resumes_id exhausted_resources",
        )
        ticket = one.ticket
        yield fields | {
            "error": one.error,
            "ticket": ticket
            and _values(ticket, "seed rung hints opened_at fixed_at spent" + (" fault" * bool(ticket.fixed_at))),
            "moves": list(one.events.values("state", "at", "note")),
            "asked": list(one.jobs.order_by("pk").values("kind", "node", "stage", "asked_at", "ended_at", "error")),
            "check_statuses": [row for row in one.check_statuses.values(*CHECK_STATUS) if _is_shown(one, row)],
            "opened_hints": _opened_hints(one, person),
            "copies": list(one.copies.values("learner__username", "created_at")),
            "looked_on": list(one.observers.values("user__username", "began_at", "ended_at", "asked_at", "allowed_at")),
        }


CHECK_STATUS = (
    "check_id",
    "stage",
    "outcome",
    "points",
    "out_of",
    "since",
    "seen_at",
    "first_passed_at",
    "passed_in_attempt_at",
)
VERDICT = (
    "check_id",
    "stage",
    "outcome",
    "points",
    "out_of",
    "expected",
    "seen",
    "cause",
    "command",
    "node",
    "read_more",
    "evidence",
    "seconds",
)


def attempts(person: User, closed: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield attempts and ungraded checks with each verdict and its evidence. A hidden check gives its outcome only.

    The result of an exam is among them once it is opened.
    """
    readable = Attempt.with_exams.exclude(kind=Attempt.Kind.EXAM, session__exam=Exam.SEALED)
    for one in paged(readable.filter(learner=person).exclude(lab__in=closed)):
        fields = _values(
            one,
            "id session_id lab lab_version seed kind score out_of unknown assisted supervised_by fault_seed hints seconds"
            " asked_at worked_at started_at finished_at",
        )
        verdicts = list(one.verdicts.values(*VERDICT))
        yield fields | {"verdicts": [row if _is_shown(one, row) else _hidden(row) for row in verdicts]}


def configurations(person: User, closed: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the configurations of the person's nodes at each attempt."""
    made = Attempt.objects.filter(learner=person, configuration__isnull=False).exclude(lab__in=closed)
    for one in paged(made.select_related("configuration")):
        yield {"attempt": one.pk, **_values(one.configuration, "read_at cut nodes")}


def saved(person: User, closed: Collection[str] = ()) -> QuerySet[Save]:
    return Save.objects.filter(learner=person).exclude(lab__in=closed)


def save_as_data(save: Save) -> dict[str, Any]:
    return _values(save, "id session_id lab lab_version seed assisted reason made_at size left_out")


def captured(person: User, closed: Collection[str] = ()) -> QuerySet[Capture]:
    """Return the person's captures, with those in class labs."""
    return Capture.objects.filter(taker=person).exclude(session__lab__in=closed)


def capture_as_data(capture: Capture) -> dict[str, Any]:
    return _values(capture, "id session_id interface filter seconds begun_at ended_at why packets size")


def seats(person: User, closed: Collection[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the person's seats in class labs of others, with the work that is kept while a bot plays one (base64)."""
    theirs = ClassSeat.objects.filter(user=person).exclude(session__lab__in=closed)
    for one in paged(theirs.select_related("session")):
        work = SeatWork.objects.filter(seat=one).first()
        fields = _values(one, "nodes since opened_at worked_at left_at bot_at check_asked_at assisted")
        kept = b64encode(bytes(work.packed)).decode() if work else None
        hints = _opened_hints(one.session, person)
        yield {"session": one.session_id, "lab": one.session.lab, **fields, "opened_hints": hints, "work": kept}


def shown_stages(person: User) -> Iterator[dict[str, Any]]:
    """Yield the stages that give the person no points, because their solution was shown to them."""
    for one in paged(ShownStage.objects.filter(learner=person)):
        yield _values(one, "lab seed nodes stage")


def _opened_hints(session: LabSession, person: User) -> list[Any]:
    return list(session.opened_hints.filter(learner=person).values("check_id", "number", "opened_at"))


def observers(person: User) -> Iterator[dict[str, Any]]:
    """Yield when the person observed somebody's terminals, without saying whose."""
    for one in paged(Observer.objects.filter(user=person).select_related("session")):
        yield {"lab": one.session.lab, **_values(one, "began_at ended_at asked_at allowed_at")}


def _values(row: Model, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _is_shown(of: LabSession | Attempt, row: dict[str, Any]) -> bool:
    """Whether the learner may see the check. If the version of the lab was not kept, they may not."""
    try:
        check = next((one for one in versions.of(of).checks() if one.id == row["check_id"]), None)
    except NoSuchLab:
        return False
    passed = row["outcome"] == "passed" or row.get("first_passed_at") is not None
    return check is not None and check.is_shown(passed=passed)


def _hidden(row: dict[str, Any]) -> dict[str, Any]:
    return {"hidden": True} | {name: row[name] for name in ("stage", "outcome", "points", "out_of")}
