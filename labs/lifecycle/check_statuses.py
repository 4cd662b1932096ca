"""Writes the present state of a session's checks (CheckStatus) after an attempt or a live check, and publishes what changed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labs import events
from labs.engine.checks.ping import is_same_failure
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import ON_ASKING, Outcome, Verdict
from labs.engine.translatable_text import Text
from labs.lifecycle import cable_causes, nodes_to_reset, shown_stages, work_begun
from labs.models import CheckStatus, LabSession, Save
from labs.registry import versions

# For so long a pass that has ended stays on the page: after a command such as "clear" it mostly comes back
SETTLES = timedelta(seconds=5)


def write(session: LabSession, verdicts: Sequence[Verdict], *, last: bool, attempt: bool = False) -> bool:
    """Write what has changed, and tell the open pages. Return whether anything has.

    ``last``: no live check follows soon, so the time of this one is written too. ``attempt``: what passes stays passed.
    """
    now, verdicts = timezone.now(), counted(session, _of_present_holders(session, verdicts))
    # Most live checks change nothing: they do not wait for SQLite's single writer
    reached = CheckStatus.objects.filter(session=session, reached=True) if last else ()
    over = {row.check_id for row in reached if _is_over(row, now)}
    if not last and not _changed(session, verdicts, now, attempt=attempt):
        events.publish(session.pk, "checks", at=now.isoformat(), changed=False)
        return False
    with transaction.atomic():
        verdicts = _of_present_holders(session, verdicts, locked=True)
        changed = _changed(session, verdicts, now, attempt=attempt)
        fields = [field.name for field in CheckStatus._meta.fields if field.name not in ("id", "session", "check_id")]
        CheckStatus.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["session", "check_id"], update_fields=fields
        )
        if last:
            seen = [verdict.check for verdict in verdicts if verdict.outcome != Outcome.UNKNOWN]
            CheckStatus.objects.filter(session=session, check_id__in=seen).update(seen_at=now)
        if attempt:
            passed = [verdict.check for verdict in verdicts if verdict.outcome == Outcome.PASSED]
            rows = CheckStatus.objects.filter(session=session, check_id__in=passed, passed_in_attempt_at=None)
            rows.update(passed_in_attempt_at=now)
        told = sorted(over | {row.check_id for row in changed})
        events.publish(session.pk, "checks", at=now.isoformat(), changed=bool(told), checks=told)
    return bool(changed)


def _of_present_holders(session: LabSession, verdicts: Sequence[Verdict], *, locked: bool = False) -> Sequence[Verdict]:
    """Return the verdicts without those at nodes of a class lab that wait for their reset: they are about the last holder's work.

    ``locked``: no seat changes hands before the end of the transaction.
    """
    if not session.is_class:
        return verdicts
    now = nodes_to_reset.lock(session) if locked else LabSession.objects.get(pk=session.pk)
    if not now.nodes_to_reset:
        return verdicts
    theirs = _checks_at(session, now.nodes_to_reset)
    return [verdict for verdict in verdicts if verdict.check not in theirs]


def _checks_at(session: LabSession, nodes: Collection[str]) -> Collection[str]:
    """Return the ids of the checks that count for the seat of these nodes, or, if they count for no seat alone, look from there."""
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        return list(session.check_statuses.filter(node__in=nodes).values_list("check_id", flat=True))
    seats = {plan.id for plan in lab.seats if set(plan.nodes) & set(nodes)}
    return [check.id for check in lab.checks() if (check.seat in seats if check.seat else set(check.on) & set(nodes))]


def is_settling(row: CheckStatus, now: datetime) -> bool:
    """Whether a pass that no attempt has counted ended a moment ago, so that it may come back by itself."""
    return _has_ended(row) and timedelta() <= now - row.since < SETTLES


def _is_over(row: CheckStatus, now: datetime) -> bool:
    """Whether that was a little earlier: the open pages show it only when they are told again."""
    return _has_ended(row) and SETTLES <= now - row.since < 4 * SETTLES


def _has_ended(row: CheckStatus) -> bool:
    return row.reached and row.passed_in_attempt_at is None and row.outcome in (Outcome.FAILED, Outcome.WAITING)


def settles(session: LabSession) -> bool:
    """Whether the open pages must be told soon that a pass has ended for good."""
    now = timezone.now()
    return any(is_settling(row, now) for row in CheckStatus.objects.filter(session=session, reached=True))


def counted(session: LabSession, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts as they count: the stages that the site did for the learner, or has shown to them, give no points.
    Cables that are unplugged on the page are named as causes.
    """
    assisted, verdicts = assisted_checks(session), cable_causes.as_causes(session, verdicts)
    shown, shown_at_seats = shown_stages.of(session), _checks_shown_at_seats(session)

    def counts(verdict: Verdict) -> bool:
        is_shown = verdict.stage in shown or verdict.check in shown_at_seats
        return not is_shown and not is_assisted(session, verdict, assisted)

    return [verdict if counts(verdict) else replace(verdict, points=0) for verdict in verdicts]


