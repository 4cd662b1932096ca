"""The pauses of a room. Minutes of a pause count as nobody's working time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from vaka.workshops.models import SeatLogEntry, Workshop


@dataclass(frozen=True, slots=True)
class Pauses:
    """The pauses of a workshop as (begin, end). A pause that has not ended lasts until now."""

    spans: tuple[tuple[datetime, datetime], ...] = ()

    @classmethod
    def of(cls, workshop: Workshop, now: datetime) -> "Pauses":
        kinds = (SeatLogEntry.Kind.PAUSE, SeatLogEntry.Kind.RESUME, SeatLogEntry.Kind.CLOSE)  # a close ends a pause
        entries = workshop.log_entries.filter(kind__in=kinds).order_by("at", "pk").values_list("kind", "at")
        return cls(tuple(_spans(entries, min(now, workshop.over_since))))

    def minutes(self, begin: datetime, end: datetime) -> float:
        """The minutes from begin to end without the pauses."""
        paused = sum(max(0.0, (min(end, to) - max(begin, since)).total_seconds()) for since, to in self.spans)
        return max(0.0, (end - begin).total_seconds() - paused) / 60


def _spans(entries: Iterable[tuple[str, datetime]], end: datetime) -> Iterator[tuple[datetime, datetime]]:
    since: datetime | None = None
    for kind, at in entries:
        if kind == SeatLogEntry.Kind.PAUSE:
            since = since or at
        elif since:
            yield since, at
            since = None
    if since:
        yield since, end
