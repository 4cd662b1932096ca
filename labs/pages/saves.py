"""The saves panel: the saved work that the learner can resume, and the last save of the lab that runs."""

from collections.abc import Sequence
from functools import cached_property

from labs.lifecycle import saves
from labs.models import Save
from labs.pages.subject import Panel


class SavesPanel(Panel):
    @cached_property
    def all(self) -> Sequence[Save]:
        """What the learner can resume, the newest first; empty while their lab is live."""
        return [] if self.subject.is_live else saves.of(self.learner, self.lab.id)

    @property
    def newest(self) -> Save | None:
        return self.all[0] if self.all else None

    @cached_property
    def last_of_session(self) -> Save | None:
        """The last save of the session that runs."""
        return self.session.saves.first() if self.session and self.subject.is_ready else None
