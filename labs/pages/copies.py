"""The copies panel: whose lab a copy is of, and who has opened a copy of the learner's lab."""

from functools import cached_property

from labs.models import LabSession
from labs.pages.panel import Panel
from vaka.accounts.models import User

SHOWN = 20  # of the newest


class CopiesPanel(Panel):
    @property
    def learner_of_original(self) -> User | None:
        """The learner whose lab was copied; None if it is no copy."""
        original = self.session.copy_of if self.session else None
        return original.learner if original else None

    @cached_property
    def opened(self) -> list[LabSession]:
        """The copies of the learner's own lab, the newest first."""
        if self.session is None or self.session.learner_id != self.learner.pk:
            return []
        return list(self.session.copies.select_related("learner", "resumes")[:SHOWN])
