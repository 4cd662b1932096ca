"""The captures panel: the learner's packet captures in this session, and where they can capture."""

from functools import cached_property

from labs.engine.definition.spec import Interface
from labs.lifecycle import captures
from labs.models import Capture
from labs.pages.subject import Panel


class CapturesPanel(Panel):
    @cached_property
    def _found(self) -> list[Capture]:
        """The captures of the panel, and the learner's own of earlier sessions of this lab, the latest first."""
        earlier = Capture.objects.filter(taker=self.learner, session__lab=self.lab.id)
        return list(captures.of(self.session, self.learner) | earlier) if self.session else []

    @property
    def all(self) -> list[Capture]:
        return [capture for capture in self._found if self.session and capture.session_id == self.session.pk]

    @property
    def last(self) -> Capture | None:
        """The learner's last capture in this lab, also of an earlier session. The form offers its settings again."""
        return next((capture for capture in self._found if capture.taker_id == self.learner.pk), None)

    @property
    def is_capturing(self) -> bool:
        """Whether one of them still runs."""
        return any(capture.ended_at is None for capture in self.all)

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces on which the learner may capture."""
        return captures.interfaces(self.lab)
