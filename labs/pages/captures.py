"""The captures panel: the learner's packet captures in this session, and where they can capture."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from labs.engine.definition.spec import Interface
from labs.lifecycle import captures
from labs.models import Capture
from labs.pages.panel import Panel

TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?=[. ])")  # with which tcpdump begins a line


def shown_lines(capture: Capture, zone: ZoneInfo) -> list[captures.Line]:
    """Return tcpdump's lines with their times in the reader's zone, as all times of the page. In a lab they are UTC."""
    day = capture.begun_at.astimezone(UTC).date()

    def local(found: re.Match[str]) -> str:
        return f"{datetime.combine(day, time.fromisoformat(found[0]), UTC).astimezone(zone):%H:%M:%S}"

    return [replace(line, text=TIME.sub(local, line.text)) for line in captures.lines(capture)]


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
    def most_bytes(self) -> int:
        """The bytes that the learner's captures of all labs may take together."""
        return captures.MOST_BYTES

    @property
    def is_capturing(self) -> bool:
        """Whether one of them still runs."""
        return any(capture.ended_at is None for capture in self.all)

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces on which the learner may capture."""
        return captures.interfaces(self.lab)
