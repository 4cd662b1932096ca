"""Lab sessions: a lab as it runs for one learner, its state, and how the state changes."""

import logging
import uuid
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labs import events, hooks
from labs.engine.shared import pace
from labs.models.class_seat import ClassSeat
from labs.models.job import Job
from labs.models.session_event import SessionEvent
from labs.models.states import COMES_FROM, LIVE, Exam, ExamIsOver, State, WrongState
from labs.models.trouble_ticket import Rung, TroubleTicket
from vaka.accounts.models import User

logger = logging.getLogger(__name__)

EXAM_ENDS_WITHIN = timedelta(
    seconds=pace.seconds(15 * 60)
)  # after the end of its time, its session has been graded and stopped


class LabSessionQuerySet(models.QuerySet["LabSession"]):
    def live(self) -> Self:
        """Sessions that have a container, will have one, or are being stopped. A learner has at most one."""
        return self.filter(state__in=LIVE)

    def of(self, user: User) -> Self:
        return self.filter(learner=user).select_related("trouble_ticket")

    def open_to(self, user: User) -> Self:
        """The user's own sessions, and class labs in which they have a seat."""
        mine = Q(learner=user) | Q(pk__in=ClassSeat.objects.filter(user=user).values("session"))
        return self.filter(mine).select_related("trouble_ticket")

    def practice(self) -> Self:
        """Sessions in which a learner works for themselves: no exams, and no copies of somebody else's lab."""
        return self.filter(exam=Exam.NONE, copy_of=None)

    def of_one_person(self) -> Self:
        """Sessions in which their learner works alone: no class labs, which hold the work of everybody who has a seat there."""
        return self.filter(is_class=False, seats=None)

    def expired(self, now: datetime) -> Self:
        """Sessions whose time is over. An exam gets EXAM_ENDS_WITHIN more, in which its work is graded."""
        late = Q(exam=Exam.NONE) | Q(ends_at__lte=now - EXAM_ENDS_WITHIN)
        return self.filter(late, state=State.READY, ends_at__lte=now)

    def pooled(self) -> Self:
        """Sessions that wait in the pool for a learner."""
        return self.filter(state=State.POOLED, learner=None)

    def idle(self, now: datetime, minutes: int) -> Self:
        """Sessions in which nobody has typed for so long. One that has just become ready is not idle, even after a long start.

        An exam is never idle: its time is fixed.
        """
        before = now - timedelta(minutes=minutes)
        quiet = Q(active_at=None) | Q(active_at__lte=before)
        paused = Q(pause_ended_at__gt=before)
        # A copy is stopped when it is idle too, so this is not practice(), which leaves copies out
        return self.filter(quiet & ~paused, exam=Exam.NONE, state=State.READY, state_at__lte=before).exclude(
            jobs__ended_at=None, jobs__isnull=False
        )

    def to_be_warned(self, now: datetime, minutes: int) -> Self:
        """Sessions that end within so many minutes, and whose learner has not been warned of it."""
        ends = now + timedelta(minutes=minutes)
        unwarned = Q(warned=0) | Q(warned__gt=minutes)
        return self.filter(unwarned, state=State.READY, ends_at__gt=now, ends_at__lte=ends)

    def with_last_return(self) -> Self:
        """The sessions, each of which knows its ``last_return`` without a query of its own."""
        returns = Job.objects.returns().filter(session=OuterRef("pk")).order_by("-pk").values("kind")
        return self.annotate(newest_return=Subquery(returns[:1]))

    def waiting(self) -> Self:
        """Sessions in the queue, first to last."""
        return self.filter(state=State.REQUESTED, admitted_at=None).order_by("-priority", "created_at", "pk")


