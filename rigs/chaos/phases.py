"""The phases of a lab session, and how a learner gets into each one. A fault strikes all of them at once.

A learner who has typed has saved work. They count as right again only when all of it is there, in the running lab or in a
resumed one. A learner who stops has typed more since: that is there too, or the page said that it could not be saved.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rigs.chaos.chaos_labs import HUNGRY, LAB, LIGHT, SLOW_TO_SAVE, eats_when_resumed
from rigs.chaos.learner import PATIENCE, Learner, Status
from vaka.ops.site_client import Unexpected

if TYPE_CHECKING:
    from rigs.chaos.chaos_site import ChaosSite

Cast = dict[str, Learner]  # the learner in each phase

QUEUED, CONTAINER, STARTING, IDLE, TYPING = "in the queue", "container", "starting", "ready and idle", "typing"
CHECKING, RESETTING, STOPPING, POOLED = "checking", "resetting", "stopping", "in the pool"
SAVING, RESUMING = "saving", "resuming"
BEGINS_READY = (IDLE, TYPING, CHECKING, RESETTING, SAVING, STOPPING)
EVERY = (POOLED, QUEUED, CONTAINER, STARTING, RESUMING, *BEGINS_READY)
RUNS = (POOLED, STARTING, RESUMING, *BEGINS_READY[:-1])  # a container is there
EATING = (IDLE, TYPING, CHECKING, SAVING)  # a learner can type in it
HAS_WORK = (IDLE, TYPING, CHECKING, SAVING, STOPPING, RESUMING)
WANTS = {CHECKING: "check", RESETTING: "reset", SAVING: "save"}
HUNGRY_SECONDS = 20  # a lab that is resumed eats its memory until so long after its save


def lab_of(phase: str) -> str:
    """Return the lab that the learner of a phase wants. One of them is kept in the pool."""
    return LIGHT if phase == POOLED else LAB


def together(work: Callable[[str, Learner], object], cast: Cast) -> None:
    """Call a function for all of them side by side. Raises the first error."""
    with ThreadPoolExecutor(len(cast) or 1) as pool:
        for done in [pool.submit(work, phase, learner) for phase, learner in cast.items()]:
            done.result()


def _be_ready_for(phase: str, learner: Learner) -> None:
    """Prepare the learner for a phase: with a ready lab, or without one."""
    status = learner.read_status()
    while status is None or status["state"] == "stopping":
        time.sleep(0.2)
        status = learner.read_status()
    live = status["state"] not in ("none", "failed", "stopped")
    if phase in (*BEGINS_READY, RESUMING):
        if not live:
            learner.start(LAB)
        learner.until("ready")
        learner.types("true")
        if phase in HAS_WORK:
            learner.saves_work()
    elif live:
        learner.leaves()


def _leaves_for_later(learner: Learner, *, hungry: bool) -> None:
    """Stop a lab with saved work. A hungry one uses up its memory each time it is resumed, for a while."""
    if hungry:
        learner.types(eats_when_resumed(HUNGRY_SECONDS))
    learner.leaves()


@contextmanager
def everyone(
    site: "ChaosSite", phases: tuple[str, ...], *, hungry: bool
) -> Iterator[tuple[Cast, dict[str, Status], Callable[[], None]]]:
    """Bring one learner into each phase. Inside the block, the workers take no new task until they are told to."""
    cast = {phase: site.learners[phase] for phase in phases}
    together(_be_ready_for, cast)
    if POOLED in cast:
        cast[POOLED].session = ""  # this learner presses start after the fault
        _until_pooled(site)
    lab = HUNGRY if hungry else LAB
    if RESUMING in cast:
        _leaves_for_later(cast[RESUMING], hungry=hungry)
        cast[RESUMING].resumes(LAB)
    if STARTING in cast:
        cast[STARTING].start(lab)
    if SAVING in cast:
        cast[SAVING].types(SLOW_TO_SAVE)
    pressed = [_press(cast, phase) for phase in (CHECKING, RESETTING) if phase in cast]
    if TYPING in cast and not hungry:
        cast[TYPING].begin_typing("kept=42")
    _until_steps(cast, STARTING, "links")
    _until_steps(cast, RESUMING, "links")
    _until_taken(site, pressed)
    if CONTAINER in cast:
        cast[CONTAINER].start(lab)
        _until_steps(cast, CONTAINER, "queued")
    if SAVING in cast:
        _until_taken(site, [_press(cast, SAVING)])
    with site.workers_hold_still() as go_on:
        if QUEUED in cast:
            cast[QUEUED].start(lab)
        if STOPPING in cast:
            cast[STOPPING].types_last()
            cast[STOPPING].press("stop")
        before: dict[str, Status] = {}
        for phase, learner in cast.items():
            learner.saw = []
            status = learner.read_status()
            if status is None:
                raise Unexpected(f"The site does not answer before anything was broken ({phase}).")
            learner.reads(status)
            before[phase] = status
        yield cast, before, go_on


def _press(cast: Cast, phase: str) -> int:
    return int(cast[phase].press(WANTS[phase])["job"]["id"])


def _until_steps(cast: Cast, phase: str, step: str) -> None:
    """Wait until the start has reached a step. Raises Unexpected if the lab was ready too soon."""
    if phase not in cast:
        return
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        status = cast[phase].read_status()
        if status and step in [one["step"] for one in status["progress"]]:
            return
        time.sleep(0.02)
    raise Unexpected(f"The lab of {phase} did not come to {step}.")


def _until_pooled(site: "ChaosSite") -> None:
    """Wait until a lab is in the pool."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if site.rows("SELECT 1 FROM labs_labsession WHERE state = 'pooled' AND lab = ?", LIGHT):
            return
        time.sleep(0.1)
    raise Unexpected("No lab came into the pool.")


def _until_taken(site: "ChaosSite", jobs: list[int]) -> None:
    """Wait until a worker has taken the job."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        taken = {key for (key,) in site.rows("SELECT id FROM labs_job WHERE taken_at IS NOT NULL")}
        if taken.issuperset(jobs):
            return
        time.sleep(0.02)
    raise Unexpected("The worker did not take what was asked for.")
