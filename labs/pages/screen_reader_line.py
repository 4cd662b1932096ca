"""The line that a screen reader says when the lab page changes."""

from collections.abc import Sequence

from django.utils.translation import gettext, ngettext

from labs.models import CheckStatus, Job
from labs.pages.stages import StagesPanel
from labs.pages.status import StatusPanel


def screen_reader_line(status: StatusPanel, stages: StagesPanel, exhausted_resources: Sequence[str]) -> str:
    """Return the most important news of the page in one line."""
    session, is_ready = status.session, status.subject.is_ready
    if status.is_busy and status.job:
        return f"{status.job.get_kind_display()} …"
    if status.job and status.job.error and is_ready:
        return gettext(status.job.error)
    if exhausted_resources:
        return exhausted_resources[0]
    if is_ready and _visible_statuses(stages):
        return _changed_check(stages, status.job) or _passed_count(stages)
    return str(session.get_state_display()) if session else ""


def _passed_count(stages: StagesPanel) -> str:
    counts = {"passed": stages.passed_count, "of": stages.check_count}
    return ngettext("%(passed)d of %(of)d check passes.", "%(passed)d of %(of)d checks pass.", counts["of"]) % counts


def _changed_check(stages: StagesPanel, job: Job | None) -> str:
    """Name the one check that changed last; empty if a job showed the change, whose result the learner reads anyway."""
    rows = _visible_statuses(stages)
    latest = max((row.since for row in rows), default=None)
    changed = [row for row in rows if row.since == latest]
    job_ended = job and job.ended_at
    if len(changed) == 1 and stages.is_settling(changed[0]):
        return ""
    if len(changed) != 1 or not changed[0].first_passed_at or (job_ended and latest and latest <= job_ended):
        return ""
    numbers = {"number": stages.visible_ids.index(changed[0].check_id) + 1, "of": len(stages.visible_ids)}
    if changed[0].outcome == "passed":
        return gettext("Check %(number)d of %(of)d now passes.") % numbers
    if changed[0].outcome == "waiting":
        return gettext("Check %(number)d of %(of)d waits for another check.") % numbers
    return gettext("Check %(number)d of %(of)d no longer passes.") % numbers


def _visible_statuses(stages: StagesPanel) -> list[CheckStatus]:
    """The status of each visible check that has run since the last reset."""
    rows = (stages.check_statuses.get(check_id) for check_id in stages.visible_ids)
    return [row for row in rows if row and row.outcome]