def assisted_checks(session: LabSession) -> frozenset[str]:
    """Return the ids of the checks of stages that the site did at one seat of a class lab, for its holder alone."""
    helped = session.seats.exclude(assisted=[]) if session.is_class else ()
    return _checks_of_seats(session, [(seat.nodes, stage) for seat in helped for stage in seat.assisted])


def _checks_shown_at_seats(session: LabSession) -> frozenset[str]:
    """Return the ids of the checks of stages whose solution was shown to the holder of a class-lab seat."""
    return _checks_of_seats(session, list(shown_stages.at_seats(session))) if session.is_class else frozenset()


def _checks_of_seats(session: LabSession, stages: Sequence[tuple[Collection[str], str]]) -> frozenset[str]:
    """Return the ids of the checks that count for one seat alone, of these stages by the nodes of the seat."""
    if not stages:
        return frozenset()
    lab = versions.of(session)
    return frozenset(
        check.id
        for nodes, done in stages
        if (plan := lab.seat_with(nodes))
        for stage in lab.stages
        if stage.id == done
        for check in stage.checks
        if check.seat == plan.id
    )


def is_assisted(session: LabSession, verdict: Verdict, checks: Collection[str]) -> bool:
    """Whether the site did what the verdict is about. ``checks`` are those of ``assisted_checks``."""
    return verdict.stage in session.assisted or verdict.check in checks


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """Return the values of VerdictFields."""
    return {
        "check_id": verdict.check,
        "stage": verdict.stage,
        "outcome": str(verdict.outcome),
        "points": verdict.points,
        "out_of": verdict.out_of,
        "expected": verdict.expected.as_json(),
        "seen": verdict.seen.as_json(),
        "cause": verdict.cause.as_json() if verdict.cause else None,
        "command": verdict.command,
        "node": verdict.node,
        "read_more": list(verdict.read_more),
    }


def _changed(session: LabSession, verdicts: Sequence[Verdict], now: datetime, *, attempt: bool) -> list[CheckStatus]:
    """Return the rows to write."""
    rows = {row.check_id: row for row in CheckStatus.objects.filter(session=session)}
    blind = any(verdict.outcome == Outcome.UNKNOWN for verdict in verdicts)
    assisted = assisted_checks(session)

    def after(verdict: Verdict) -> CheckStatus | None:
        own = not is_assisted(session, verdict, assisted)
        return _after(rows.get(verdict.check), session, verdict, now, blind=blind, own=own, attempt=attempt)

    changed = [row for verdict in verdicts if (row := after(verdict))]
    _forget_what_passed_by_itself(session, changed, rows)
    return changed


def _forget_what_passed_by_itself(
    session: LabSession, changed: Sequence[CheckStatus], rows: Mapping[str, CheckStatus]
) -> None:
    """Of these rows, forget passes that have ended and were no achievement (labs.lifecycle.work_begun)."""
    ended = [
        row for row in changed if row.outcome == Outcome.FAILED and row.first_passed_at and not row.passed_in_attempt_at
    ]
    if not ended:
        return
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        return
    by_themselves = [row for row in ended if work_begun.has_passed_by_itself(session, lab, row, rows)]
    for row in by_themselves:
        row.first_passed_at, row.reached = None, False


def _after(
    row: CheckStatus | None,
    session: LabSession,
    verdict: Verdict,
    now: datetime,
    *,
    blind: bool,
    own: bool,
    attempt: bool,
) -> CheckStatus | None:
    """Return the row as it must be written, or None if it stays as it is.

    ``blind``: some check could not be run. ``own``: the learner did it, not the site.
    """
    fields = verdict_fields(verdict)
    unasked = row is not None and bool(row.seen) and row.seen["msgid"] == ON_ASKING  # so there is no verdict to keep
    unseen = verdict.outcome == Outcome.UNKNOWN or (blind and verdict.outcome == Outcome.WAITING)
    if row and row.is_known and unseen and not unasked:
        stays, row.missed = row.missed, True
        return None if stays else row
    if row and row.outcome not in ("", Outcome.WAITING) and verdict.seen.msgid == ON_ASKING:
        return None  # live checks skip a check that would disturb the network: the attempt's verdict stays
    is_told = verdict.outcome == Outcome.FAILED and (verdict.further or attempt)
    fields |= {"cause_at": now if is_told else None, "is_cause_found": verdict.further}
    if row and _keeps_cause(row, verdict, attempt=attempt):
        fields |= {"cause": row.cause, "cause_at": row.cause_at, "is_cause_found": row.is_cause_found}
    if row and not row.missed and all(getattr(row, name) == value for name, value in fields.items()):
        return None
    row = row or CheckStatus(session=session, since=now)
    row.reached = row.reached or fields["outcome"] == Outcome.PASSED
    if row.outcome != fields["outcome"]:
        row.since = now
        if fields["outcome"] == Outcome.PASSED and row.first_passed_at is None and own:
            row.first_passed_at = now
    for name, value in {**fields, "seen_at": now, "missed": False}.items():
        setattr(row, name, value)
    return row


