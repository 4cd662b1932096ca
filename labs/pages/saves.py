"""The saves panel: the saved work that the learner can resume, and the last save of the lab that runs."""

from collections.abc import Sequence
from functools import cached_property

from labs.lifecycle import saves
from labs.models import Save
from labs.pages.panel import Panel

NEARLY_FULL = 0.8  # of the bound; from then on the page says how much the learner's saves take


class SavesPanel(Panel):
    @cached_property
    def all(self) -> Sequence[Save]:
        """The saves that the learner can resume, the newest first; empty while their lab is live."""
        return [] if self.subject.is_live else saves.of(self.learner, self.lab.id)

    @cached_property
    def newest(self) -> Save | None:
        """The newest work on the lab itself: a trouble ticket between does not take its place."""
        return saves.newest_of_lab_itself(self.learner, self.lab.id) if self.all else None

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

    @property
    def has_place(self) -> bool:
        """Whether the page has a place for the saves of the running lab, also before the first: later nothing moves."""
        session = self.session
        return bool(session and self.subject.is_ready and session.learner_id == self.learner.pk and session.keeps_work)

    @property
    def can_go_back(self) -> bool:
        """Whether the running lab is one that can return to saved work, once there is some."""
        one = self.session is not None and not self.session.is_class and not self.session.exam
        return self.has_place and one and not self.subject.ticket

    @cached_property
    def last_of_session(self) -> Save | None:
        """The last save of the session that runs."""
        return self.session.saves.first() if self.session and self.subject.is_ready else None

    @property
    def has_nothing_to_save(self) -> bool:
        """Whether nobody has typed in the running lab, and it began without saved work: if it stops now, nothing is saved."""
        return self.session is not None and not (self.session.was_touched or self.session.resumes_id)

    @property
    def has_work_of_session(self) -> bool:
        """Whether all work of the session that has ended is saved."""
        return self.session is not None and not self.session.error and self.session.saves.exists()

    @property
    def most_bytes(self) -> int:
        """The bytes that the learner's saves of all their own labs may take together, or of all their class labs."""
        return saves.MOST_BYTES

    @cached_property
    def nearly_full(self) -> int:
        """The bytes that they take, once that is nearly all that they may; else 0."""
        if self.subject.is_exam:
            return 0
        is_class = self.session is not None and self.session.is_class
        bytes_taken = saves.taken(self.learner.pk, in_class_labs=is_class)
        return bytes_taken if bytes_taken > NEARLY_FULL * saves.MOST_BYTES else 0
