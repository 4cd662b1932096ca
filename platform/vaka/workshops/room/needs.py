"""Finds the seats that need help, and the reason: pure functions over what is known of a seat.

Raised hands come first, the oldest before the others. Then what failed because of the site, then trainees who are stuck.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaka.workshops.models import SeatLogEntry

SLOW = 2.0  # times the room's median
SLOW_AFTER = 5.0  # minutes, whatever the median
COUNTS_FROM = 3  # trainees must have passed a stage before there is a median
REPEATED = 3  # failed attempts of one check
QUIET = 8.0  # minutes without typing
UNSTARTED = 10.0  # minutes after joining, or after the agenda item was opened, without starting one of its labs
UNASKED = ("ours", "repeated", "slow", "quiet", "unstarted")  # kinds of need without a raised hand
OF_ACTION = "ours:log:"  # what the needs begin with that a reset or skip leaves that failed
RESOLVED_FOR = 15.0  # minutes for which a need that was marked as done stays off the list
FAILED_FOR = 720.0  # minutes for which a reset or skip that failed is on the list, until it is marked as done


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that one seat needs help in one lab."""

    stage: int | None  # the current stage, from 0; None when all stages are done
    in_stage: float  # minutes in the current stage
    quiet: float  # minutes since the trainee last typed
    fails: int  # failed attempts of the check of this stage that failed most often
    unseen: int  # checks of this stage without a result
    broken: str = ""  # why the lab does not run
    runs: bool = True
    is_exam: bool = False  # nothing is checked before it is handed in, so nobody knows the stage


@dataclass(frozen=True, slots=True)
class Need:
    """One reason why a seat needs help."""

    kind: str  # hand, or one of UNASKED
    about: str  # identifies the need; marking it as done hides needs with the same value
    minutes: float
    sentence: str
    quoted: bool = False  # the sentence is the trainee's own

    @property
    def rank(self) -> tuple[int, float]:
        return ({"hand": 0, "ours": 1}.get(self.kind, 2), -self.minutes)


def medians(times: Iterable[tuple[int, float]]) -> dict[int, float]:
    """The median minutes of each stage that at least COUNTS_FROM trainees have passed. TIMES are (stage, minutes)."""
    by_stage: dict[int, list[float]] = {}
    for stage, minutes in times:
        by_stage.setdefault(stage, []).append(minutes)
    return {stage: median(each) for stage, each in by_stage.items() if len(each) >= COUNTS_FROM}


def need_of(signs: Signs, usual: dict[int, float], lab: str, *, paused: bool) -> Need | None:
    """The most important need of a seat without a raised hand, or None. USUAL has the median minutes by stage."""
    if signs.broken:
        return Need("ours", f"ours:{lab}", signs.in_stage, signs.broken)
    if signs.stage is None or not signs.runs:
        return None
    number, where = signs.stage + 1, f"{lab}:{signs.stage}"
    if signs.unseen:
        text = ngettext(
            "%(n)d check has no result. This is an error of the site, not of the trainee.",
            "%(n)d checks have no result. This is an error of the site, not of the trainee.",
            signs.unseen,
        )
        return Need("ours", f"ours:{where}", signs.in_stage, text % {"n": signs.unseen})
    is_quiet, minutes = signs.quiet >= QUIET and not paused, round(signs.quiet)
    if signs.is_exam:
        text = _("No typing for %(n)d min.") % {"n": minutes}
        return Need("quiet", f"quiet:{where}", signs.quiet, text) if is_quiet else None
    if signs.fails >= REPEATED:
        text = _("Stage %(stage)d: the same check failed %(n)d times. No hand is raised.")
        return Need("repeated", f"repeated:{where}", signs.in_stage, text % {"stage": number, "n": signs.fails})
    usual_here = usual.get(signs.stage)
    if usual_here is not None and signs.in_stage > max(SLOW * usual_here, SLOW_AFTER):
        text = _("Stage %(stage)d: the room's median is %(usual)d min.")
        return Need("slow", f"slow:{where}", signs.in_stage, text % {"stage": number, "usual": round(usual_here)})
    if is_quiet:
        text = _("Stage %(stage)d: no typing for %(n)d min.") % {"stage": number, "n": minutes}
        return Need("quiet", f"quiet:{where}", signs.quiet, text)
    return None


def failed_action(entry: SeatLogEntry, minutes: float) -> Need:
    """The need of a seat at which a reset or a skip of the team has failed. Marked as done, it does not come back."""
    what = _("The reset failed.") if entry.kind == SeatLogEntry.Kind.RESET else _("The skip to a stage failed.")
    return Need("ours", f"{OF_ACTION}{entry.pk}", minutes, f"{what} {_(entry.error)}")


def is_of_action(about: str) -> bool:
    """Whether a need is a reset or skip that has failed."""
    return about.startswith(OF_ACTION)


def unstarted(item: int, minutes: float) -> Need | None:
    """The need of a seat whose trainee has joined and has started no lab of the open agenda item for some minutes."""
    if minutes < UNSTARTED:
        return None
    text = _("Joined, and has not started a lab for %(n)d min.") % {"n": round(minutes)}
    return Need("unstarted", f"unstarted:{item}", minutes, text)


def in_order[T](needs: Sequence[tuple[T, Need]]) -> list[tuple[T, Need]]:
    return sorted(needs, key=lambda one: one[1].rank)
