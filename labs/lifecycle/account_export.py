"""All that labs hold about somebody, as plain data, page by page: for the file that they may take with them.

What their pages do not show them is not here either: hidden checks, and what a trouble ticket is until it is fixed.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, QuerySet

from labs.models import Attempt, Capture, ClassSeat, LabSession, Observer, Save
from labs.registry import versions
from labs.registry.versions import NoSuchLab
from vaka.accounts.models import User

PAGE = 100  # rows that are in memory at once


def paged[Row: Model](rows: QuerySet[Row]) -> Iterator[Row]:
    """Rows in the order of their keys, some at a time: no query stays open while somebody's line is slow."""
    last = None
    while True:
        page = list((rows.filter(pk__gt=last) if last is not None else rows).order_by("pk")[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].pk


def sessions(person: User) -> Iterator[dict[str, Any]]:
    """The person's lab sessions, class labs that they made among them, with what happened and what was asked for."""
    for one in paged(LabSession.objects.filter(learner=person).select_related("trouble_ticket")):
        facts = _values(
            one,
            "id lab lab_version seed state created_at admitted_at ready_at ends_at stopped_at active_at assisted extensions",
        )
        ticket = one.ticket
        yield facts | {
            "error": one.error,
            "ticket": ticket
            and _values(ticket, "seed hints opened_at fixed_at spent" + (" fault" * bool(ticket.fixed_at))),
            "moves": list(one.events.values("state", "at", "note")),
            "asked": list(one.jobs.order_by("pk").values("kind", "node", "stage", "asked_at", "ended_at", "error")),
            "check_statuses": [row for row in one.check_statuses.values(*CHECK_NOW) if _is_shown(one, row)],
            "looked_on": list(one.observers.values("user__username", "began_at", "ended_at", "asked_at", "allowed_at")),
        }


CHECK_NOW = ("check_id", "stage", "outcome", "points", "out_of", "since", "seen_at", "first_passed_at")
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


def attempts(person: User) -> Iterator[dict[str, Any]]:
    """Attempts and looks with each verdict and what it was made of. Of a check that is hidden, only how it came out."""
    for one in paged(Attempt.objects.filter(learner=person)):
        facts = _values(
            one,
            "id session_id lab lab_version seed kind score out_of unknown assisted supervised_by fault_seed hints seconds"
            " asked_at started_at finished_at",
        )
        verdicts = list(one.verdicts.values(*VERDICT))
        yield facts | {"verdicts": [row if _is_shown(one, row) else _hidden(row) for row in verdicts]}


def configurations(person: User) -> Iterator[dict[str, Any]]:
    """What the person's nodes were in an attempt."""
    for one in paged(
        Attempt.objects.filter(learner=person, configuration__isnull=False).select_related("configuration")
    ):
        yield {"attempt": one.pk, **_values(one.configuration, "read_at cut nodes")}


def saved(person: User) -> QuerySet[Save]:
    return Save.objects.filter(learner=person)


def save_as_data(save: Save) -> dict[str, Any]:
    return _values(save, "id session_id lab lab_version seed assisted reason made_at size left_out")


def captured(person: User) -> QuerySet[Capture]:
    """What the person has captured, in class labs too."""
    return Capture.objects.filter(taker=person)


def capture_as_data(capture: Capture) -> dict[str, Any]:
    return _values(capture, "id session_id interface filter seconds begun_at ended_at why packets size")


def seats(person: User) -> Iterator[dict[str, Any]]:
    """Seats in class labs of others."""
    for one in paged(ClassSeat.objects.filter(user=person).select_related("session")):
        yield {"session": one.session_id, "lab": one.session.lab, "nodes": one.nodes, "since": one.since}


def observers(person: User) -> Iterator[dict[str, Any]]:
    """Where the person looked on at somebody's terminals: when, not whose."""
    for one in paged(Observer.objects.filter(user=person).select_related("session")):
        yield {"lab": one.session.lab, **_values(one, "began_at ended_at asked_at allowed_at")}


def _values(row: Model, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _is_shown(of: Any, row: dict[str, Any]) -> bool:
    """Whether the learner may see the check. Of a lab that nobody kept, nobody knows."""
    try:
        check = next((one for one in versions.of(of).checks() if one.id == row["check_id"]), None)
    except NoSuchLab:
        return False
    passed = row["outcome"] == "passed" or row.get("first_passed_at") is not None
    return check is not None and check.is_shown(passed=passed)


def _hidden(row: dict[str, Any]) -> dict[str, Any]:
    return {"hidden": True} | {name: row[name] for name in ("stage", "outcome", "points", "out_of")}
