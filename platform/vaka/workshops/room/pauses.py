"""When the room was paused: minutes of lunch are nobody's slowness."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import SeatLogEntry


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of a workshop, each from when to when; one that goes on lasts until now."""

    spans: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, workshop: Workshop, now: datetime) -> "Pauses":
        kinds = (SeatLogEntry.Kind.PAUSE, SeatLogEntry.Kind.RESUME, SeatLogEntry.Kind.CLOSE)  # to close ends a pause
        said = workshop.log_entries.filter(kind__in=kinds).order_by("at", "pk").values_list("kind", "at")
        return cls(tuple(_spans(said, min(now, workshop.over_since))))

    def minutes(self, begin: datetime, end: datetime) -> float:
        """How long it was not paused from begin to end."""
        paused = sum(max(0.0, (min(end, to) - max(begin, since)).total_seconds()) for since, to in self.spans)
        return max(0.0, (end - begin).total_seconds() - paused) / 60


def _spans(said: Iterable[tuple[str, datetime]], end: datetime) -> Iterator[tuple[datetime, datetime]]:
    since: datetime | None = None
    for kind, at in said:
        if kind == SeatLogEntry.Kind.PAUSE:
            since = since or at
        elif since:
            yield since, at
            since = None
    if since:
        yield since, end
