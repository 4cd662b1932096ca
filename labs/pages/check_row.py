"""The row of one check on a page: its shape, its words, what was expected and seen, the cause and the hints.

The page opens the hints one by one: templates/labs/_hints.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext

from labs.engine.checks import TYPES
from labs.engine.checks.flow import FlowAllow
from labs.engine.definition.spec import Check, Lab
from labs.engine.translatable_text import Text
from labs.lifecycle.cable_causes import UNPLUGGED, end_of
from labs.models import CheckStatus
from labs.pages.lit_nodes_and_links import NOTHING_LIT, Lit
from labs.translations import translated

FRESH = timedelta(seconds=30)  # a cause of that age needs no time beside it
SHAPES = {"": "none", "passed": "pass", "failed": "fail", "unknown": "unknown", "waiting": "wait"}


class SincePassed(StrEnum):
    """The state of a check since it passed in an attempt, or with the whole of its stage."""

    NOTHING = ""  # it is true now, has not run again, or has not passed so
    LAPSED = "lapsed"  # it does not pass now
    FAILED = "failed"  # it failed in a later attempt, and live checks do not run it: nobody knows whether it passes now
    WAITS = "waits"  # it did not run again, because it waits for another check or for an attempt


def since_passed(check: Check, status: CheckStatus | None, *, is_behind: bool = False) -> SincePassed:
    """IS_BEHIND: the learner has done its stage (labs.lifecycle.work_begun)."""
    if status is None or not (status.is_lapsed or (is_behind and status.outcome in ("failed", "waiting"))):
        return SincePassed.NOTHING
    if status.outcome == "waiting":
        return SincePassed.WAITS
    return SincePassed.FAILED if check.do or TYPES[check.type].DISTURBS else SincePassed.LAPSED


def can_log_in(lab: Lab, node: str) -> bool:
    """Whether the learner who has the lab like this can type on the node."""
    found = lab.nodes.get(node)
    return bool(found and found.learner and found.has_shell)


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check and its status now; None before the check has run."""

    check: Check
    status: CheckStatus | None
    opened: bool
    assisted: bool = False  # its stage was done for the learner, or shown to them: it gives no points
    explains: bool = True  # false in a trouble ticket: the learner is to find the cause
    own: bool = True  # the learner can type on the node where the check's command shows something
    lit: Lit = NOTHING_LIT
    begun: bool = True  # the learner has tried it; before that, what does not hold is not started
    by_itself: bool = False  # it passes, and nobody has begun its stage: that counts as nothing yet
    settling: bool = False  # its pass ended a moment ago, and may come back by itself
    runs: bool = True  # its lab runs, so that something can be true now
    is_behind: bool = False  # the whole of its stage has passed since the last reset, so it stays passed
    in_progress: bool = False  # the learner works on its stage, and has not asked for a check yet
    # By interface: what to say of its cable, which is unplugged on the page
    unplugged: Mapping[str, Text] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        if self.passed:
            return "assist" if self.assisted else "pass"
        if self.is_not_started:
            return "none"
        shape = SHAPES.get(self.status.outcome, "unknown") if self.status else "none"
        return "none" if shape == "fail" and not self.runs else shape  # in a lab that does not run, nothing fails

    @property
    def listens(self) -> bool:
        """Whether the check itself listens for a TCP connection while it runs. Else nothing listens there."""
        return issubclass(TYPES[self.check.type], FlowAllow) and self.check.expect.get("protocol") == "tcp"

    @property
    def has_failed(self) -> bool:
        """Whether it failed when it was looked at last."""
        return bool(self.status and self.status.outcome == "failed")

    @property
    def is_not_started(self) -> bool:
        """Whether it does not hold because the learner has not tried it yet."""
        return self.by_itself or (not self.passed and not self.begun and (self.has_failed or self.status is None))

    @property
    def word(self) -> str:
        """The word beside the shape; empty for the usual one."""
        if self.shape != "none":
            return ""
        if self.is_not_started:
            return gettext("Not yet") if self.in_progress and not self.by_itself else gettext("Not started")
        return gettext("Not passed") if self.has_failed else gettext("Not run yet")

    @property
    def passed(self) -> bool:
        """Whether it is true now, or was a moment ago, or passed in an attempt or with the whole of its stage."""
        return self.settling or self.is_behind or bool(self.status and self.status.is_passed and not self.by_itself)

    @property
    def is_reached(self) -> bool:
        """Whether it has passed since the last reset, if only in a check without a grade."""
        return self.passed or bool(self.status and self.status.reached and not self.by_itself)

    @property
    def since_passed(self) -> SincePassed:
        return since_passed(self.check, self.status, is_behind=self.is_behind) if self.runs else SincePassed.NOTHING

    @property
    def is_lapsed(self) -> bool:
        """Whether it passed in an attempt or with its stage, and does not pass now. A check that waits was not looked at."""
        return self.since_passed is SincePassed.LAPSED

    @property
    def has_failed_since(self) -> bool:
        """Whether it passed in an attempt and failed in a later one, and live checks cannot say what is true now."""
        return self.since_passed is SincePassed.FAILED

    @property
    def passed_at(self) -> datetime | None:
        return self.status.passed_at if self.status else None

    @property
    def is_lost(self) -> bool:
        """Whether it does not pass now, and no attempt has counted its points."""
        gives = not self.assisted and self.check.points > 0
        return self.is_lapsed and gives and not (self.status and self.status.passed_in_attempt_at)

    @property
    def has_reason(self) -> bool:
        """Whether the page says what was expected and what was seen."""
        return self.has_failed or self.shape == "unknown"

    @property
    def points(self) -> int:
        if self.status is None or self.by_itself or self.assisted:
            return 0
        stays = self.settling or self.is_behind or self.status.passed_in_attempt_at
        return self.status.out_of if stays else self.status.points

    @property
    def points_now(self) -> int:
        """The points that an attempt made now would count, if it finds what was found last."""
        is_true = self.status is not None and self.status.is_true and not self.by_itself
        return self.status.points if self.status and is_true else 0

    @property
    def was_achieved(self) -> bool:
        """Whether it has passed since the last reset, in no attempt, and does not pass now."""
        own = self.status is not None and bool(self.status.first_passed_at and self.status.reached)
        return own and not self.passed and not self.by_itself

    @property
    def expected(self) -> str:
        return translated(self.status.expected) if self.status else ""

    @property
    def seen(self) -> str:
        return translated(self.status.seen) if self.status else ""

    @property
    def cause(self) -> str:
        if not (self.status and self.status.cause and self.explains):
            return ""
        cause = Text.from_json(self.status.cause)
        if found := self.unplugged.get(end_of(cause)):
            return found.translated(gettext)
        return "" if cause.msgid == UNPLUGGED else cause.translated(gettext)  # it has been plugged in since

    @property
    def cause_found_at(self) -> datetime | None:
        """The time at which the cause was found, if that was a while ago: it may have been mended since."""
        status = self.status
        if status is None or not (self.cause and status.is_cause_found and status.cause_at):
            return None
        return status.cause_at if status.seen_at - status.cause_at > FRESH else None

    @property
    def hints(self) -> list[tuple[int, str]]:
        return list(enumerate(self.check.hint, 1)) if self.explains else []

    @property
    def read_more(self) -> list[tuple[str, str]]:
        """Return the name and the address of each document. Only RFCs have an address; of others it is empty."""
        names = self.status.read_more if self.status else []
        return [(name, _rfc(name)) for name in names]


def _rfc(name: str) -> str:
    prefix, _space, number = name.partition(" ")
    return f"https://www.rfc-editor.org/rfc/rfc{number}" if prefix == "RFC" and number.isdigit() else ""
