"""The room as one picture: each seat's stages, who needs somebody, and what most fail now and why.

It is read in a number of queries that does not grow with the seats.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from labs import published
from labs.engine.spec import Check, Lab, Stage
from labs.models import Attempt, CheckNow, LabSession, State, VerdictRecord
from labs.sightings import Sighting
from labs.stages import words
from vaka.web.templatetags.vaka import STATUS
from vaka.workshops import needs
from vaka.workshops.doings import Deed, Hand
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.needs import Need, Signs
from vaka.workshops.seats import WorkshopSeat

COLUMNS = 15  # seats in one table; the room has two side by side


@dataclass(frozen=True, slots=True)
class Cell:
    """One stage of one seat."""

    shape: str
    at: bool = False  # he is here

    @property
    def word(self) -> str:
        return str(_("Failed, trying") if self.shape == "fail" else STATUS[self.shape])


@dataclass(frozen=True, slots=True)
class Facts:
    """All rows about one session."""

    session: LabSession
    checks: Mapping[str, CheckNow]
    fails: Mapping[str, int] = field(default_factory=dict)  # times that each check failed in an attempt


@dataclass(frozen=True)
class Tile:
    """One seat of the grid."""

    seat: WorkshopSeat
    lab: Lab | None
    facts: Facts | None
    now: datetime
    hand: Hand | None = None

    @property
    def session(self) -> LabSession | None:
        return self.facts.session if self.facts else None

    def checks_of(self, stage: Stage) -> list[tuple[Check, CheckNow | None]]:
        """The checks that the trainee sees, with what is known of them."""
        found = [(check, self.facts.checks.get(check.id) if self.facts else None) for check in stage.checks]
        return [(c, row) for c, row in found if c.is_shown(passed=bool(row and row.first_passed_at))]

    def is_done(self, stage: Stage) -> bool:
        shown = self.checks_of(stage)
        return bool(shown) and all(row is not None and row.outcome == "passed" for _check, row in shown)

    @cached_property
    def at(self) -> int | None:
        """The stage in which he is, from 0; None before he starts and when all is done."""
        if self.lab is None or self.session is None:
            return None
        assisted = self.session.assisted
        open_ = (n for n, s in enumerate(self.lab.stages) if s.id not in assisted and not self.is_done(s))
        return next(open_, None)

    @property
    def is_finished(self) -> bool:
        return self.session is not None and self.at is None

    @cached_property
    def cells(self) -> list[Cell]:
        stages = self.lab.stages if self.lab else ()
        return [Cell(self._shape(n, stage), n == self.at) for n, stage in enumerate(stages)]

    def _shape(self, number: int, stage: Stage) -> str:
        if self.facts is None or self.session is None:
            return "none"
        if stage.id in self.session.assisted:
            return "assist"
        if self.is_done(stage):
            return "pass"
        shown = self.checks_of(stage)
        if number == self.at and self.session.is_live:
            if self.session.state != State.READY:
                return "wait"
            if self._unseen(stage):
                return "unknown"
        tried = any(row and row.outcome == "failed" and self._tried(row) for _check, row in shown)
        return "fail" if tried else "run" if number == self.at and self.session.is_live else "none"

    def _tried(self, row: CheckNow) -> bool:
        """Whether it is a failure to its trainee: he asked, or had it before. What was never reached is none."""
        return row.first_passed_at is not None or bool(self.facts and self.facts.fails.get(row.check_id))

    def _unseen(self, stage: Stage) -> int:
        return sum(bool(row and (row.missed or row.outcome == "unknown")) for _check, row in self.checks_of(stage))

    @cached_property
    def passed_at(self) -> dict[int, datetime]:
        """When each stage was done; for those that were done for him, when that was."""
        if self.lab is None or self.facts is None or self.session is None:
            return {}
        found = {}
        for number, stage in enumerate(self.lab.stages):
            rows = [row for _check, row in self.checks_of(stage) if row]
            if rows and (self.is_done(stage) or stage.id in self.session.assisted):
                found[number] = max(row.first_passed_at or row.since for row in rows)
        return found

    def entered(self, number: int) -> datetime | None:
        """When he came to a stage: when the one before was done, or the lab was ready."""
        before = [at for n, at in self.passed_at.items() if n < number]
        ready = self.session.ready_at if self.session else None
        return max([*before, *([ready] if ready else [])], default=None)

    def times(self) -> Iterator[tuple[int, float]]:
        """(stage, minutes) of the stages that he did himself."""
        for number, done in self.passed_at.items():
            begun = self.entered(number)
            if begun and done > begun and self.cells[number].shape == "pass":
                yield number, (done - begun).total_seconds() / 60

    def minutes_since(self, at: datetime | None) -> float:
        return max(0.0, (self.now - at).total_seconds() / 60) if at else 0.0

    @property
    def minutes(self) -> int:
        """In his stage."""
        return int(self.minutes_since(self.entered(self.at))) if self.at is not None else 0

    @property
    def last(self) -> str:
        """The last column: minutes in the stage, or a word."""
        if not self.seat.is_here and not (self.session and self.session.is_live):
            return str(_("away"))
        if self.session is None:
            return "–"
        if self.is_finished:
            return str(_("done"))
        return str(self.minutes)

    @property
    def signs(self) -> Signs:
        stage = self.lab.stages[self.at] if self.lab and self.at is not None else None
        session = self.session
        fails = (
            [self.facts.fails.get(c.id, 0) for c, row in self.checks_of(stage) if row and row.outcome == "failed"]
            if stage and self.facts
            else []
        )
        failed = session is not None and session.state == State.FAILED
        return Signs(
            stage=self.at,
            in_stage=self.minutes_since(session.state_at)
            if failed and session
            else self.minutes_since(self.entered(self.at or 0)),
            quiet=self.minutes_since(session.active_at or session.ready_at) if session else 0,
            fails=max(fails, default=0),
            unseen=self._unseen(stage) if stage else 0,
            broken=str(_("His lab did not start, or broke: the fault is ours.")) if failed else "",
            runs=session is not None and session.state == State.READY,
        )


@dataclass(frozen=True, slots=True)
class Failing:
    """A check that fails in the stage where people are: how many of those there, and why."""

    number: int
    stage: Stage
    check: Check
    at: int
    fail: int
    causes: Sequence[tuple[int, str]]  # how many, and the explanation of one of them

    @property
    def parts(self) -> list[tuple[int, bool]]:
        return [(10 * n, n < self.fail) for n in range(self.at)]

    @property
    def wide(self) -> int:
        return 10 * self.at


@dataclass(frozen=True)
class Room:
    workshop: Workshop
    item: AgendaItem | None
    lab: Lab | None
    labs: Sequence[Lab]  # of the session that is open, to choose from
    tiles: Sequence[Tile]
    resolved: frozenset[tuple[int, str]]  # (seat, need) that somebody has seen to

    @classmethod
    def of(cls, workshop: Workshop, lab_id: str = "") -> "Room":
        """The room at the session that was opened last; at one of its labs."""
        now = timezone.now()
        item = workshop.agenda.exclude(opened_at=None).order_by("-opened_at").first()
        known = {lab.id: lab for lab in published.all_labs()}
        labs = [known[one] for one in (item.labs if item else ()) if one in known]
        lab = next((one for one in labs if one.id == lab_id), labs[0] if labs else known.get(lab_id))
        seats = list(workshop.places.select_related("user"))
        facts = facts_of([seat.user_id for seat in seats if seat.user_id], lab, workshop) if lab else {}
        hands = {hand.seat_id: hand for hand in Hand.objects.filter(seat__workshop=workshop, lowered_at=None)}
        since = now - timedelta(minutes=needs.RESOLVED_FOR)
        helped = workshop.deeds.filter(kind=Deed.Kind.HELPED, at__gte=since).exclude(seat=None)
        resolved = frozenset(helped.values_list("seat", "about"))
        tiles = [Tile(seat, lab, facts.get(seat.user_id or 0), now, hands.get(seat.pk)) for seat in seats]
        return cls(workshop, item, lab, labs, tiles, resolved)

    @cached_property
    def usual(self) -> dict[int, float]:
        """The room's median minutes of each stage."""
        return needs.medians(time for tile in self.tiles for time in tile.times())

    @cached_property
    def needs(self) -> list[tuple[Tile, Need]]:
        """Who needs somebody, in order; of each seat one reason, and a raised hand before all."""
        found = list[tuple[Tile, Need]]()
        for tile in self.tiles:
            if tile.hand:
                asked = tile.minutes_since(tile.hand.raised_at)
                sentence = tile.hand.text or str(_("Raised a hand."))
                found.append((tile, Need("hand", f"hand:{tile.hand.pk}", asked, sentence, quoted=bool(tile.hand.text))))
            elif self.lab and tile.session:
                need = needs.stuck(tile.signs, self.usual, self.lab.id, paused=self.workshop.paused_at is not None)
                if need and (tile.seat.pk, need.about) not in self.resolved:
                    found.append((tile, need))
        return needs.in_order(found)

    @property
    def in_need(self) -> set[int]:
        return {tile.seat.number for tile, _need in self.needs}

    @property
    def tables(self) -> list[Sequence[Tile]]:
        """The grid in two halves, so that thirty fit a projector."""
        half = max(COLUMNS, (len(self.tiles) + 1) // 2)
        return [part for part in (self.tiles[:half], self.tiles[half:]) if part]

    @property
    def here(self) -> int:
        return sum(tile.seat.is_here or bool(tile.session and tile.session.is_live) for tile in self.tiles)

    @property
    def finished(self) -> int:
        return sum(tile.is_finished for tile in self.tiles)

    @property
    def crowd(self) -> tuple[int, int, int] | None:
        """The stage, from 1, in which most are; how many; and how many are past it."""
        at = Counter(tile.at for tile in self.tiles if tile.at is not None and tile.session and tile.session.is_live)
        if not at:
            return None
        stage, count = max(at.items(), key=lambda one: (one[1], one[0]))
        past = sum(n for other, n in at.items() if other > stage) + self.finished
        return stage + 1, count, past

    @cached_property
    def failing(self) -> list[Failing]:
        """The first failed check of each who tries, by check; what most fail comes first."""
        there: Counter[int] = Counter()
        rows: dict[tuple[int, str], list[CheckNow]] = {}
        for tile in self.tiles:
            if tile.at is None or tile.lab is None or not (tile.session and tile.session.is_live):
                continue
            there[tile.at] += 1
            if tile.cells[tile.at].shape == "fail":
                failed = (
                    row for _c, row in tile.checks_of(tile.lab.stages[tile.at]) if row and row.outcome == "failed"
                )
                row = next(failed)
                rows.setdefault((tile.at, row.check_id), []).append(row)
        return sorted(self._failing(there, rows), key=lambda one: (-one.fail, one.number))

    def _failing(self, there: Counter[int], rows: Mapping[tuple[int, str], list[CheckNow]]) -> Iterator[Failing]:
        stages = self.lab.stages if self.lab else ()
        for (number, check_id), failed in rows.items():
            check = next(check for check in stages[number].checks if check.id == check_id)
            yield Failing(number + 1, stages[number], check, there[number], len(failed), list(grouped(failed)))


def grouped(failed: Sequence[Sighting]) -> Iterator[tuple[int, str]]:
    """Explanations by what they say, most frequent first. Each has numbers of its own, so one of them speaks for all."""
    said = [row.cause or row.seen for row in failed]
    counts = Counter(str(text.get("msgid", "")) for text in said)
    for msgid, count in counts.most_common():
        yield count, words(next(text for text in said if str(text.get("msgid", "")) == msgid))


def facts_of(users: Sequence[int], lab: Lab, workshop: Workshop) -> dict[int, Facts]:
    """The last session of each of them in this lab since the workshop began, and what was seen in it. Three queries."""
    fields = (
        "learner",
        "lab",
        "lab_version",
        "seed",
        "state",
        "state_at",
        "ready_at",
        "created_at",
        "ends_at",
        "active_at",
        "assisted",
    )
    had = LabSession.objects.filter(learner__in=users, lab=lab.id, created_at__gte=workshop.begins).only(*fields)
    last = {session.learner_id: session for session in had.order_by("created_at")}
    ids = [session.pk for session in last.values()]
    checks: dict[object, dict[str, CheckNow]] = {}
    for row in CheckNow.objects.filter(session__in=ids).defer("expected", "command", "read_more"):
        checks.setdefault(row.session_id, {})[row.check_id] = row
    fails: dict[object, dict[str, int]] = {}
    failed = VerdictRecord.objects.filter(
        attempt__session__in=ids, attempt__kind=Attempt.Kind.ATTEMPT, outcome="failed"
    ).values_list("attempt__session", "check_id")
    for session, check, count in failed.annotate(n=Count("pk")).order_by():
        fails.setdefault(session, {})[check] = count
    return {
        learner: Facts(session, checks.get(session.pk, {}), fails.get(session.pk, {}))
        for learner, session in last.items()
        if learner is not None
    }
