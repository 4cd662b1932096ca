"""The room as one picture: each seat's stages, who needs somebody, and what most fail now and why.

It is read in a number of queries that does not grow with the seats.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from labs import published
from labs.engine.spec import Check, Lab, Stage
from labs.models import CheckNow
from labs.sightings import Sighting
from labs.stages import words
from vaka.workshops import needs
from vaka.workshops.doings import Deed, Hand
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.needs import Need
from vaka.workshops.tiles import Tile, facts_of

COLUMNS = 15  # seats in one table; the room has two side by side


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
