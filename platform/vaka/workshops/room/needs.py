"""Who needs somebody, and why: pure functions over what the room knows. Hands first, the oldest first; then who is stuck."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SLOW = 2.0  # times the room's median
SLOW_AFTER = 5.0  # minutes, whatever the median
COUNTS_FROM = 3  # others who have passed a stage, before their time says anything
REPEATED = 3  # failures of one check
QUIET = 8.0  # minutes without a key
STUCK = ("ours", "repeated", "slow", "quiet")  # what a seat may need that has not raised a hand
RESOLVED_FOR = 15.0  # minutes in which a need that was seen to does not come back


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one seat in one lab; times are minutes ago."""

    stage: int | None  # the one he is in, from 0; None when all are done
    in_stage: float  # minutes
    quiet: float  # since he typed last
    fails: int  # times that the check failed which fails most in his stage
    unseen: int  # checks of his stage that we could not look at
    broken: str = ""  # why his lab did not start
    runs: bool = True


@dataclass(frozen=True, slots=True)
class Need:
    kind: str  # hand, or one of STUCK
    about: str  # what a helper resolves: it comes back only when it is another one
    minutes: float
    sentence: str
    quoted: bool = False  # the trainee's own words

    @property
    def rank(self) -> tuple[int, float]:
        return ({"hand": 0, "ours": 1}.get(self.kind, 2), -self.minutes)


def medians(times: Iterable[tuple[int, float]]) -> dict[int, float]:
    """The room's median of each stage that enough have passed, of (stage, minutes)."""
    of: dict[int, list[float]] = {}
    for stage, minutes in times:
        of.setdefault(stage, []).append(minutes)
    return {stage: median(each) for stage, each in of.items() if len(each) >= COUNTS_FROM}


def stuck(signs: Signs, usual: dict[int, float], lab: str, *, paused: bool) -> Need | None:
    """The one reason why somebody ought to look at a seat that has not asked, or None."""
    if signs.broken:
        return Need("ours", f"ours:{lab}", signs.in_stage, signs.broken)
    if signs.stage is None or not signs.runs:
        return None
    number, where = signs.stage + 1, f"{lab}:{signs.stage}"
    if signs.unseen:
        said = ngettext("We could not look at %(n)d check.", "We could not look at %(n)d checks.", signs.unseen)
        return Need("ours", f"ours:{where}", signs.in_stage, said % {"n": signs.unseen})
    if signs.fails >= REPEATED:
        said = _("Stage %(stage)d: the same check failed %(n)d times. Has not asked.")
        return Need("repeated", f"repeated:{where}", signs.in_stage, said % {"stage": number, "n": signs.fails})
    usual_here = usual.get(signs.stage)
    if usual_here is not None and signs.in_stage > max(SLOW * usual_here, SLOW_AFTER):
        said = _("Stage %(stage)d takes the room %(usual)d min.")
        return Need("slow", f"slow:{where}", signs.in_stage, said % {"stage": number, "usual": round(usual_here)})
    if signs.quiet >= QUIET and not paused:
        said = _("Stage %(stage)d: nobody has typed for %(n)d min.") % {"stage": number, "n": round(signs.quiet)}
        return Need("quiet", f"quiet:{where}", signs.quiet, said)
    return None


def in_order[T](needs: Sequence[tuple[T, Need]]) -> list[tuple[T, Need]]:
    return sorted(needs, key=lambda one: one[1].rank)
