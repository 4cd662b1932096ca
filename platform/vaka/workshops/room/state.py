"""The room as one picture: each seat's stages, who needs somebody, and what most fail now and why.

It is read in a number of queries that does not grow with the seats.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from labs.engine.definition.spec import Check, Lab, Stage
from labs.models import CheckStatus
from labs.models.verdict_fields import VerdictFields
from labs.pages.stages import words
from labs.registry import versions
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.models.seat_log import Hand, SeatLogEntry
from vaka.workshops.room import needs
from vaka.workshops.room.needs import Need
from vaka.workshops.room.pauses import Pauses
from vaka.workshops.room.tiles import Tile, facts_of

COLUMNS = 15  # seats in one table; the room has two side by side


@dataclass(frozen=True, slots=True)
class Failing:
    """A check that fails in the stage where people are: how many of those there, and why."""

    lab: Lab
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


@dataclass(frozen=True, slots=True)
class Crowd:
    """The stage, from 1, in which most are; and how many are past it."""

    stage: int
    count: int
    past: int
    mark: str = ""  # of its lab, where there are several


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the grid."""

    tile: Tile
    mark: str  # of the lab in which he works, where there are several
    blank: int  # columns that another lab needs and his does not


@dataclass(frozen=True)
class Room:
    workshop: Workshop
    item: AgendaItem | None
    labs: Sequence[Lab]  # of the session that is open, and others in which somebody works now
    only: Lab | None  # the one that the grid is to show; None: each seat in the lab where it works
    tiles: Sequence[Tile]  # each seat in the lab where it works, or worked last
    by_lab: Mapping[str, Sequence[Tile]]  # all seats, in each of the labs
    resolved: frozenset[tuple[int, str]]  # (seat, need) that somebody has seen to

    @classmethod
    def of(cls, workshop: Workshop, lab_id: str = "") -> "Room":
        """The room at the session that was opened last, and at whatever of the workshop's labs runs; LAB_ID is the grid's."""
        agenda = list(workshop.agenda.all())
        item = max(
            (one for one in agenda if one.opened_at), key=lambda one: one.opened_at or workshop.begins, default=None
        )
        labs = {lab.id: lab for lab in versions.all_labs()}
        known = {one: labs[one] for each in agenda for one in each.labs if one in labs}
        seats = list(workshop.places.select_related("user"))
        open_ = [one for one in (item.labs if item else ()) if one in known]
        asked = [lab_id] if lab_id in known else []
        users = [seat.user_id for seat in seats if seat.user_id]
        facts = facts_of(users, workshop, {*open_, *asked}, live_in=known)
        at = {user: lab for (user, lab), one in facts.items() if one.session.is_live}
        shown = dict.fromkeys([*open_, *(one for one in known if one in {*at.values(), *asked})])
        now = timezone.now()
        hands = {hand.seat_id: hand for hand in Hand.objects.filter(seat__workshop=workshop, lowered_at=None)}
        since = now - timedelta(minutes=needs.RESOLVED_FOR)
        helped = workshop.log_entries.filter(kind=SeatLogEntry.Kind.HELPED, at__gte=since).exclude(seat=None)
        pauses = Pauses.of(workshop, now)

        def tile(seat: Seat, lab: str) -> Tile:
            had = facts.get((seat.user_id or 0, lab))
            return Tile(seat, known.get(lab), had, now, hands.get(seat.pk), pauses)

        def lab_of(seat: Seat) -> str:
            """Where he works; or worked last, of what is open."""
            user = seat.user_id or 0
            had = {lab: facts[user, lab].session.created_at for lab in open_ if (user, lab) in facts}
            return at.get(user) or max(had, key=had.__getitem__, default=next(iter(open_), ""))

        return cls(
            workshop,
            item,
            labs=[known[lab] for lab in shown],
            only=known.get(lab_id),
            tiles=[tile(seat, lab_of(seat)) for seat in seats],
            by_lab={lab: [tile(seat, lab) for seat in seats] for lab in shown},
            resolved=frozenset(helped.values_list("seat", "about")),
        )

    @property
    def query(self) -> str:
        """What keeps the choice of the grid's lab in an address."""
        return f"?{urlencode({'lab': self.only.id})}" if self.only else ""

    @property
    def marks(self) -> dict[str, str]:
        """A letter for each lab, where there are several."""
        return {lab.id: chr(ord("A") + n) for n, lab in enumerate(self.labs)} if len(self.labs) > 1 else {}

    @property
    def marked(self) -> list[tuple[str, Lab]]:
        return [(self.marks[lab.id], lab) for lab in self.labs] if self.marks else []

    @property
    def in_focus(self) -> Sequence[Lab]:
        return [self.only] if self.only else self.labs

    @property
    def shown(self) -> Sequence[Tile]:
        """The seats as the grid shows them."""
        return self.by_lab[self.only.id] if self.only else self.tiles

    @cached_property
    def usual(self) -> dict[str, dict[int, float]]:
        """The room's median minutes of each stage, by lab; those who have gone on to another lab count."""
        return {
            lab: needs.medians(time for tile in tiles for time in tile.times()) for lab, tiles in self.by_lab.items()
        }

    @cached_property
    def needs(self) -> list[tuple[Tile, Need]]:
        """Who needs somebody, in whatever lab, in order; of each seat one reason, and a raised hand before all."""
        found = list[tuple[Tile, Need]]()
        paused = self.workshop.paused_at is not None
        for tile in self.tiles:
            if tile.hand:
                asked = (tile.now - tile.hand.raised_at).total_seconds() / 60  # who asked waits in a pause too
                sentence = tile.hand.text or str(_("Raised a hand."))
                found.append((tile, Need("hand", f"hand:{tile.hand.pk}", asked, sentence, quoted=bool(tile.hand.text))))
            elif tile.lab and tile.session:
                need = needs.stuck(tile.signs, self.usual[tile.lab.id], tile.lab.id, paused=paused)
                if need and (tile.seat.pk, need.about) not in self.resolved:
                    found.append((tile, need))
        return needs.in_order(found)

    @property
    def in_need(self) -> set[int]:
        return {tile.seat.number for tile, _need in self.needs}

    @property
    def columns(self) -> range:
        """A column for each stage, from 1; of several labs as many as the longest has."""
        return range(1, max((len(lab.stages) for lab in self.in_focus), default=0) + 1)

    @property
    def tables(self) -> list[Sequence[Row]]:
        """The grid in two halves, so that thirty fit a projector."""
        marks, wide = {} if self.only else self.marks, len(self.columns)
        rows = [Row(t, marks.get(t.session.lab, "") if t.session else "", wide - len(t.cells)) for t in self.shown]
        half = max(COLUMNS, (len(rows) + 1) // 2)
        return [part for part in (rows[:half], rows[half:]) if part]

    @property
    def here(self) -> int:
        return sum(tile.seat.is_here or bool(tile.session and tile.session.is_live) for tile in self.tiles)

    @property
    def crowd(self) -> Crowd | None:
        at = Counter((t.lab.id, t.at) for t in self._at_work if t.lab and t.at is not None)
        if not at:
            return None
        (lab, stage), count = max(at.items(), key=lambda one: (one[1], one[0][1]))
        past = sum(n for (other, later), n in at.items() if other == lab and later > stage)
        past += sum(tile.is_finished for tile in self.shown if tile.lab and tile.lab.id == lab)
        return Crowd(stage + 1, count, past, "" if self.only else self.marks.get(lab, ""))

    @property
    def _at_work(self) -> list[Tile]:
        return [tile for tile in self.shown if tile.session and tile.session.is_live]

    @cached_property
    def failing(self) -> list[Failing]:
        """The first failed check of each who tries, by check; what most fail comes first."""
        there: Counter[tuple[str, int]] = Counter()
        labs = {lab.id: lab for lab in self.labs}
        rows: dict[tuple[str, int, str], list[CheckStatus]] = {}
        for tile in self._at_work:
            if tile.at is None or tile.lab is None:
                continue
            there[tile.lab.id, tile.at] += 1
            if tile.cells[tile.at].shape == "fail":
                failed = (
                    row for _c, row in tile.checks_of(tile.lab.stages[tile.at]) if row and row.outcome == "failed"
                )
                row = next(failed)
                rows.setdefault((tile.lab.id, tile.at, row.check_id), []).append(row)

        def one(lab: Lab, number: int, check_id: str, failed: list[CheckStatus]) -> Failing:
            stage = lab.stages[number]
            check = next(check for check in stage.checks if check.id == check_id)
            return Failing(lab, number + 1, stage, check, there[lab.id, number], len(failed), list(grouped(failed)))

        found = [one(labs[lab], number, check, failed) for (lab, number, check), failed in rows.items()]
        return sorted(found, key=lambda one: (-one.fail, one.number))


def grouped(failed: Sequence[VerdictFields]) -> Iterator[tuple[int, str]]:
    """Explanations by what they say, most frequent first. Each has numbers of its own, so one of them speaks for all."""
    said = [row.cause or row.seen for row in failed]
    counts = Counter(str(text.get("msgid", "")) for text in said)
    for msgid, count in counts.most_common():
        yield count, words(next(text for text in said if str(text.get("msgid", "")) == msgid))
