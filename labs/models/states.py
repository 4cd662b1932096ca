"""The states of a session, and how it comes from one to another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

END_OF_DAY = "The day is over."  # the note of a stop; its learner reads so, and resumes another day


class WrongState(Exception):
    """A session was asked to become what it cannot become from where it is; somebody else was faster."""


class State(models.TextChoices):
    REQUESTED = "requested", _("Waiting")
    STARTING = "starting", _("Starting")
    POOLED = "pooled", _("Kept ready")
    READY = "ready", _("Ready")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


COMES_FROM: dict[State, tuple[State, ...]] = {
    # A launch that got lost begins again, once; an empty container of the pool gets its lab
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
