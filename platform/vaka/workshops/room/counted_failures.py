"""The failed verdicts that count. A check of a later stage fails from the beginning, which does not count."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import QuerySet

from labs.engine.definition.spec import Lab
from labs.models import Attempt, CheckStatus, VerdictRecord
from labs.registry import versions


class Seen(NamedTuple):
    """One verdict of an attempt."""

    attempt: int
    learner: int
    session: object
    lab: str
    asked_at: datetime
    worked_at: datetime | None
    assisted: Collection[str]  # stages
    stage: str
    check: str
    outcome: str


FIELDS = (
    "attempt",
    "attempt__learner",
    "attempt__session",
    "attempt__lab",
    "attempt__asked_at",
    "attempt__worked_at",
    "attempt__assisted",
)

type FirstPasses = Mapping[tuple[object, str], datetime]  # by session and check


def counted_failures(attempts: QuerySet[Attempt]) -> list[Seen]:
    """The failures of these attempts in the stage in which their learner was, or in an earlier one; in two queries."""
    verdicts = VerdictRecord.objects.filter(attempt__in=attempts).order_by("attempt", "pk")
    rows = verdicts.values_list(*FIELDS, "stage", "check_id", "outcome")
    statuses = CheckStatus.objects.filter(session__in=attempts.values("session"), first_passed_at__isnull=False)
    came: FirstPasses = {
        (one, check): at for one, check, at in statuses.values_list("session", "check_id", "first_passed_at") if at
    }
    return failures_in((Seen(*row) for row in rows), {lab.id: lab for lab in versions.all_labs()}, came)


def failures_in(verdicts: Iterable[Seen], labs: Mapping[str, Lab], came: FirstPasses) -> list[Seen]:
    """The failures that count. VERDICTS are grouped by attempt, and the attempts are in the order of time.

    CAME: when a check first passed, also without an attempt. Who has not worked since the stage before was complete has not tried
    the next one.
    """
    found = list[Seen]()
    # By session: what has passed in an attempt stays passed
    passed: dict[tuple[int, object], set[str]] = defaultdict(set)
    for _attempt, group in groupby(verdicts, key=lambda one: one.attempt):
        rows = list(group)
        lab = labs.get(rows[0].lab)
        if lab is None:
            continue
        had = passed[rows[0].learner, rows[0].session]
        stages = {stage.id: number for number, stage in enumerate(lab.stages)}
        hidden = {check.id for check in lab.checks() if check.show != "always"}
        current = _current_stage(rows, stages, had | hidden | _passed_before(rows, came))
        found += [row for row in rows if row.outcome == "failed" and stages.get(row.stage, 0) <= current]
        had |= {row.check for row in rows if row.outcome == "passed"}
    return found


def _passed_before(rows: Iterable[Seen], came: FirstPasses) -> set[str]:
    """The checks that had passed when the learner last worked."""
    first = ((row, came.get((row.session, row.check))) for row in rows)
    return {row.check for row, at in first if at and at <= (row.worked_at or row.asked_at)}


def _current_stage(rows: Collection[Seen], stages: Mapping[str, int], done: Collection[str]) -> int:
    """The first stage that Vaka did not do for the learner and that has a check which is not done."""
    open_ = (stages.get(row.stage, 0) for row in rows if row.check not in done and row.stage not in row.assisted)
    return min(open_, default=len(stages))
