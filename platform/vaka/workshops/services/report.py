"""The report of a workshop: attendance, results by stage, the hardest checks, and the time that stages took.

Text from a lab is untrusted: it is shown as text only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.certificate_rule import percent
from labs.engine.definition.spec import Lab
from labs.models import Attempt, VerdictRecord
from labs.registry import versions
from labs.translations import authored
from vaka.web.templatetags.vaka import STATUS
from vaka.workshops import visible_to_team
from vaka.workshops.models import AgendaItem, Seat, Workshop
from vaka.workshops.room.counted_failures import counted_failures
from vaka.workshops.room.explanations import grouped
from vaka.workshops.room.failing_checks import first_alike
from vaka.workshops.room.paused_time import Pauses
from vaka.workshops.room.tiles import Tile, records_of
from vaka.workshops.services import exam_results
from vaka.workshops.services.agenda_attendance import AttendanceGrid
from vaka.workshops.services.exam_results import ExamResult

HARDEST = 10  # checks
CAUSES = 3  # for each of them


@dataclass(frozen=True, slots=True)
class LabResult:
    """The best attempt of one trainee at one lab, by stage. Of equal attempts, the first counts."""

    lab: Lab
    best: Attempt | None
    outcomes: Mapping[str, frozenset[str]]  # by stage: the outcomes of its checks

    @property
    def score(self) -> int:
        return self.best.score if self.best else 0

    @property
    def out_of(self) -> int:
        return self.best.out_of if self.best else self.lab.points

    @property
    def shapes(self) -> list[tuple[str, str]]:
        """(shape, word) of each stage. Checks after the stage in which the trainee was count as not begun, and not as failed."""
        shapes = [self._shape(stage.id) for stage in self.lab.stages]
        at = next((n for n, shape in enumerate(shapes) if shape not in ("pass", "assist")), len(shapes))
        shapes = ["none" if n > at and shape == "fail" else shape for n, shape in enumerate(shapes)]
        return [(shape, str(STATUS[shape])) for shape in shapes]

    def _shape(self, stage: str) -> str:
        found = self.outcomes.get(stage, frozenset())
        if self.best is None or not found:
            return "none"
        if stage in self.best.assisted:
            return "assist"
        if found == {"passed"}:
            return "pass"
        return "unknown" if "unknown" in found and "failed" not in found else "fail"


@dataclass(frozen=True, slots=True)
class SeatResult:
    """Attendance and results of one seat."""

    seat: Seat
    days: frozenset[date]
    labs: Sequence[LabResult]
    pass_percent: int
    hours: float = 0.0  # of the agenda items that the seat attended
    exams: Sequence[ExamResult] = ()  # those whose results are opened

    @property
    def score(self) -> int:
        return sum(one.score for one in self.labs)

    @property
    def out_of(self) -> int:
        return sum(one.out_of for one in self.labs)

    @property
    def percent(self) -> int:
        return percent(self.score, self.out_of)

    @property
    def met(self) -> bool:
        """Whether the seat met the certificate rule."""
        return self.score > 0 and self.percent >= self.pass_percent

    @property
    def attempts(self) -> list[Attempt]:
        return [one.best for one in self.labs if one.best]


@dataclass(frozen=True, slots=True)
class HardCheck:
    """A check that failed in attempts."""

    lab: Lab
    title: str
    seats: int
    times: int
    causes: Sequence[tuple[int, str]]  # how often, and the explanation


@dataclass(frozen=True)
class Report:
    workshop: Workshop

    @cached_property
    def labs(self) -> list[Lab]:
        """The labs of the agenda items that were opened. Exams have results of their own."""
        known = {lab.id: lab for lab in versions.all_labs()}
        practice = self.workshop.agenda.exclude(opened_at=None).exclude(kind=AgendaItem.Kind.EXAM)
        opened = [lab for item in practice for lab in item.labs]
        return [known[lab] for lab in dict.fromkeys(opened) if lab in known]

    @cached_property
    def days(self) -> list[date]:
        """The days of the workshop that have begun before its close."""
        until = self.workshop.held_until.astimezone(self.workshop.zone).date()
        first, last = self.workshop.first_day, min(self.workshop.last_day, until)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @cached_property
    def exams(self) -> Mapping[int, list[ExamResult]]:
        """The opened results of exams, by seat."""
        return exam_results.results(self.workshop)

    @cached_property
    def seats(self) -> list[Seat]:
        return list(self.workshop.seats.taken().select_related("user").prefetch_related("attendance_days"))

    @cached_property
    def not_joined(self) -> int:
        """The number of seats of the roster that nobody has taken. The report has no row for them."""
        return self.workshop.seats.filter(user=None).count()

    @cached_property
    def _attempts(self) -> list[Attempt]:
        labs = [lab.id for lab in self.labs]
        return list(visible_to_team.attempts(self.workshop, labs).order_by("-score", "pk"))

    @cached_property
    def rows(self) -> list[SeatResult]:
        best: dict[tuple[int, str], Attempt] = {}
        for attempt in self._attempts:
            best.setdefault((attempt.learner_id, attempt.lab), attempt)
        outcomes: dict[tuple[int, str], set[str]] = {}
        verdicts = VerdictRecord.objects.filter(attempt__in=[attempt.pk for attempt in best.values()])
        for attempt_id, stage, outcome in verdicts.values_list("attempt", "stage", "outcome"):
            outcomes.setdefault((attempt_id, stage), set()).add(outcome)

        def result(seat: Seat, lab: Lab) -> LabResult:
            attempt = best.get((seat.user_id or 0, lab.id))
            stages = {s.id: frozenset(outcomes.get((attempt.pk, s.id), ())) for s in lab.stages} if attempt else {}
            return LabResult(lab, attempt, stages)

        return [
            SeatResult(
                seat,
                frozenset(attendance.day for attendance in seat.attendance_days.all()),
                [result(seat, lab) for lab in self.labs],
                self.workshop.pass_percent,
                self.attendance.hours(seat),
                self.exams.get(seat.pk, []),
            )
            for seat in self.seats
        ]

    @cached_property
    def attendance(self) -> AttendanceGrid:
        """Attendance by agenda item."""
        return AttendanceGrid(self.workshop)

    @property
    def hours_held(self) -> float:
        return self.attendance.hours_held

    @property
    def met(self) -> list[SeatResult]:
        return [row for row in self.rows if row.met]

    # Guests whose accounts were deleted: counts only

    @property
    def expired(self) -> str:
        """The number of guest accounts that have expired, in words; empty if none has."""
        count = self.workshop.expired_guests.get("seats", 0)
        text = ngettext("%(n)d guest whose account has expired", "%(n)d guests whose accounts have expired", count)
        return text % {"n": count} if count else ""

    @property
    def taken(self) -> int:
        return len(self.rows) + int(self.workshop.expired_guests.get("seats", 0))

    @property
    def met_in_all(self) -> int:
        return len(self.met) + int(self.workshop.expired_guests.get("met", 0))

    @property
    def expired_days(self) -> list[int]:
        counts = self.workshop.expired_guests.get("days", {})
        return [counts.get(day.isoformat(), 0) for day in self.days]

    @property
    def expired_attendance(self) -> list[tuple[date, int]]:
        return [(day, count) for day, count in zip(self.days, self.expired_days, strict=True) if count]

    @property
    def expired_labs(self) -> list[tuple[Lab, int, int]]:
        """(lab, how many tried it, how many passed it)."""
        counts = self.workshop.expired_guests.get("labs", {})
        return [(lab, counts[lab.id]["tried"], counts[lab.id]["passed"]) for lab in self.labs if lab.id in counts]

    @cached_property
    def hardest_checks(self) -> list[HardCheck]:
        """The checks that most seats failed while in their stage, with the explanations."""
        failed: dict[tuple[str, str], list[VerdictRecord]] = {}
        made = Attempt.objects.filter(pk__in=[one.pk for one in self._attempts])
        counted = {(one.attempt, one.check) for one in counted_failures(made)}
        labs = {lab.id: lab for lab in self.labs}
        alike = {lab.id: first_alike(lab) for lab in self.labs}
        records = VerdictRecord.objects.filter(attempt__in=made, outcome="failed")
        for record in records.select_related("attempt").only(
            "check_id", "cause", "seen", "attempt__lab", "attempt__learner"
        ):
            if (record.attempt_id, record.check_id) in counted:
                check = alike[record.attempt.lab].get(record.check_id, record.check_id)
                failed.setdefault((record.attempt.lab, check), []).append(record)
        found = [_hard_check(labs[lab], check, of_check) for (lab, check), of_check in failed.items()]
        return sorted(found, key=lambda one: (-one.seats, -one.times))[:HARDEST]

    @cached_property
    def minutes(self) -> list[tuple[Lab, list[tuple[str, int, int]]]]:
        """For each lab, (stage title, median minutes, number of trainees). Stages done with help do not count."""
        found, pauses = [], Pauses.of(self.workshop, self.workshop.over_since)
        users = [seat.user_id for seat in self.seats if seat.user_id]
        records, now = records_of(users, self.workshop, [lab.id for lab in self.labs]), self.workshop.ends
        for lab in self.labs:
            had = [records.get((seat.user_id or 0, lab.id)) for seat in self.seats]
            # In a class lab a seat has only its own checks, as in the room
            tiles = [
                Tile(seat, (one and one.lab) or lab, one, now, pauses=pauses)
                for seat, one in zip(self.seats, had, strict=True)
            ]
            times: dict[int, list[float]] = {}
            for stage, minutes in (time for tile in tiles for time in tile.times()):
                times.setdefault(stage, []).append(minutes)
            stages = [(lab.stages[n].title, round(median(each)), len(each)) for n, each in sorted(times.items())]
            found.append((lab, stages))
        return found

    def table(self) -> Iterator[list[object]]:
        """The rows of the CSV file, the header first."""
        stages = [(lab, stage) for lab in self.labs for stage in lab.stages]
        titles = [f"{authored(lab.title)}: {authored(stage.title)}" for lab, stage in stages]
        yield [
            _("Seat"),
            _("Name"),
            _("Partner"),
            *(day.isoformat() for day in self.days),
            _("Hours attended"),
            *titles,
            _("Points"),
            _("Out of"),
            _("Percent"),
            _("Rule met"),
            _("Exams"),
        ]
        for row in self.rows:
            words = [word for one in row.labs for _shape, word in one.shapes]
            attended = [_("yes") if day in row.days else "" for day in self.days]
            points = [row.score, row.out_of, row.percent, _("yes") if row.met else _("no")]
            exams = [f"{one.score} / {one.out_of}" for one in row.exams]
            yield [
                row.seat.number,
                row.seat.name,
                row.seat.partner,
                *attended,
                row.hours,
                *words,
                *points,
                "; ".join(exams),
            ]
        if self.expired:
            met = self.workshop.expired_guests["met"]
            yield ["", self.expired, "", *self.expired_days, "", *("" for _stage in stages), "", "", "", met, ""]


def _hard_check(lab: Lab, check: str, records: Sequence[VerdictRecord]) -> HardCheck:
    title = next((authored(one.title) for one in lab.checks() if one.id == check), check)
    causes = list(grouped(records))[:CAUSES]
    return HardCheck(lab, title, len({record.attempt.learner_id for record in records}), len(records), causes)
