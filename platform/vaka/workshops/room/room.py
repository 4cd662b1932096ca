"""The state of the room: the stages of each seat, who needs help, and which checks fail now.

The number of queries does not grow with the number of seats.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labs.engine.definition.spec import Lab
from labs.registry import versions
from vaka.workshops.models import AgendaItem, Hand, Seat, SeatLogEntry, Workshop
from vaka.workshops.room import needs
from vaka.workshops.room.failing_checks import FailingCheck, failing_checks
from vaka.workshops.room.needs import Need
from vaka.workshops.room.paused_time import Pauses
from vaka.workshops.room.tiles import Tile, records_of

WIDE_BELOW = 15  # seats: the grid is one full-width table; from here on two tables side by side
HERE_LATELY = 30  # minutes since a page of the seat was open: who has gone home is not waited for


@dataclass(frozen=True, slots=True)
class Crowd:
    """The stage, from 1, in which most trainees are, and how many are past it."""

    stage: int
    count: int
    past: int
    mark: str = ""  # of its lab, if the grid shows several


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the grid."""

    tile: Tile
    mark: str  # of the seat's lab, if the grid shows several
    blank: int  # columns of stages that the seat's lab does not have


@dataclass(frozen=True)
class Room:
    workshop: Workshop
    item: AgendaItem | None  # the one opened last
    labs: Sequence[Lab]  # of that item, and other labs of the workshop that run now
    only: Lab | None  # the lab that the grid shows; None: each seat in its current lab
    tiles: Sequence[Tile]  # each seat in its current or last lab
    by_lab: Mapping[str, Sequence[Tile]]  # all seats, in each of the labs
    resolved: frozenset[tuple[int, str]]  # (seat, need) marked as done
    failed_actions: Mapping[int, SeatLogEntry]  # by seat: its last reset or skip, if that failed

    @classmethod
    def of(cls, workshop: Workshop, lab_id: str = "") -> "Room":
        """The room now. LAB_ID is the lab that the grid shows; empty: each seat in its current lab."""
        agenda = list(workshop.agenda.all())
        item = max(
            (one for one in agenda if one.opened_at), key=lambda one: one.opened_at or workshop.begins, default=None
        )
        labs = {lab.id: lab for lab in versions.all_labs()}
        known = {one: labs[one] for each in agenda for one in each.labs if one in labs}
        seats = list(workshop.seats.select_related("user"))
        open_ = [one for one in (item.labs if item else ()) if one in known]
        asked = [lab_id] if lab_id in known else []
        users = [seat.user_id for seat in seats if seat.user_id]
        records = records_of(users, workshop, {*open_, *asked}, live_in=known)
        in_order = sorted(records.items(), key=lambda one: one[1].precedence)
        current = {user: lab for (user, lab), one in in_order if one.session.is_live}
        shown = dict.fromkeys([*open_, *(one for one in known if one in {*current.values(), *asked})])
        now = timezone.now()
        hands = {hand.seat_id: hand for hand in Hand.objects.filter(seat__workshop=workshop, lowered_at=None)}
        today = list(_help_and_jobs(workshop, now - timedelta(minutes=needs.FAILED_FOR)))
        pauses = Pauses.of(workshop, now)

        def tile(seat: Seat, lab: str) -> Tile:
            had = records.get((seat.user_id or 0, lab))
            as_seated = had.lab if had and had.lab else known.get(lab)
            return Tile(seat, as_seated, had, now, hands.get(seat.pk), pauses, workshop.paused_since)

        def lab_of(seat: Seat) -> str:
            """The seat's current lab; else its last one of the open item."""
            user = seat.user_id or 0
            had = {lab: records[user, lab].session.created_at for lab in open_ if (user, lab) in records}
            return current.get(user) or max(had, key=had.__getitem__, default=next(iter(open_), ""))

        return cls(
            workshop,
            item,
            labs=[known[lab] for lab in shown],
            only=known.get(lab_id),
            tiles=[tile(seat, lab_of(seat)) for seat in seats],
            by_lab={lab: [tile(seat, lab) for seat in seats] for lab in shown},
            resolved=_resolved(today, now - timedelta(minutes=needs.RESOLVED_FOR)),
            failed_actions=_failed_actions(today),
        )

    @property
    def query(self) -> str:
        """The query string that keeps the chosen lab of the grid."""
        return f"?{urlencode({'lab': self.only.id})}" if self.only else ""

    @property
    def marks(self) -> dict[str, str]:
        """A letter for each lab; empty if there is only one."""
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
        """The median minutes of each stage, by lab. Trainees who have gone on to another lab count."""
        return {
            lab: needs.medians(time for tile in tiles for time in tile.times()) for lab, tiles in self.by_lab.items()
        }

    @cached_property
    def needs(self) -> list[tuple[Tile, Need]]:
        """The help list over all labs, in order: at most one need for each seat, a raised hand before all others."""
        found = list[tuple[Tile, Need]]()
        paused = self.workshop.paused_at is not None
        for tile in self.tiles:
            if tile.hand:
                raised = (tile.now - tile.hand.raised_at).total_seconds() / 60  # a pause counts here
                sentence = tile.hand.text or str(_("Raised a hand."))
                need = Need("hand", f"hand:{tile.hand.pk}", raised, sentence, quoted=bool(tile.hand.text))
                found.append((tile, need))
            elif failed := self._failed_action(tile):
                found.append((tile, failed))
            elif tile.lab and tile.session:
                unasked = needs.need_of(tile.signs, self.usual[tile.lab.id], tile.lab.id, paused=paused)
                if unasked and (tile.seat.pk, unasked.about) not in self.resolved:
                    found.append((tile, unasked))
            elif (idle := self._unstarted(tile)) and (tile.seat.pk, idle.about) not in self.resolved:
                found.append((tile, idle))
        return needs.in_order(found)

    def _failed_action(self, tile: Tile) -> Need | None:
        entry = self.failed_actions.get(tile.seat.pk)
        if entry and entry.job and tile.session and entry.job.session_id != tile.session.pk:
            return None  # the trainee works in another lab by now
        need = needs.failed_action(entry, (tile.now - entry.at).total_seconds() / 60) if entry else None
        return need if need and (tile.seat.pk, need.about) not in self.resolved else None

    def _unstarted(self, tile: Tile) -> Need | None:
        """The need of a trainee who was here lately and has started no lab of the open item."""
        item, seat = self.item, tile.seat
        if item is None or not item.is_current or tile.lab is None or self.workshop.paused_at is not None:
            return None
        if seat.joined_at is None or seat.seen_at is None or tile.minutes_since(seat.seen_at) > HERE_LATELY:
            return None
        return needs.unstarted(item.pk, tile.minutes_since(max(seat.joined_at, item.opened_at or seat.joined_at)))

    @property
    def in_need(self) -> set[int]:
        return {tile.seat.number for tile, _need in self.needs}

    @property
    def columns(self) -> range:
        """The numbers of the stages, from 1; of several labs, as many as the longest has."""
        return range(1, max((len(lab.stages) for lab in self.in_focus), default=0) + 1)

    @property
    def is_wide(self) -> bool:
        return len(self.shown) < WIDE_BELOW

    @property
    def tables(self) -> list[Sequence[Row]]:
        """The rows of the grid: one full-width table, or two side by side, so that thirty seats fit a screen."""
        marks, width = {} if self.only else self.marks, len(self.columns)
        rows = [Row(t, marks.get(t.session.lab, "") if t.session else "", width - len(t.cells)) for t in self.shown]
        half = len(rows) if self.is_wide else (len(rows) + 1) // 2
        return [part for part in (rows[:half], rows[half:]) if part]

    @property
    def online(self) -> int:
        return sum(tile.seat.is_online or bool(tile.session and tile.session.is_live) for tile in self.tiles)

    @property
    def crowd(self) -> Crowd | None:
        at = Counter((t.lab.id, t.at) for t in self._working if t.lab and t.at is not None)
        if not at:
            return None
        (lab, stage), count = max(at.items(), key=lambda one: (one[1], one[0][1]))
        past = sum(n for (other, later), n in at.items() if other == lab and later > stage)
        past += sum(t.is_finished and not t.is_exam for t in self.shown if t.lab and t.lab.id == lab)
        return Crowd(stage + 1, count, past, "" if self.only else self.marks.get(lab, ""))

    @property
    def _working(self) -> list[Tile]:
        """The seats whose lab runs and whose stage is known: in an exam it is not."""
        return [tile for tile in self.shown if tile.session and tile.session.is_live and not tile.is_exam]

    @cached_property
    def failing(self) -> list[FailingCheck]:
        """The checks that fail now, the most frequent first."""
        return failing_checks(self._working, {lab.id: lab for lab in self.labs})


def _help_and_jobs(workshop: Workshop, since: datetime) -> QuerySet[SeatLogEntry]:
    """The entries of the seat log about help, and about actions that a job does, the oldest first."""
    wanted = Q(kind=SeatLogEntry.Kind.HELPED) | Q(job__isnull=False)
    entries = workshop.log_entries.filter(wanted, at__gte=since).exclude(seat=None)
    return entries.select_related("job").order_by("at", "pk")


def _resolved(entries: Sequence[SeatLogEntry], since: datetime) -> frozenset[tuple[int, str]]:
    """(seat, need) of what was marked as done SINCE then. An action that has failed is over, so it stays done."""
    helped = (one for one in entries if one.kind == SeatLogEntry.Kind.HELPED)
    return frozenset(
        (one.seat_id or 0, one.about) for one in helped if one.at >= since or needs.is_of_action(one.about)
    )


def _failed_actions(entries: Sequence[SeatLogEntry]) -> dict[int, SeatLogEntry]:
    last = {entry.seat_id or 0: entry for entry in entries if entry.job}
    return {seat: entry for seat, entry in last.items() if entry.error}
