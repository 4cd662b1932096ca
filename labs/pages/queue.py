"""The queue panel: the learner's place in the queue, and how far the start of the lab has come."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from labs.capacity import built_flavours
from labs.capacity.queue import Wait, wait_of
from labs.models import State
from labs.pages.panel import Panel

STEPS = {
    "queued": _("Your turn in the queue"),
    "container": _("Lab container"),
    "nodes": _("Routers and hosts"),
    "links": _("Links between them"),
    "daemons": _("Routing daemons"),
    "start": _("Initial commands"),
    "ready": _("Ready: all nodes have a prompt"),
}


@dataclass(frozen=True, slots=True)
class Step:
    word: str
    shape: str  # pass, run or none
    seconds: float | None


class QueuePanel(Panel):
    @cached_property
    def wait(self) -> Wait | None:
        """The session's place in the queue; None when its turn has come."""
        return wait_of(self.session) if self.session and self.subject.state == State.REQUESTED else None

    @cached_property
    def waits_for_image(self) -> bool:
        """Whether the image that the lab needs is still to be built."""
        return bool(self.wait and self.session and built_flavours.being_built(self.session))

    @cached_property
    def steps(self) -> list[Step]:
        """The steps of the start: those that are done, the one that runs, and those to come."""
        done = {step["step"]: step["seconds"] for step in (self.session.progress if self.session else [])}
        steps = [Step(str(word), "pass" if name in done else "none", done.get(name)) for name, word in STEPS.items()]
        for i, step in enumerate(steps):
            if step.shape == "none":
                steps[i] = Step(step.word, "run", None)
                break
        return steps
