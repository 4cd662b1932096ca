"""The copies panel: whose lab a copy is of, and who has opened a copy of the learner's lab."""

from datetime import timedelta
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from labs.models import LabSession
from labs.pages.panel import Panel
from vaka.accounts.models import User

SHOWN = 20  # of the newest
RECENT = timedelta(days=30)  # so long, the page also shows the copies of the learner's earlier sessions of this lab


class CopiesPanel(Panel):
    @property
    def learner_of_original(self) -> User | None:
        """The learner whose lab was copied; None if it is no copy."""
        original = self.session.copy_of if self.session else None
        return original.learner if original else None

    @cached_property
    def opened(self) -> list[LabSession]:
        """The copies of the learner's own lab, also of sessions before it was resumed, the newest first."""
        if self.session is None or self.session.learner_id != self.learner.pk or self.session.copy_of_id:
            return []
        mine = LabSession.objects.filter(copy_of__learner=self.learner, copy_of__lab=self.lab.id)
        shown = mine.filter(Q(copy_of=self.session) | Q(created_at__gt=timezone.now() - RECENT))
        return list(shown.select_related("learner", "resumes").order_by("-created_at")[:SHOWN])
