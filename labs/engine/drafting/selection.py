"""Chooses the checks of a draft from all candidates, by what the running lab showed of each. No lab runs here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labs.engine.drafting.candidates import Candidate

POINTS = 100  # of a drafted lab
LEAST_WITHIN, MOST_WITHIN, STEP = 5, 120, 5  # seconds
# The most useful checks come first: those of effects on users, then those of neighbours' tables, then those of a node's own.
PREFERRED = (
    "bgp.only",
    "flow.block",
    "flow.allow",
    "bgp.session",
    "ospf6.neighbor",
    "ospf.neighbor",
    "isis.adjacency",
    "ra.content",
    "bgp.route",
    "addr.slaac",
    "fib.default",
    "ping",
    "path.trace",
    "rpki.cache",
    "addr.only",
    "addr.present",
    "ospf6.interface",
    "ospf.interface",
    "fib.route",
    "sysctl.value",
    "process.running",
    "path.failover",
    "config.contains",
)
OWN_COSTS = 3  # mistakes: so much wider may a check be that looks from another node than the learner's
LENT = ("path.failover", "path.trace")  # to stages in which nothing changes
END_TO_END = ("ping", "flow.allow", "path.failover", "path.trace")
SESSIONS = ("bgp.session", "ospf6.neighbor", "ospf.neighbor", "isis.adjacency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A candidate and what was seen of it. ``notices``: the mistakes with which it fails, by number."""

    id: str
    candidate: Candidate
    stage: str
    notices: frozenset[int]
    seconds: float = 0.0  # until it passed after the typing
    is_own: bool = False  # it rests on the learner's nodes alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A check of the draft. ``hint`` has placeholders already."""

    found: Found
    id: str
    points: int = 1
    within: int = LEAST_WITHIN
    needs: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    hint: tuple[str, ...] = field(default=())

    @property
    def is_hidden(self) -> bool:
        return self.found.candidate.trap


def stage_of(
    steps: Sequence[Collection[str]], check: str, stages: Sequence[str], *, absent: bool = False
) -> str | None:
    """Return the first stage after which a check passes and goes on to pass; None if it passed untouched, or fails at the end.

    ``steps`` has what passed untouched, and after each stage. An ABSENT thing may be missing untouched, come with one stage,
    and go with another: a leak, for example.
    """
    failed = [at for at, passed in enumerate(steps) if check not in passed]
    if not failed or check not in steps[-1] or (check in steps[0] and not absent):
        return None
    return stages[failed[-1]]


def choose(found: Sequence[Found], stages: Sequence[str]) -> list[Found]:
    """Keep for each mistake the check that names it best, and in each stage one that looks from end to end."""
    useful = [one for one in found if one.notices]
    best = {mistake: min((one for one in useful if mistake in one.notices), key=_rank) for mistake in _mistakes(useful)}
    kept = {one.id: one for one in best.values()}
    for stage in stages:
        here = [one for one in useful if one.stage == stage and not one.candidate.trap]
        if ends := [one for one in here if one.candidate.type in END_TO_END]:
            widest = max(ends, key=lambda one: (not one.is_own, len(one.notices), one.candidate.type == "ping"))
            kept[widest.id] = widest
        elif here and not any(one.id in kept for one in here):
            first = min(here, key=_rank)
            kept[first.id] = first
    for at, stage in enumerate(stages):
        if not any(one.stage == stage for one in kept.values()) and (lent := _lent(found, kept, stages[:at])):
            kept[lent.id] = replace(lent, stage=stage)
    return sorted(kept.values(), key=lambda one: (stages.index(one.stage), _place(one)))


def _lent(found: Sequence[Found], kept: Mapping[str, Found], before: Sequence[str]) -> Found | None:
    """For a stage in which nothing is typed: what the network can do by now, if a link fails or in which way packets go."""
    spare = [one for one in found if one.id not in kept and one.stage in before and one.candidate.type in LENT]
    return min(spare, key=lambda one: (LENT.index(one.candidate.type), one.is_own), default=None)


def _mistakes(found: Sequence[Found]) -> list[int]:
    return sorted({mistake for one in found for mistake in one.notices})


def _rank(one: Found) -> tuple[bool, bool, int, int, int, str]:
    """The check that names a mistake best: the most precise, and a line of the configuration only if no other sees it."""
    kind = one.candidate.type
    return (
        kind == "config.contains",
        kind in END_TO_END,
        len(one.notices) + (OWN_COSTS if one.is_own else 0),
        _place(one),
        -len(str(one.candidate.expect)),
        one.id,
    )


def _place(one: Found) -> int:
    return PREFERRED.index(one.candidate.type) if one.candidate.type in PREFERRED else len(PREFERRED)