class LabSession(models.Model):
    """A lab as it runs for one learner. ``generation`` is the fencing token of its starts.

    A session without a learner waits in the pool. It is claimed by one conditional UPDATE, and keeps its id and its seed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lab_sessions", null=True, blank=True
    )
    lab = models.CharField(max_length=100)
    lab_version = models.CharField(max_length=12)
    seed = models.PositiveBigIntegerField(default=0)  # of its parameters; the same seed gives the same lab again
    exam = models.CharField(max_length=6, choices=Exam, blank=True, default=Exam.NONE)
    priority = models.SmallIntegerField(default=0)  # in the queue; above 0: put first by somebody
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    state_at = models.DateTimeField(default=timezone.now)
    generation = models.PositiveIntegerField(default=1)
    container = models.CharField(max_length=64, blank=True)
    host = models.CharField(max_length=100, blank=True)
    memory_limit = models.PositiveBigIntegerField(default=0)  # bytes that its container may use; set on admission
    error = models.TextField(blank=True)  # the sentence that the learner reads, in English; translated when it is shown
    detail = models.TextField(blank=True)  # what the engine said
    progress = models.JSONField(default=list)  # [{"step": …, "seconds": …}], in the order in which it happened
    created_at = models.DateTimeField(default=timezone.now)
    admitted_at = models.DateTimeField(null=True, blank=True)  # None: it waits in the queue (labs.capacity.queue)
    ready_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(null=True, blank=True)  # somebody typed, or pressed a button, last
    active_node = models.CharField(max_length=32, blank=True)  # on which somebody typed last
    worked_at = models.DateTimeField(null=True, blank=True)  # somebody typed, or changed a cable, last
    pause_ended_at = models.DateTimeField(null=True, blank=True)  # the end of the last pause of its workshop
    warned = models.PositiveSmallIntegerField(default=0)  # minutes before the end of the last warning
    assisted = models.JSONField(default=list, blank=True)  # ids of the stages that the site did, since the last reset
    resumes = models.ForeignKey("Save", on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    # Of a copy: the learner's session that somebody else looks into. Nothing in a copy counts, and it is not saved
    copy_of = models.ForeignKey("self", on_delete=models.CASCADE, related_name="copies", null=True, blank=True)
    is_class = models.BooleanField(default=False)  # several people share it, each with a ClassSeat
    # Its learner stops it to find a fault: the rung of the trouble ticket that is requested once it has stopped
    next_rung = models.PositiveSmallIntegerField(choices=Rung, null=True, blank=True)
    saving_at = models.DateTimeField(null=True, blank=True)  # since when a save is being made
    extensions = models.PositiveSmallIntegerField(default=0)  # how often its learner has extended it
    # The nodes at the start (labs.engine.runtime.changes), to compare with
    initial_state = models.JSONField(default=dict, blank=True)
    # Nodes whose seat has a new holder, and which must be reset first (labs.lifecycle.seat_handover)
    nodes_to_reset = models.JSONField(default=list, blank=True)
    # Resources that are used up, as sentences (labs.engine.runtime.resource_sentences)
    exhausted_resources = models.JSONField(default=list, blank=True)
    ends = models.JSONField(default=dict, blank=True)  # {"r1:eth0": "UP"}: the last seen state of its links' ends
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
    def keeps_work(self) -> bool:
        """Whether its work is saved: not in a lab that waits in the pool, and not in a copy, whose work is another person's."""
        return self.learner_id is not None and self.copy_of_id is None

    @property
    def ticket(self) -> TroubleTicket | None:
        """The session's trouble ticket, if it was opened as one."""
        found: TroubleTicket | None = getattr(self, "trouble_ticket", None)
        return found

    @property
    def is_being_prepared(self) -> bool:
        """Whether a fault is being put into it. Until it is there, nobody may look into the lab."""
        return bool(self.ticket and self.ticket.opened_at is None)

    @property
    def exam_is_over(self) -> bool:
        """Whether it is an exam whose time is over: nobody can work in it any more, or give it more time.

        In a pause no time passes, also if the pause lasts longer than the time that was left. Neither does it before the lab is
        ready: a start can take longer than that, and can fail.
        """
        if not self.exam or self.ready_at is None or self.ends_at is None or self.ends_at > timezone.now():
            return False
        paused_since = hooks.paused().get(self.pk)
        return paused_since is None or self.ends_at <= paused_since

    def seat_of(self, user: User) -> ClassSeat | None:
        """Return the user's seat, or None if the whole lab is theirs. Raises ClassSeat.DoesNotExist for all others."""
        return None if self.learner_id == user.pk else self.seats.get(user=user)

    def minutes_left(self, paused_since: datetime | None = None) -> int:
        """Return the minutes that are left, rounded up, as the lab page counts them down. In a pause they stay as they are."""
        now = max(paused_since, self.ready_at or paused_since) if paused_since else timezone.now()
        left = (self.ends_at - now).total_seconds() if self.ends_at else 0
        return max(0, ceil(left / 60))

    @property
    def was_touched(self) -> bool:
        """Whether somebody has typed or pressed a button in it. If not, there is no work to save."""
        # A claim from the pool sets both times to the same moment. An earlier active_at means that the clock went back since
        return bool(self.active_at and self.active_at != self.ready_at)

    def touch(self, *, worked: bool = False) -> None:
        """Write that somebody has pressed a button. WORKED: it has changed the lab."""
        now = timezone.now()
        fields = {"active_at": now, "worked_at": now} if worked else {"active_at": now}
        LabSession.objects.filter(pk=self.pk, state=State.READY).update(**fields)
        for name, value in fields.items():
            setattr(self, name, value)

    @cached_property
    def last_return(self) -> str | None:
        """The kind of the last job that brought all nodes back to the start, or to saved work; None if none did."""
        newest = self.jobs.returns().values_list("kind", flat=True)
        found: str | None = self.__dict__["newest_return"] if "newest_return" in self.__dict__ else newest.first()
        return found

    @property
    def holds_saved_work(self) -> bool:
        """Whether it has resumed work, or went back to it, and no reset or skip has removed that since."""
        return self.resumes_id is not None and self.last_return not in (Job.Kind.RESET, Job.Kind.SKIP)

    @property
    def job(self) -> Job | None:
        """The open job: what is being done to the lab now."""
        return self.jobs.open().first()

    @property
    def newest_job(self) -> Job | None:
        """The job that was asked of the lab last; it may have ended."""
        return self.jobs.first()

    def move_to(self, state: State, *, only_from: State | None = None, note: str = "", **fields: Any) -> None:
        """Change the state, and FIELDS with it, in one UPDATE. Raises WrongState.

        Of two workers that race, or of an old start and a new one, one loses.
        """
        origins = (only_from,) if only_from else COMES_FROM[state]
        fields |= {"state": state, "state_at": timezone.now()}
        with transaction.atomic():
            mine = LabSession.objects.filter(pk=self.pk, generation=self.generation, state__in=origins)
            if not mine.update(**fields):
                raise WrongState(f"{self} cannot become {state} (generation {self.generation}).")
            for name, value in fields.items():
                setattr(self, name, value)
            self._run_ticket_clock(state)
            SessionEvent.objects.create(
                session=self, state=state, generation=self.generation, at=fields["state_at"], note=note
            )
            events.publish(self.pk, "state", state=state)
            self.log(f"The session is {state} now (generation {self.generation}). {note}".strip())

    def _run_ticket_clock(self, state: State) -> None:
        """Run the trouble ticket's clock while the lab runs. In a lab that failed it stops at the last key that was typed."""
        ticket = TroubleTicket.objects.filter(session=self.pk).first()
        if ticket and state == State.READY:
            ticket.start_clock()
        elif ticket and ticket.since and state in (State.STOPPING, State.FAILED):
            failed = state == State.FAILED
            ticket.stop_clock(max(ticket.since, self.active_at or ticket.since) if failed else self.state_at)

    def log(self, text: str) -> None:
        """Write a line about the session to the log when the transaction is committed."""
        transaction.on_commit(lambda: logger.info(text, extra={"session": str(self.pk)}))

    def extend(self, minutes: int, *, within: int, most: int) -> None:
        """Move the deadline for the learner, in one UPDATE: two presses count as one.

        Raises WrongState if more than WITHIN minutes are left, if the session has ended, or after MOST extensions.
        """
        now = timezone.now()
        if self.ends_at is None or not now < self.ends_at <= now + timedelta(minutes=within):
            raise WrongState(f"{self} cannot be extended now.")
        later = self.ends_at + timedelta(minutes=minutes)
        with transaction.atomic():
            mine = LabSession.objects.filter(pk=self.pk, state=State.READY, ends_at=self.ends_at, extensions__lt=most)
            if not mine.update(ends_at=later, warned=0, extensions=models.F("extensions") + 1):
                raise WrongState(f"{self} cannot be extended any more.")
            self.ends_at, self.extensions = later, self.extensions + 1
            events.publish(self.pk, "deadline", ends_at=later.isoformat())

    def give(self, minutes: int) -> None:
        """Move the deadline for those who teach, at any time and as often as they like.

        Raises WrongState if the session has ended, or if its deadline was moved meanwhile; ExamIsOver.
        """
        if self.ends_at is None:
            raise WrongState(f"{self} has no deadline.")
        if self.exam_is_over:
            raise ExamIsOver(f"{self} is to be graded as it is.")
        later = self.ends_at + timedelta(minutes=minutes)
        with transaction.atomic():
            mine = LabSession.objects.filter(pk=self.pk, state=State.READY, ends_at=self.ends_at)
            if not mine.update(ends_at=later, warned=0):
                raise WrongState(f"{self} cannot be given more time now.")
            self.ends_at, self.warned = later, 0
            events.publish(self.pk, "deadline", ends_at=later.isoformat())

    def extend_by_pause(self, since: datetime, until: datetime) -> None:
        """Move the deadline by the length of a pause, during which nobody counts as idle. Does nothing if the session has ended.

        Two rooms can share a class lab. The time in which both were paused moves the deadline once.
        """
        running = LabSession.objects.filter(pk=self.pk, state=State.READY)
        with transaction.atomic():
            now = running.select_for_update(no_key=True).first()
            if now is None:
                return
            paused = until - min(until, now.paused_from(since))
            running.update(ends_at=models.F("ends_at") + paused, warned=0, pause_ended_at=until)
        self.refresh_from_db(fields=["ends_at", "warned", "pause_ended_at"])
        if self.ends_at:
            events.publish(self.pk, "deadline", ends_at=self.ends_at.isoformat())

    @property
    def is_of_one_person(self) -> bool:
        """Whether its learner works there alone (``LabSessionQuerySet.of_one_person``)."""
        return not (self.is_class or self.seats.exists())

    def paused_from(self, since: datetime) -> datetime:
        """The begin of a pause for this session: once it was ready, and after the last pause that moved its deadline."""
        return max(since, self.ready_at or since, self.pause_ended_at or since)

    def start_again(self, note: str) -> None:
        """Request the start again after it was lost. The session stays admitted. A worker of the old start loses its races."""
        fields: dict[str, Any] = {
            "generation": self.generation + 1,
            "admitted_at": timezone.now(),
            "container": "",
            "progress": [],
        }
        self.move_to(State.REQUESTED, note=note, **fields)

    def add_progress(self, step: str, seconds: float) -> None:
        """Write a step of the start. Raises WrongState if the session is not starting any more."""
        progress = [*self.progress, {"step": step, "seconds": round(seconds, 3)}]
        mine = LabSession.objects.filter(pk=self.pk, generation=self.generation, state=State.STARTING)
        if not mine.update(progress=progress):
            raise WrongState(f"{self} is not starting any more (generation {self.generation}).")
        self.progress = progress
        events.publish(self.pk, "step", step=step, seconds=round(seconds, 3))
