"""The saves panel: the saved work that the learner can resume, and the last save of the lab that runs."""

from collections.abc import Sequence
from functools import cached_property

from labs.lifecycle import saves
from labs.models import Save
from labs.pages.subject import Panel


class SavesPanel(Panel):
    @cached_property
    def all(self) -> Sequence[Save]:
        """The saves that the learner can resume, the newest first; empty while their lab is live."""
        return [] if self.subject.is_live else saves.of(self.learner, self.lab.id)

    @cached_property
    def newest(self) -> Save | None:
        """The work with which the learner goes on where they left off."""
        return saves.where_left_off(self.all)

    @cached_property
    def of_ticket(self) -> Save | None:
        """The newest work on a trouble ticket that is not fixed yet."""
        tickets = ((save, save.session.ticket) for save in self.all)
        return next((save for save, ticket in tickets if ticket and not ticket.fixed_at), None)

    @property
    def earlier(self) -> list[Save]:
        return [save for save in self.all if save not in (self.newest, self.of_ticket)]

    @cached_property
    def to_go_back_to(self) -> Sequence[Save]:
        """The saves to which the learner's running lab can return, the newest first."""
        is_own = self.session is not None and self.session.learner_id == self.learner.pk
        return saves.to_go_back_to(self.session) if self.session and self.subject.is_ready and is_own else []

    @cached_property
    def last_of_session(self) -> Save | None:
        """The last save of the session that runs."""
        return self.session.saves.first() if self.session and self.subject.is_ready else None
