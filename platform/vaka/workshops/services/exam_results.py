"""The results of exams, for the report and the certificates. Until they are opened there are none."""

from collections.abc import Mapping
from dataclasses import dataclass

from courses.certificate_rule import percent
from vaka.workshops.models import AgendaItem, Sitting, Workshop


@dataclass(frozen=True, slots=True)
class ExamResult:
    """One seat's result of one exam. Without an attempt, the work could not be graded."""

    item: AgendaItem
    sitting: Sitting
    score: int
    out_of: int

    @property
    def percent(self) -> int:
        return percent(self.score, self.out_of)

    @property
    def passed(self) -> bool:
        return self.score > 0 and self.percent >= self.item.workshop.pass_percent


def results(workshop: Workshop) -> Mapping[int, list[ExamResult]]:
    """The opened results by seat. Two queries for any number of seats."""
    sat = Sitting.objects.begun().filter(item__workshop=workshop).exclude(item__results_opened_at=None)
    found: dict[int, list[ExamResult]] = {}
    for sitting in sat.select_related("item__workshop", "attempt").order_by("item__from_at", "pk"):
        attempt = sitting.attempt
        score, out_of = (attempt.score, attempt.out_of) if attempt else (0, 0)
        found.setdefault(sitting.seat_id, []).append(ExamResult(sitting.item, sitting, score, out_of))
    return found


def sealed(workshop: Workshop) -> list[AgendaItem]:
    """The exams that somebody sat, and whose results are not opened yet."""
    exams = workshop.agenda.filter(kind=AgendaItem.Kind.EXAM, results_opened_at=None)
    return list(exams.filter(sittings__in=Sitting.objects.begun()).distinct())
