"""The states of a session, and the transitions between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

# The note of a stop by “Save and stop”, at the end of the day or in the room. “Resume all” finds the labs by it. The words never
# change, because the databases of sites hold them: Vaka 0.13 and older wrote them at the end of the day only.
SAVED_AND_STOPPED = "The day is over."
# The note of a stop by the close of a workshop. After a reopen, “Resume labs” there finds the labs by it; no other page does
STOPPED_BY_CLOSE = "Its workshop was closed."
# The note of a stop of one lab, in the list of sessions. “Resume all” leaves it
STOPPED_BY_INSTRUCTOR = "An instructor or an administrator has stopped it."
EXAM_IS_OVER = gettext_noop(
    "The time of the exam is over, so nothing changes in its lab any more. Your work is being graded."
)


class WrongState(Exception):
    """The session is in a state from which the transition is not allowed. Often somebody else was faster."""


class ExamIsOver(WrongState):
    """The time of an exam is over. ``EXAM_IS_OVER`` says so to its learner."""


class State(models.TextChoices):
    REQUESTED = "requested", _("Waiting")
    STARTING = "starting", _("Starting")
    POOLED = "pooled", _("Kept ready")
    READY = "ready", _("Ready")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


class Exam(models.TextChoices):
    """The part that a session plays in an exam; an ordinary session has none."""

    NONE = "", _("No exam")
    SEALED = "sealed", _("An exam whose result is sealed")
    OPEN = "open", _("An exam whose result its learner may read")


COMES_FROM: dict[State, tuple[State, ...]] = {
    # A start that was lost is tried once more; an empty container of the pool gets a lab
    State.REQUESTED: (State.REQUESTED, State.STARTING, State.POOLED),
    State.STARTING: (State.REQUESTED,),
    State.POOLED: (State.STARTING,),
    State.READY: (State.STARTING, State.POOLED),
    State.STOPPING: (State.REQUESTED, State.STARTING, State.POOLED, State.READY),
    State.STOPPED: (State.STOPPING,),
    State.FAILED: (State.REQUESTED, State.STARTING, State.POOLED, State.READY),
}
LIVE = (State.REQUESTED, State.STARTING, State.POOLED, State.READY, State.STOPPING)
ENDED = (State.STOPPED, State.FAILED)
