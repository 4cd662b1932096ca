"""The time panel: how long the lab still runs, and whether the learner can add time. All times are in minutes."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from labs.pages.subject import Panel

ENDS_SOON = 10


class TimePanel(Panel):
    @property
    def total(self) -> int:
        """The length of a session of this lab."""
        return self.lab.minutes + settings.LAB_SPARE_MINUTES

    @property
    def left(self) -> int:
        return self.session.minutes_left if self.session else 0

    @property
    def extension(self) -> int:
        """The time that one press of the button adds."""
        return settings.LAB_EXTENSION_MINUTES

    @property
    def can_extend(self) -> bool:
        """Whether the learner can add time now: near the end, a limited number of times, and not from a seat."""
        extensions_left = bool(self.session and self.session.extensions < settings.LAB_EXTENSIONS)
        near_end = self._ends_within(settings.LAB_EXTENSION_WITHIN)
        return self.subject.is_ready and extensions_left and not self.subject.seat and near_end

    @property
    def is_ending(self) -> bool:
        return self.subject.is_ready and self._ends_within(ENDS_SOON)

    def _ends_within(self, minutes: int) -> bool:
        ends = self.session.ends_at if self.session else None
        return bool(ends and ends <= timezone.now() + timedelta(minutes=minutes))
