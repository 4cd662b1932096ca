"""What a workshop has shown: who was there, what each did by stage, what was hard. Labs' words in it are hostile: text only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import median

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.engine.definition.spec import Lab
from labs.models import Attempt, VerdictRecord
from labs.registry import versions
from labs.registry.translations import authored
from vaka.web.templatetags.vaka import STATUS
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.room.pauses import Pauses
from vaka.workshops.room.state import grouped
from vaka.workshops.room.tiles import Tile, facts_of

HARDEST = 10  # checks that the page names
CAUSES = 3


@dataclass(frozen=True, slots=True)
class LabResult:
    """The best attempt of one trainee at one lab, stage by stage; of equals the first."""

    lab: Lab
    best: Attempt | None
    outcomes: Mapping[str, frozenset[str]]  # by stage: what its checks were

    @property
    def score(self) -> int:
        return self.best.score if self.best else 0

    @property
    def out_of(self) -> int:
        return self.best.out_of if self.best else self.lab.points

    @property
    def shapes(self) -> list[tuple[str, str]]:
        return [(shape, str(STATUS[shape])) for shape in (self._shape(stage.id) for stage in self.lab.stages)]

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
class Row:
    """All of one seat."""

    seat: Seat
    days: frozenset[date]
    labs: Sequence[LabResult]
    least: int  # percent of the points that the rule asks for

    @property
    def score(self) -> int:
        return sum(one.score for one in self.labs)

    @property
    def out_of(self) -> int:
        return sum(one.out_of for one in self.labs)

    @property
    def percent(self) -> int:
        """Rounded down: nobody meets a rule by rounding."""
        return 100 * self.score // self.out_of if self.out_of else 0

    @property
    def met(self) -> bool:
        return self.score > 0 and self.percent >= self.least

    @property
    def attempts(self) -> list[Attempt]:
        return [one.best for one in self.labs if one.best]


@dataclass(frozen=True, slots=True)
class Hard:
    """A check at which people failed."""

    lab: Lab
    title: str
    seats: int
    times: int
    causes: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Results:
    workshop: Workshop

    @cached_property
    def labs(self) -> list[Lab]:
        """The labs of the sessions that were opened."""
        known = {lab.id: lab for lab in versions.all_labs()}
        opened = [lab for item in self.workshop.agenda.exclude(opened_at=None) for lab in item.labs]
        return [known[lab] for lab in dict.fromkeys(opened) if lab in known]

    @cached_property
    def days(self) -> list[date]:
        """The days of the workshop that have begun."""
        first, last = self.workshop.first_day, min(self.workshop.last_day, self.workshop.today)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @cached_property
    def seats(self) -> list[Seat]:
        return list(self.workshop.places.taken().select_related("user").prefetch_related("days"))

    @cached_property
    def _attempts(self) -> list[Attempt]:
        users = [seat.user_id for seat in self.seats]
        ids = [lab.id for lab in self.labs]
        made = Attempt.objects.filter(learner__in=users, lab__in=ids, kind=Attempt.Kind.ATTEMPT)
        within = made.filter(finished_at__gte=self.workshop.begins, finished_at__lt=self.workshop.ends)
        return list(within.order_by("-score", "pk"))

    @cached_property
    def rows(self) -> list[Row]:
        best: dict[tuple[int, str], Attempt] = {}
        for attempt in self._attempts:
            best.setdefault((attempt.learner_id, attempt.lab), attempt)
        outcomes: dict[tuple[int, str], set[str]] = {}
        verdicts = VerdictRecord.objects.filter(attempt__in=[attempt.pk for attempt in best.values()])
        for attempt_id, stage, outcome in verdicts.values_list("attempt", "stage", "outcome"):
            outcomes.setdefault((attempt_id, stage), set()).add(outcome)

        def result(seat: Seat, lab: Lab) -> LabResult:
            one = best.get((seat.user_id or 0, lab.id))
            stages = {s.id: frozenset(outcomes.get((one.pk, s.id), ())) for s in lab.stages} if one else {}
            return LabResult(lab, one, stages)

        return [
            Row(
                seat,
                frozenset(day.day for day in seat.days.all()),
                [result(seat, lab) for lab in self.labs],
                self.workshop.pass_percent,
            )
            for seat in self.seats
        ]

    @property
    def met(self) -> list[Row]:
        return [row for row in self.rows if row.met]

    @property
    def expired(self) -> str:
        """How many guests are deleted since; empty if none is. Of these there are counts only."""
        gone = self.workshop.expired.get("seats", 0)
        text = ngettext("%(n)d guest whose account has expired", "%(n)d guests whose accounts have expired", gone)
        return text % {"n": gone} if gone else ""

    @property
    def taken(self) -> int:
        return len(self.rows) + int(self.workshop.expired.get("seats", 0))

    @property
    def met_in_all(self) -> int:
        return len(self.met) + int(self.workshop.expired.get("met", 0))

    @property
    def expired_days(self) -> list[int]:
        there = self.workshop.expired.get("days", {})
        return [there.get(day.isoformat(), 0) for day in self.days]

    @property
    def expired_there(self) -> list[tuple[date, int]]:
        return [(day, n) for day, n in zip(self.days, self.expired_days, strict=True) if n]

    @property
    def expired_labs(self) -> list[tuple[Lab, int, int]]:
        """Of each lab, how many of them tried it, and how many passed."""
        had = self.workshop.expired.get("labs", {})
        return [(lab, had[lab.id]["tried"], had[lab.id]["passed"]) for lab in self.labs if lab.id in had]

    @cached_property
    def hard(self) -> list[Hard]:
        """The checks at which most people failed, with what was wrong."""
        failed: dict[tuple[str, str], list[VerdictRecord]] = {}
        records = VerdictRecord.objects.filter(attempt__in=[one.pk for one in self._attempts], outcome="failed")
        for record in records.select_related("attempt").only(
            "check_id", "cause", "seen", "attempt__lab", "attempt__learner"
        ):
            failed.setdefault((record.attempt.lab, record.check_id), []).append(record)
        labs = {lab.id: lab for lab in self.labs}
        found = [_hard(labs[lab], check, made) for (lab, check), made in failed.items()]
        return sorted(found, key=lambda one: (-one.seats, -one.times))[:HARDEST]

    @cached_property
    def minutes(self) -> list[tuple[Lab, list[tuple[str, int, int]]]]:
        """Of each lab the (stage, median minutes, how many did it themselves)."""
        found, pauses = [], Pauses.of(self.workshop, self.workshop.over_since)
        users = [seat.user_id for seat in self.seats if seat.user_id]
        facts, now = facts_of(users, self.workshop, [lab.id for lab in self.labs]), self.workshop.ends
        for lab in self.labs:
            mine = [facts.get((seat.user_id or 0, lab.id)) for seat in self.seats]
            tiles = [Tile(seat, lab, had, now, pauses=pauses) for seat, had in zip(self.seats, mine, strict=True)]
            times: dict[int, list[float]] = {}
            for stage, minutes in (time for tile in tiles for time in tile.times()):
                times.setdefault(stage, []).append(minutes)
            stages = [(lab.stages[n].title, round(median(each)), len(each)) for n, each in sorted(times.items())]
            found.append((lab, stages))
        return found

    def table(self) -> Iterator[list[object]]:
        """The rows for a spreadsheet."""
        stages = [(lab, stage) for lab in self.labs for stage in lab.stages]
        titles = [f"{authored(lab.title)}: {authored(stage.title)}" for lab, stage in stages]
        yield [
            _("Seat"),
            _("Name"),
            _("Partner"),
            *(day.isoformat() for day in self.days),
            *titles,
            _("Points"),
            _("Of"),
            _("Percent"),
            _("Rule met"),
        ]
        for row in self.rows:
            shapes = [word for one in row.labs for _shape, word in one.shapes]
            there = [_("yes") if day in row.days else "" for day in self.days]
            seat = row.seat
            end = [row.score, row.out_of, row.percent, _("yes") if row.met else _("no")]
            yield [seat.number, seat.name, seat.partner, *there, *shapes, *end]
        if self.expired:
            met = self.workshop.expired["met"]
            yield ["", self.expired, "", *self.expired_days, *("" for _stage in stages), "", "", "", met]


def _hard(lab: Lab, check: str, made: Sequence[VerdictRecord]) -> Hard:
    title = next((authored(one.title) for one in lab.checks() if one.id == check), check)
    causes = list(grouped(made))[:CAUSES]
    return Hard(lab, title, len({record.attempt.learner_id for record in made}), len(made), causes)
