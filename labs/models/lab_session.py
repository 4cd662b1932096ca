"""What people did in labs.

A session's row says what should be; the engine's labels say what is; the reaper makes the two agree.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs import events
from labs.models.job import Job
from labs.models.states import COMES_FROM, END_OF_DAY, LIVE, State, WrongState
from labs.models.trouble_ticket import TroubleTicket

if TYPE_CHECKING:
    from labs.engine.grading.grading import Verdict

logger = logging.getLogger(__name__)


class LabSessionQuerySet(models.QuerySet["LabSession"]):
    def live(self) -> Self:
        """Sessions that hold their learner's place: what has a container, will have one, or is being put away."""
        return self.filter(state__in=LIVE)

    def of(self, user: Any) -> Self:
        return self.filter(learner=user).select_related("trouble_ticket")

    def open_to(self, user: Any) -> Self:
        """Sessions that are the user's own, and class labs in which he has a seat."""
        mine = Q(learner=user) | Q(pk__in=ClassSeat.objects.filter(user=user).values("session"))
        return self.filter(mine).select_related("trouble_ticket")

    def expired(self, now: datetime) -> Self:
        return self.filter(state=State.READY, ends_at__lte=now)

    def pooled(self) -> Self:
        """What waits in the pool for a learner."""
        return self.filter(state=State.POOLED, learner=None)

    def idle(self, now: datetime, minutes: int) -> Self:
        """In which nobody has typed for so long. A session that has just become ready is not idle, however long its launch."""
        before = now - timedelta(minutes=minutes)
        quiet = Q(active_at=None) | Q(active_at__lte=before)
        paused = Q(went_on_at__gt=before)
        return self.filter(quiet & ~paused, state=State.READY, state_at__lte=before).exclude(
            jobs__ended_at=None, jobs__isnull=False
        )

    def to_be_warned(self, now: datetime, minutes: int) -> Self:
        """Whose end is so near, and who has not been told."""
        ends = now + timedelta(minutes=minutes)
        unwarned = Q(warned=0) | Q(warned__gt=minutes)
        return self.filter(unwarned, state=State.READY, ends_at__gt=now, ends_at__lte=ends)

    def waiting(self) -> Self:
        """Who stands in line, first to last."""
        return self.filter(state=State.REQUESTED, admitted_at=None).order_by("-priority", "created_at", "pk")


