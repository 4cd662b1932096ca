"""The pool: labs that are kept ready for learners.

They are sessions without a learner in state ``pooled``, of two kinds. Empty containers, with a running supervisor and an
empty ``lab``, can take any lab. Whole labs have converged, and keep the seed that they were built with. A claim is one
conditional UPDATE. Rows (PoolSize) say how many should wait; each call of ``keep`` goes one step towards that number, and
adds nothing while learners wait in the queue.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from labs import failure_sentences
from labs.capacity.built_flavours import BuiltFlavours
from labs.capacity.free_capacity import FreeCapacity
from labs.capacity.overcommit import Memory
from labs.engine.definition.spec import Lab
from labs.engine.shared.features import AT_CREATION
from labs.models import ENDED, Exam, Host, LabSession, PoolSize, State, WrongState
from labs.registry import seeds, versions
from vaka.accounts.models import User

EMPTY = ""  # the lab of an empty container
LAST = -1  # the priority of sessions without a learner
FAILED_PAUSE = timedelta(minutes=5)  # until a lab is tried again that could not be built for the pool
PASSING_PAUSE = timedelta(seconds=15)  # the same after a failure of the host: the engine was away, for example
TRIES = 3  # of claims that somebody else was faster with


def claim(learner: User, lab: Lab) -> LabSession | None:
    """Give the learner a pooled lab, ready at once; None if there is none. Raises IntegrityError if they have a live lab.

    Its seed becomes the learner's. A learner who has a seed for this lab gets a copy with that seed, or none.
    """
    pooled = LabSession.objects.pooled().filter(lab=lab.id, lab_version=lab.version)
    if seed := seeds.kept(learner, lab):
        pooled = pooled.filter(seed=seed)
    return _claim_ready(pooled, learner, timedelta(minutes=lab.minutes + settings.LAB_SPARE_MINUTES))


def claim_for_exam(learner: User, lab: Lab, time: timedelta) -> LabSession | None:
    """As ``claim``, for an exam of this length: a lab with parameters has values that the learner has not seen."""
    pooled = LabSession.objects.pooled().filter(lab=lab.id, lab_version=lab.version)
    if lab.parameters:
        pooled = pooled.exclude(seed=seeds.kept(learner, lab))
    return _claim_ready(pooled, learner, time, exam=Exam.SEALED)


def _claim_ready(
    pooled: QuerySet[LabSession], learner: User, time: timedelta, exam: Exam = Exam.NONE
) -> LabSession | None:
    now = timezone.now()
    fields = {"learner": learner, "created_at": now, "ready_at": now, "active_at": now, "ends_at": now + time}
    return _claim(pooled, State.READY, priority=0, exam=exam, **fields)


def claim_empty(learner: User, lab: Lab) -> LabSession | None:
    """Give the learner an empty container for the lab, and a place in the queue; None if no container is suitable.

    Empty containers are made from the lab image, without a flavour.
    """
    if lab.image or AT_CREATION & set(lab.requires):
        return None
    pooled = LabSession.objects.pooled().filter(lab=EMPTY)
    if not pooled.exists():
        return None
    fields = {"learner": learner, "lab": lab.id, "lab_version": lab.version, "seed": seeds.of(learner, lab)}
    now = timezone.now()
    return _claim(pooled, State.REQUESTED, created_at=now, admitted_at=None, priority=0, **fields)


def _claim(pooled: QuerySet[LabSession], state: State, **fields: Any) -> LabSession | None:
    """Claim the one that has waited longest."""
    for session in pooled.order_by("state_at")[:TRIES]:
        try:
            session.move_to(state, only_from=State.POOLED, note="It was claimed from the pool.", **fields)
        except WrongState:
            continue  # somebody else was faster
        return session
    return None


class Wanted:
    """The number of copies of each lab that should wait now, and of those kept while learners wait in the queue."""

    def __init__(self, now: datetime) -> None:
        self.most: dict[str, int] = {}
        self.reserved: dict[str, int] = {EMPTY: settings.LAB_POOL_EMPTY}
        self.spare: dict[str, int] = {EMPTY: settings.LAB_POOL_EMPTY}  # if there is free capacity
        for size in PoolSize.objects.all():
            if size.is_on(now):
                self._add(size, now)

    def _add(self, size: PoolSize, now: datetime) -> None:
        """Of several sizes for one lab the largest counts: everybody may claim the labs of a workshop."""
        before = size.from_at is not None and now < size.from_at
        for counts, number in (
            (self.reserved, max(size.reserved, size.at_start if before else 0)),
            (self.spare, size.most),
            (self.most, max(size.most, size.reserved, size.at_start)),
        ):
            counts[size.lab] = max(counts.get(size.lab, 0), number)


def keep() -> list[LabSession]:
    """Go one step towards the wanted numbers. Return the sessions to stop; new ones wait in the queue."""
    now = timezone.now()
    LabSession.objects.filter(learner=None, state__in=ENDED, stopped_at__lt=now - FAILED_PAUSE).delete()
    wanted = Wanted(now)
    retired = _retire(wanted)
    if not retired and not LabSession.objects.filter(state__in=(State.REQUESTED, State.STARTING)).exists():
        _refill(wanted, now)
    return retired


def _retire(wanted: Wanted) -> list[LabSession]:
    """Stop pooled labs of an old version, and the newest of those that are too many."""
    retired, kept = [], dict[str, int]()
    for session in LabSession.objects.pooled().order_by("state_at"):
        newest = _newest(session.lab)
        most = max(wanted.most.get(session.lab, 0), wanted.reserved.get(session.lab, 0))
        version = newest.version if newest else EMPTY
        is_current = (session.lab == EMPTY or newest) and session.lab_version == version
        if is_current and kept.get(session.lab, 0) < most:
            kept[session.lab] = kept.get(session.lab, 0) + 1
        elif put_away(session, "It is not needed any more."):
            retired.append(session)
    return retired


def _refill(wanted: Wanted, now: datetime) -> None:
    """Request one more lab or container that is missing, if it fits. It waits in the queue behind all learners."""
    free = FreeCapacity(Host.known(), now)
    pooled = list(LabSession.objects.pooled().values_list("lab", flat=True))
    failed = _failed_lately(now)
    for counts, memory in ((wanted.reserved, free.memory), (wanted.spare, _spare_memory(free))):
        for lab, number in counts.items():
            spec = _newest(lab)
            if (lab and not spec) or lab in failed or pooled.count(lab) >= number:
                continue
            if memory.covers(_cost(free, lab, spec)):
                request(spec)
                return


def _cost(free: FreeCapacity, lab: str, spec: Lab | None) -> Memory:
    return free.costs.with_limit(lab, spec.version if spec else EMPTY, lambda: spec).both


def _failed_lately(now: datetime) -> set[str]:
    """Return labs that could not be built a short time ago, or that failed in the pool. They are not tried again at once."""
    over = Q(error__in=failure_sentences.PASSING, stopped_at__lt=now - PASSING_PAUSE)
    return set(LabSession.objects.filter(learner=None, state=State.FAILED).exclude(over).values_list("lab", flat=True))


def _spare_memory(free: FreeCapacity) -> Memory:
    """Return the memory for labs that are not reserved. The pool takes a part of the whole, and never all that is free."""
    whole, percent = free.total, settings.LAB_POOL_PERCENT
    part = Memory(whole.use * percent // 100, whole.limit * percent // 100) - free.pooled
    return Memory(min(part.use, free.memory.use), min(part.limit, free.memory.limit))


def request(lab: Lab | None) -> LabSession:
    """Request one more copy of a lab, or one more empty container, for the pool."""
    if lab is None:
        return LabSession.objects.create(priority=LAST, lab=EMPTY, lab_version=EMPTY)
    return LabSession.objects.create(priority=LAST, lab=lab.id, lab_version=lab.version, seed=seeds.fresh(lab))


def give_back(lacking: Memory) -> list[LabSession]:
    """Stop as many pooled labs as waiting learners need, but not the reserved ones; the newest first."""
    now, given = timezone.now(), []
    wanted, free = Wanted(now), FreeCapacity(Host.known(), now)
    pooled = list(LabSession.objects.pooled().order_by("-state_at"))
    left = {lab: sum(session.lab == lab for session in pooled) for lab in {session.lab for session in pooled}}
    for session in pooled:
        if Memory().covers(lacking):
            break
        is_reserved = left[session.lab] <= wanted.reserved.get(session.lab, 0)
        if not is_reserved and put_away(session, "Learners in the queue need its memory."):
            left[session.lab] -= 1
            cost = free.costs.of(session.lab, session.lab_version, lambda: None)
            lacking -= Memory(cost.memory, session.memory_limit)
            given.append(session)
    return given


def put_away(session: LabSession, why: str) -> bool:
    """Move a pooled session to STOPPING; False if somebody has claimed it meanwhile."""
    try:
        session.move_to(State.STOPPING, only_from=State.POOLED, note=why)
    except WrongState:
        return False
    return True


def build_unmeasured_lab() -> LabSession | None:
    """While no lab runs, request a lab of the catalogue that has no measured cost. The pool stops it after its start.

    No image is built for this.
    """
    if LabSession.objects.live().exists():
        return None
    now = timezone.now()
    known, failed, images = FreeCapacity(Host.known(), now).costs, _failed_lately(now), BuiltFlavours()
    for lab in versions.all_labs():
        if not known.knows(lab) and lab.id not in failed and images.has(lab.image):
            return request(lab)
    return None


def _newest(lab: str) -> Lab | None:
    try:
        return versions.newest(lab) if lab else None
    except versions.NoSuchLab:
        return None
