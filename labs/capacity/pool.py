"""The pool: labs that wait for their learners.

Two kinds wait, as sessions without a learner in state ``pooled``: empty containers whose supervisor runs (``lab`` is empty), for
any lab to move in, and whole labs, their daemons converged, with the seed they were built with. To claim one is one conditional
UPDATE. What should wait is said by rows (PoolSize); ``keep`` goes one step towards it each time, and never while somebody waits.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from labs import failures
from labs.capacity.free_capacity import Room
from labs.engine.definition.spec import Lab
from labs.models import ENDED, LabSession, State, WrongState
from labs.models.lab_cost import Host, Memory
from labs.models.pool_size import PoolSize
from labs.registry import seeds, versions
from vaka.accounts.models import User

EMPTY = ""  # the lab of a container without one
LAST = -1  # the priority of those who wait for nobody
FORGOTTEN = timedelta(minutes=5)  # a lab that could not be built for the pool is tried again after these
PASSED = timedelta(seconds=15)  # and after these, when it was the computer's trouble: the engine was away, say
TRIES = 3  # of claims that somebody else was faster with
DEVICES = {"tun"}  # what a container must be made with, and so no empty one has


def claim(learner: User, lab: Lab) -> LabSession | None:
    """Give the learner a lab that waits, ready at once; None if there is none. IntegrityError: he has a lab already.

    Its numbers are his from now on; who has numbers of his own for this lab gets one with these, or none.
    """
    now = timezone.now()
    ends = now + timedelta(minutes=lab.minutes + settings.LAB_SPARE_MINUTES)
    facts = {"learner": learner, "created_at": now, "ready_at": now, "active_at": now, "ends_at": ends}
    waiting = LabSession.objects.pooled().filter(lab=lab.id, lab_version=lab.version)
    if seed := seeds.kept(learner, lab):
        waiting = waiting.filter(seed=seed)
    return _claim(waiting, State.READY, priority=0, **facts)


def claim_empty(learner: User, lab: Lab) -> LabSession | None:
    """Give the learner a container for his lab, and with it a place in line; None if there is none that would do."""
    if DEVICES & set(lab.requires):
        return None
    waiting = LabSession.objects.pooled().filter(lab=EMPTY)
    if not waiting.exists():
        return None
    facts = {"learner": learner, "lab": lab.id, "lab_version": lab.version, "seed": seeds.of(learner, lab)}
    now = timezone.now()
    return _claim(waiting, State.REQUESTED, created_at=now, admitted_at=None, priority=0, **facts)


def _claim(waiting: QuerySet[LabSession], state: State, **facts: Any) -> LabSession | None:
    """Claim the one that has waited longest."""
    for session in waiting.order_by("state_at")[:TRIES]:
        try:
            session.move_to(state, only_from=State.POOLED, note="It was claimed from the pool.", **facts)
        except WrongState:
            continue  # somebody else was faster
        return session
    return None


class Wanted:
    """How many of each lab should wait now, and how many of them are not given up for people who wait."""

    def __init__(self, now: datetime) -> None:
        self.most: dict[str, int] = {}
        self.reserved: dict[str, int] = {EMPTY: settings.LAB_POOL_EMPTY}
        self.more: dict[str, int] = {EMPTY: settings.LAB_POOL_EMPTY}  # when there is room for luxuries
        for size in PoolSize.objects.all():
            if size.is_on(now):
                self._add(size, now)

    def _add(self, size: PoolSize, now: datetime) -> None:
        """Of several sizes for one lab the largest counts: a workshop's labs serve everybody."""
        before = size.from_at is not None and now < size.from_at
        for counts, number in (
            (self.reserved, max(size.reserved, size.at_start if before else 0)),
            (self.more, size.most),
            (self.most, max(size.most, size.reserved, size.at_start)),
        ):
            counts[size.lab] = max(counts.get(size.lab, 0), number)


def keep() -> list[LabSession]:
    """Go one step towards what should wait; return what is to be stopped or started for it."""
    now = timezone.now()
    LabSession.objects.filter(learner=None, state__in=ENDED, stopped_at__lt=now - FORGOTTEN).delete()
    wanted = Wanted(now)
    retired = _retire(wanted)
    if not retired and not LabSession.objects.filter(state__in=(State.REQUESTED, State.STARTING)).exists():
        _refill(wanted, now)
    return retired


