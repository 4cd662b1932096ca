"""The status panel: whether the learner can start, and what is being done to the lab now or was done last."""

from enum import StrEnum
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labs import failure_sentences
from labs.capacity import admission
from labs.models import SAVED_AND_STOPPED, STOPPED_BY_CLOSE, STOPPED_BY_INSTRUCTOR, Job, Save, State
from labs.pages.panel import Panel
from labs.translations import authored

NOT_DONE = {
    Job.Kind.ATTEMPT: _("Your work was not checked"),
    Job.Kind.UNGRADED_CHECK: _("The checks were not run"),
    Job.Kind.RESET: _("The reset failed"),
    Job.Kind.SKIP: _("Skipping to the stage failed. Reset all nodes, or try again"),
    Job.Kind.SAVE: _("Your work was not saved"),
    Job.Kind.TICKET: _("Your trouble ticket was not prepared"),
    Job.Kind.GO_BACK: _("The lab did not go back to the saved work"),
    Job.Kind.HANDOVER: _("The nodes of a seat are not reset yet. The reset is tried again automatically"),
}


class WhyStopped(StrEnum):
    """The reason of a stop that is not the learner's own."""

    INSTRUCTOR = "instructor"  # or an administrator
    CLOSED = "closed"  # the workshop
    TIME_UP = "time up"
    IDLE = "idle"


# By the note of the stop. The learner's own stop has none
WHY_STOPPED = {
    SAVED_AND_STOPPED: WhyStopped.INSTRUCTOR,
    STOPPED_BY_INSTRUCTOR: WhyStopped.INSTRUCTOR,
    STOPPED_BY_CLOSE: WhyStopped.CLOSED,
    Save.Reason.DEADLINE.value: WhyStopped.TIME_UP,
    Save.Reason.IDLE.value: WhyStopped.IDLE,
}


class StatusPanel(Panel):
    @cached_property
    def why_not(self) -> str:
        """The reason why the learner cannot start a lab now; empty if they can, or if this one is live."""
        return "" if self.subject.is_live else admission.why_not(self.learner)

    @cached_property
    def job(self) -> Job | None:
        """The job that runs now, or the last one."""
        return self.session.jobs.first() if self.session else None

    @property
    def is_busy(self) -> bool:
        """Whether the learner must wait. In a class lab nobody waits for another's check (labs.lifecycle.seat_attempts)."""
        is_open = self.job is not None and self.job.ended_at is None
        seat = self.subject.seat
        if seat and is_open and self.job and self.job.kind == Job.Kind.ATTEMPT:
            return seat.check_asked_at is not None
        return is_open

    @property
    def failure(self) -> str | Promise:
        """The failure of the last job, if it failed."""
        return NOT_DONE[Job.Kind(self.job.kind)] if self.job else ""

    @property
    def _error(self) -> str:
        """The failure of the session that has ended by it."""
        return self.session.error if self.session and self.subject.state == State.FAILED else ""

    @property
    def waits_for_operator(self) -> bool:
        """Whether a new start would fail in the same way, until the person who runs the site has done something."""
        return self._error in failure_sentences.UNTIL_MENDED

    @property
    def save_is_lost(self) -> bool:
        """Whether the start failed because of its saved work: what helps is a start from the beginning."""
        return self._error in failure_sentences.OF_THE_SAVE

    @property
    def skips_to(self) -> str:
        """The title of the stage to which the job skips, or its id if the lab no longer has it."""
        wanted = self.job.stage if self.job else ""
        return next((authored(stage.title) for stage in self.lab.stages if stage.id == wanted), wanted)

    @property
    def is_moving(self) -> bool:
        """Whether something will change without the learner: then a page without a script reloads."""
        return self.is_busy or self.subject.state in (State.REQUESTED, State.STARTING, State.STOPPING)

    @cached_property
    def why_stopped(self) -> WhyStopped | None:
        """The reason of the stop. None if the learner has stopped the lab, if it runs, or if nothing tells the reason."""
        session = self.session
        if session is None or session.state not in (State.STOPPING, State.STOPPED):
            return None
        note = session.events.filter(state=State.STOPPING).values_list("note", flat=True).last()
        if not note or note in WHY_STOPPED:
            return WHY_STOPPED.get(note or "")
        # Vaka 0.13 and older wrote a sentence, in the language of the site; the last save tells the same, if there is one
        last = session.saves.first()
        return WHY_STOPPED.get(last.reason) if last else None
