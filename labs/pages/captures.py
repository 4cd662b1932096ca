"""The captures panel: the learner's packet captures in this session, and where they can capture."""

from functools import cached_property

from labs.engine.definition.spec import Interface
from labs.lifecycle import captures
from labs.models import Capture
from labs.pages.subject import Panel


class CapturesPanel(Panel):
    @cached_property
    def all(self) -> list[Capture]:
        return list(captures.of(self.session, self.learner)) if self.session else []

    @property
    def is_capturing(self) -> bool:
        """Whether one of them still runs."""
        return any(capture.ended_at is None for capture in self.all)

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces on which the learner may capture."""
        return captures.interfaces(self.lab)