def _retire(wanted: Wanted) -> list[LabSession]:
    """Put away what is of an old version, and the newest of what are too many."""
    retired, kept = [], dict[str, int]()
    for session in LabSession.objects.pooled().order_by("state_at"):
        newest = _newest(session.lab)
        most = max(wanted.most.get(session.lab, 0), wanted.reserved.get(session.lab, 0))
        version = newest.version if newest else EMPTY
        is_fine = (session.lab == EMPTY or newest) and session.lab_version == version
        if is_fine and kept.get(session.lab, 0) < most:
            kept[session.lab] = kept.get(session.lab, 0) + 1
        elif put_away(session, "It is not needed any more."):
            retired.append(session)
    return retired


def _refill(wanted: Wanted, now: datetime) -> None:
    """Ask for one more of what is lacking, if it fits; it stands in line behind everybody."""
    room = Room(Host.known(), now)
    there = list(LabSession.objects.pooled().values_list("lab", flat=True))
    failed = _failed_lately(now)
    for counts, memory in ((wanted.reserved, room.memory), (wanted.more, _share(room))):
        for lab, number in counts.items():
            spec = _newest(lab)
            cost = room.costs.with_limit(lab, spec.version if spec else EMPTY, lambda spec=spec: spec)  # type: ignore[misc]
            if (lab and not spec) or lab in failed or there.count(lab) >= number or not memory.covers(cost.both):
                continue
            ask_for(spec)
            return


def _failed_lately(now: datetime) -> set[str]:
    """Labs that could not be built a short time ago, or died while they waited: they are not tried again at once."""
    over = Q(error__in=failures.PASSING, stopped_at__lt=now - PASSED)
    return set(LabSession.objects.filter(learner=None, state=State.FAILED).exclude(over).values_list("lab", flat=True))


def _share(room: Room) -> Memory:
    """Memory that is left for what would be good to have: the pool takes a part of the room, and never all that is free."""
    whole, percent = room.host.room, settings.LAB_POOL_PERCENT
    part = Memory(whole.use * percent // 100, whole.limit * percent // 100) - room.pooled
    return Memory(min(part.use, room.memory.use), min(part.limit, room.memory.limit))


def ask_for(lab: Lab | None) -> LabSession:
    """Let one more of a lab, or an empty container, be made for the pool."""
    if lab is None:
        return LabSession.objects.create(priority=LAST, lab=EMPTY, lab_version=EMPTY)
    return LabSession.objects.create(priority=LAST, lab=lab.id, lab_version=lab.version, seed=seeds.fresh(lab))


def give_back(lacking: Memory) -> list[LabSession]:
    """Put away as much as people who wait need, but not what is reserved; the newest first."""
    now, given = timezone.now(), []
    wanted, room = Wanted(now), Room(Host.known(), now)
    there = list(LabSession.objects.pooled().order_by("-state_at"))
    left = {lab: sum(session.lab == lab for session in there) for lab in {session.lab for session in there}}
    for session in there:
        if Memory().covers(lacking):
            break
        if left[session.lab] > wanted.reserved.get(session.lab, 0) and put_away(session, "People need the room."):
            left[session.lab] -= 1
            lacking -= Memory(
                room.costs.of(session.lab, session.lab_version, lambda: None).memory, session.memory_limit
            )
            given.append(session)
    return given


def put_away(session: LabSession, why: str) -> bool:
    """Let a pooled session stop; False if somebody has claimed it meanwhile."""
    try:
        session.move_to(State.STOPPING, only_from=State.POOLED, note=why)
    except WrongState:
        return False
    return True


def weigh_one() -> LabSession | None:
    """Build a lab of the catalogue that nobody has weighed yet, in a quiet moment; the pool puts it away again."""
    if LabSession.objects.live().exists():
        return None
    now = timezone.now()
    known, failed = Room(Host.known(), now).costs, _failed_lately(now)
    for lab in versions.all_labs():
        if not known.knows(lab) and lab.id not in failed:
            return ask_for(lab)
    return None


def _newest(lab: str) -> Lab | None:
    try:
        return versions.newest(lab) if lab else None
    except versions.NoSuchLab:
        return None