class LabSession(models.Model):
    """One learner's running copy of a lab. ``generation`` is the fencing token of its launches.

    One without a learner waits in the pool for one: to claim it is one conditional UPDATE, and it keeps its id and its seed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_sessions", null=True, blank=True
    )
    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    seed = models.PositiveBigIntegerField(default=0)  # of its own numbers; the same seed gives the same lab again
    priority = models.SmallIntegerField(default=0)  # in the line; above 0: put first by staff
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    state_at = models.DateTimeField(default=timezone.now)
    generation = models.PositiveIntegerField(default=1)
    container = models.CharField(max_length=64, blank=True)
    host = models.CharField(max_length=100, blank=True)
    memory_limit = models.PositiveBigIntegerField(default=0)  # bytes that its container may use; given with its turn
    error = models.TextField(blank=True)  # the sentence that its learner reads, in English; translated when it is shown
    detail = models.TextField(blank=True)  # what the engine said
    progress = models.JSONField(default=list)  # [{"step": …, "seconds": …}], in the order in which it happened
    created_at = models.DateTimeField(default=timezone.now)
    admitted_at = models.DateTimeField(
        null=True, blank=True
    )  # its turn came; None: it waits in line (labs.capacity.queue)
    ready_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(null=True, blank=True)  # somebody typed, or pressed a button, last
    went_on_at = models.DateTimeField(null=True, blank=True)  # after the last pause of its room
    warned = models.PositiveSmallIntegerField(default=0)  # minutes before the end at which its learner was warned last
    assisted = models.JSONField(
        default=list, blank=True
    )  # ids of the stages that were jumped over: done for the learner
    resumes = models.ForeignKey("Save", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    saving_at = models.DateTimeField(null=True, blank=True)  # a save is being made since then
    extensions = models.PositiveSmallIntegerField(default=0)  # how often its learner has put its end off
    begun_with = models.JSONField(
        default=dict, blank=True
    )  # its nodes at the start (labs.engine.runtime.changes), to compare
    handed_over = models.JSONField(
        default=list, blank=True
    )  # nodes that change hands, to be made anew (labs.lifecycle.seat_handover)
    strain = models.JSONField(
        default=list, blank=True
    )  # what is used up, as sentences (labs.engine.runtime.resource_use)
    ends = models.JSONField(default=dict, blank=True)  # {"r1:eth0": "UP"}: the ends of its links when we looked last
    cables = models.JSONField(default=dict, blank=True)  # {"r1:eth0": {"rate": 500, …}}: those not as at the start

    objects = LabSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("lab session")
        verbose_name_plural = _("lab sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["learner"], condition=Q(state__in=LIVE), name="labs_one_live_session_per_learner"
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="labs_session_queue")]

    def __str__(self) -> str:
        return f"{self.lab} ({self.pk})"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def ticket(self) -> TroubleTicket | None:
        """Its trouble ticket, if it was opened as one."""
        found: TroubleTicket | None = getattr(self, "trouble_ticket", None)
        return found

    @property
    def is_being_prepared(self) -> bool:
        """Whether a fault is being put into it: until it is, nobody may look."""
        return bool(self.ticket and self.ticket.opened_at is None)

    def seat_of(self, user: Any) -> "ClassSeat | None":
        """The user's seat; None if the whole lab is his. Raises ClassSeat.DoesNotExist for everybody else."""
        return None if self.learner_id == user.pk else self.seats.get(user=user)

    @property
    def minutes_left(self) -> int:
        left = (self.ends_at - timezone.now()).total_seconds() if self.ends_at else 0
        return max(0, round(left / 60))

    @property
    def day_is_over(self) -> bool:
        """Whether the end of the day stopped it."""
        return self.events.filter(state=State.STOPPING, note=END_OF_DAY).exists()

    @property
    def was_touched(self) -> bool:
        """Whether somebody has typed or pressed a button in it: else there is nothing of his to keep."""
        # Who claims a lab from the pool is active when it becomes his. Earlier than that: the clock was stepped back since
        return bool(self.active_at and self.active_at != self.ready_at)

    def is_active(self) -> None:
        """Somebody has typed, or has pressed a button."""
        now = timezone.now()
        LabSession.objects.filter(pk=self.pk, state=State.READY).update(active_at=now)
        self.active_at = now

    @property
    def job(self) -> "Job | None":
        """What is being done to the lab now: a check, a look or a reset."""
        return self.jobs.open().first()

    def counted(self, verdicts: "Sequence[Verdict]") -> "list[Verdict]":
        """The verdicts as they count: what was done for the learner gives no points."""
        return [replace(verdict, points=0) if verdict.stage in self.assisted else verdict for verdict in verdicts]

    def move_to(self, state: State, *, only_from: State | None = None, note: str = "", **facts: Any) -> None:
        """Change state in one UPDATE, so that of two racing workers, or of an old launch and a new one, one loses."""
        origins = (only_from,) if only_from else COMES_FROM[state]
        facts |= {"state": state, "state_at": timezone.now()}
        with transaction.atomic():
            moved = LabSession.objects.filter(pk=self.pk, generation=self.generation, state__in=origins).update(**facts)
            if not moved:
                raise WrongState(f"{self} cannot become {state} (generation {self.generation}).")
            for name, value in facts.items():
                setattr(self, name, value)
            self._tell_clock(state)
            SessionEvent.objects.create(
                session=self, state=state, generation=self.generation, at=facts["state_at"], note=note
            )
            events.publish(self.pk, "state", state=state)
            self.log(f"It is {state} now (launch {self.generation}). {note}".strip())

    def _tell_clock(self, state: State) -> None:
        """A ticket's clock runs while its lab does; of one that was lost, until somebody typed last: its end cost him enough."""
        ticket = TroubleTicket.objects.filter(session=self.pk).first()
        if ticket and state == State.READY:
            ticket.go_on()
        elif ticket and ticket.since and state in (State.STOPPING, State.FAILED):
            lost = state == State.FAILED
            ticket.stand_still(max(ticket.since, self.active_at or ticket.since) if lost else self.state_at)

    def log(self, text: str) -> None:
        """Write a line about the session to the log, once what it tells of is committed."""
        transaction.on_commit(lambda: logger.info(text, extra={"session": str(self.pk)}))

    def extend(self, minutes: int, *, within: int, most: int) -> None:
        """Put the end off, in one UPDATE: two presses are one. WrongState if it is too early, too late or too often."""
        now = timezone.now()
        if self.ends_at is None or not now < self.ends_at <= now + timedelta(minutes=within):
            raise WrongState(f"{self} cannot be extended now.")
        later = self.ends_at + timedelta(minutes=minutes)
        with transaction.atomic():
            mine = LabSession.objects.filter(pk=self.pk, state=State.READY, ends_at=self.ends_at, extensions__lt=most)
            if not mine.update(ends_at=later, warned=0, extensions=models.F("extensions") + 1):
                raise WrongState(f"{self} cannot be extended any more.")
            self.ends_at, self.extensions = later, self.extensions + 1
            events.publish(self.pk, "extended", ends_at=later.isoformat())

    def give(self, minutes: int) -> None:
        """Put the end off by staff's word, however early and however often. WrongState if it ended, or was put off, meanwhile."""
        if self.ends_at is None:
            raise WrongState(f"{self} has no end.")
        later = self.ends_at + timedelta(minutes=minutes)
        with transaction.atomic():
            mine = LabSession.objects.filter(pk=self.pk, state=State.READY, ends_at=self.ends_at)
            if not mine.update(ends_at=later, warned=0):
                raise WrongState(f"{self} cannot be given more time now.")
            self.ends_at, self.warned = later, 0
            events.publish(self.pk, "extended", ends_at=later.isoformat())

    def stood_still(self, since: datetime, until: datetime) -> None:
        """Its room was paused: it gets that time back, and nobody in it counts as idle for it. No more if it has ended."""
        lost = until - max(since, self.ready_at or since)
        runs = LabSession.objects.filter(pk=self.pk, state=State.READY)
        if not runs.update(ends_at=models.F("ends_at") + lost, warned=0, went_on_at=until):
            return
        self.refresh_from_db(fields=["ends_at", "warned", "went_on_at"])
        if self.ends_at:
            events.publish(self.pk, "extended", ends_at=self.ends_at.isoformat())

    def launch_again(self, note: str) -> None:
        """Begin a launch anew that got lost; its turn stays. The old one, should it still live, is now known to be stale."""
        facts: dict[str, Any] = {
            "generation": self.generation + 1,
            "admitted_at": timezone.now(),
            "container": "",
            "progress": [],
        }
        self.move_to(State.REQUESTED, note=note, **facts)

    def came_to(self, step: str, seconds: float) -> None:
        """Write down a step of the start; WrongState tells a worker that nobody waits for it any more."""
        progress = [*self.progress, {"step": step, "seconds": round(seconds, 3)}]
        mine = LabSession.objects.filter(pk=self.pk, generation=self.generation, state=State.STARTING)
        if not mine.update(progress=progress):
            raise WrongState(f"{self} is not starting any more (generation {self.generation}).")
        self.progress = progress
        events.publish(self.pk, "step", step=step, seconds=round(seconds, 3))


class ClassSeat(models.Model):
    """One trainee's place in a class lab: a session that several share, each on his own nodes."""

    session = models.ForeignKey(LabSession, on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_seats")
    nodes = models.JSONField(default=list)  # names of the nodes that are theirs
    since = models.DateTimeField(default=timezone.now)  # work that was saved before is somebody else's

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="labs_one_seat_per_user")]

    def __str__(self) -> str:
        return f"{self.user} on {', '.join(self.nodes)}"


class SessionEvent(models.Model):
    """One move of a session, written in the transaction that made it."""

    session = models.ForeignKey(LabSession, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=State)
    generation = models.PositiveIntegerField()
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["state", "at"], name="labs_event_state_at")]

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%H:%M:%S}"