def _keeps_cause(row: CheckStatus, verdict: Verdict, *, attempt: bool) -> bool:
    """Whether the cause of an earlier verdict on the same failure stays: this time there was no diagnosis, or a late one."""
    if verdict.further or not (row.outcome == Outcome.FAILED == verdict.outcome):
        return False
    has_cause = row.is_cause_found if attempt else row.cause_at is not None
    return has_cause and is_same_failure(Text.from_json(row.seen), verdict.seen)


def to_be_diagnosed(session: LabSession) -> Callable[[Verdict], bool]:
    """Return a function that says whether a failed check has passed before, and has not been diagnosed since it fails."""
    rows = {row.check_id: row for row in CheckStatus.objects.filter(session=session, first_passed_at__isnull=False)}

    def is_new(verdict: Verdict) -> bool:
        row = rows.get(verdict.check)
        diagnosed = (
            row is not None
            and row.outcome == Outcome.FAILED
            and is_same_failure(Text.from_json(row.seen), verdict.seen)
            and row.is_cause_found
        )
        return row is not None and not diagnosed

    return is_new


def takes_back(session: LabSession, verdicts: Sequence[Verdict]) -> bool:
    """Whether a check that passed the last time does not pass in these verdicts."""
    lost = [v.check for v in verdicts if v.outcome in (Outcome.FAILED, Outcome.WAITING) and v.seen.msgid != ON_ASKING]
    return bool(lost) and CheckStatus.objects.filter(session=session, check_id__in=lost, outcome="passed").exists()


def current_stage(session: LabSession, lab: Lab) -> str:
    """Return the first stage with a check that has not passed since the last reset: its verdicts are given first."""
    reached = _reached(session)
    ids = (stage.id for stage in lab.stages if any(check.id not in reached for check in stage.checks))
    return next(ids, lab.stages[0].id)


def has_come_to(session: LabSession, lab: Lab, stage: str) -> bool:
    """Whether each check of the stages before this one has passed since the last reset: to skip there would only undo work."""
    reached, before = _reached(session), lab.before(stage)
    return all(check.id in reached for one in lab.stages if one.id in before for check in one.checks)


def _reached(session: LabSession) -> set[str]:
    """The checks that have passed since the last reset."""
    return {row.check_id for row in CheckStatus.objects.filter(session=session) if row.is_passed or row.reached}


def forget_passes(session: LabSession, nodes: Collection[str], checks: Collection[str] = ()) -> None:
    """Forget which checks of these nodes, and which of these checks, have passed: another learner gets the nodes."""
    theirs = Q(node__in=nodes) | Q(check_id__in=checks)
    CheckStatus.objects.filter(theirs, session=session).update(passed_in_attempt_at=None, reached=False)


def forget(session: LabSession, nodes: Collection[str]) -> None:
    """Forget the checks of these nodes at once, when their seat changes hands: their next holder reads nothing of the last one.

    Until the nodes are reset, ``write`` leaves them out.
    """
    if nodes:
        CheckStatus.objects.filter(session=session, check_id__in=_checks_at(session, nodes)).delete()


def resume(session: LabSession, save: Save) -> None:
    """Give a session that resumes work what had passed in attempts before it was saved: it stays passed there, too.

    The next live check says which of them pass now.
    """
    rows = CheckStatus.objects.filter(session=save.session_id, passed_in_attempt_at__lte=save.made_at)
    for row in rows:
        row.pk, row.session, row.outcome, row.points = None, session, "", 0
        row.missed, row.since = False, timezone.now()
    CheckStatus.objects.bulk_create(rows)


def clear(session: LabSession, *, node: str = "") -> None:
    """Clear the outcomes after a reset. When a check passed first is kept.

    ``node``: the only one that was reset. Then what passed in an attempt stays passed. After a reset of all nodes the learner
    begins again.
    """
    again: dict[str, Any] = {} if node else {"passed_in_attempt_at": None, "reached": False}
    rows = CheckStatus.objects.filter(session=session)
    rows.update(outcome="", points=0, missed=False, since=timezone.now(), **again)