def assemble(
    chosen: Sequence[Found], every: Sequence[Found], stages: Sequence[str]
) -> tuple[list[Drafted], list[Found]]:
    """Give the checks their ids, needs, controls, points and seconds. An absence without a control is left out.

    ``every`` has all candidates that passed, also those that no mistake needs: one may serve as a control.
    """
    kept = list(chosen)
    for one in chosen:
        if one.candidate.absent:
            kept += [control for control in _controls(one, every, stages) if control not in kept]
    kept.sort(key=lambda one: (stages.index(one.stage), _place(one)))
    ids = _ids(kept)
    drafted, left = list[Drafted](), list[Found]()
    for one in kept:
        controls = _controls(one, kept, stages) if one.candidate.absent or one.is_own else []
        if one.candidate.absent and not controls:
            left.append(one)
            continue
        need = _need(one, kept, stages)
        drafted.append(
            Drafted(
                found=one,
                id=ids[one.id],
                within=within(one.seconds),
                needs=(ids[need.id],) if need and need not in controls else (),
                control=tuple(ids[control.id] for control in controls),
            )
        )
    return with_points(drafted), left


def within(seconds: float) -> int:
    """Twice what the check needed, and two seconds more, in steps of five."""
    wanted = 2 * seconds + 2
    return int(min(MOST_WITHIN, max(LEAST_WITHIN, -(-wanted // STEP) * STEP)))


def _controls(one: Found, among: Sequence[Found], stages: Sequence[str]) -> list[Found]:
    """The check that comes nearest to what this one looks at; and if that is the learner's, one of a node that is not."""
    fitting = [
        other
        for other in among
        if other.id != one.id
        and not (other.candidate.absent or other.candidate.do or other.candidate.trap)
        and stages.index(other.stage) <= stages.index(one.stage)
        and _proves(other.candidate, one.candidate)
        and (one.candidate.absent or not other.is_own)
    ]
    fitting.sort(key=lambda other: (_nearness(other.candidate, one.candidate), other.is_own, _place(other)))
    nearest = fitting[:1]
    if nearest and nearest[0].is_own:
        nearest += [other for other in fitting if not other.is_own][:1]
    return nearest


def _proves(control: Candidate, one: Candidate) -> bool:
    if one.absent and one.of_neighbor:
        return _brings(control, one) or (control.type == "bgp.session" and one.on in (control.on, control.with_node))
    if one.absent:
        return control.type in (*SESSIONS, "ping", "fib.route") and one.on in (control.on, control.with_node)
    pair = {control.on, control.with_node}
    return (
        control.type in SESSIONS
        and one.type in (*SESSIONS, *_SETTINGS)
        and one.on in pair
        and (not one.with_node or one.with_node in pair)
    )


_SETTINGS = ("ospf6.interface", "ospf.interface")


def _brings(control: Candidate, one: Candidate) -> bool:
    """Whether the control is another route from the same neighbour on the same node."""
    path = str(control.expect.get("as_path", "")).split()
    return control.type == "bgp.route" and control.on == one.on and path[:1] == [one.of_neighbor]


def _nearness(control: Candidate, one: Candidate) -> int:
    return 0 if one.of_neighbor and _brings(control, one) else 1


def _need(one: Found, kept: Sequence[Found], stages: Sequence[str]) -> Found | None:
    """The session or adjacency that must be up first: until then a learner reads "waits", and not a failure."""
    mine = one.candidate
    if mine.absent or mine.type in SESSIONS or not mine.with_node:
        return None
    return next(
        (
            other
            for other in kept
            if other.candidate.type in SESSIONS
            and not other.candidate.absent
            and {mine.on, mine.with_node} == {other.candidate.on, other.candidate.with_node}
            and stages.index(other.stage) <= stages.index(one.stage)
        ),
        None,
    )


def _ids(kept: Sequence[Found]) -> dict[str, str]:
    """An id for each, of what it asks and of whom: session-north, no-route-r1, route-r1-2."""
    ids: dict[str, str] = {}
    for one in kept:
        word = one.candidate.type.split(".")[-1].replace("_", "-")
        name = f"{'no-' if one.candidate.absent else ''}{word}-{one.candidate.on}"
        numbered = (name, *(f"{name}-{number}" for number in range(2, len(kept) + 2)))
        ids[one.id] = next(free for free in numbered if free not in ids.values())
    return ids


def with_points(drafted: Sequence[Drafted]) -> list[Drafted]:
    """Share 100 points: at most half of them for checks that rest on the learner's nodes alone, if others can look."""
    if not drafted:
        return []
    own = [one for one in drafted if one.found.is_own]
    others = [one for one in drafted if not one.found.is_own]
    weights = {one.id: _weight(one.found.candidate) for one in drafted}
    total_own, total_others = (sum(weights[one.id] for one in some) for some in (own, others))
    if own and others and total_own > total_others:
        weights |= {one.id: weights[one.id] * total_others / total_own for one in own}
    total = sum(weights.values())
    points = {name: max(1, int(POINTS * weight / total)) for name, weight in weights.items()}
    receivers = [one.id for one in others or own]
    spare = POINTS - sum(points.values())
    for at in range(max(0, spare)):
        points[receivers[at % len(receivers)]] += 1
    return [replace(one, points=points[one.id]) for one in drafted]


def _weight(candidate: Candidate) -> float:
    if candidate.type in END_TO_END:
        return 3
    return 1 if candidate.type in ("config.contains", "sysctl.value", "process.running") else 2
