"""The time panel: how long the lab still runs, and whether the learner can add time. All times are in minutes."""

from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from labs import hooks
from labs.pages.panel import Panel

ENDS_SOON = 10


class TimePanel(Panel):
    @property
    def total(self) -> int:
        """The length of a session of this lab."""
        return self.lab.minutes + settings.LAB_SPARE_MINUTES

    @property
    def left(self) -> int:
        return self.session.minutes_left(self.paused_since) if self.session else 0

    @cached_property
    def paused_since(self) -> datetime | None:
        """The begin of the pause in which the session is; None if its time passes."""
        return hooks.paused().get(self.session.pk) if self.session and self.subject.is_ready else None

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
        now = self.paused_since or timezone.now()
        return bool(ends and ends <= now + timedelta(minutes=minutes))
