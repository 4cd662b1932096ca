"""The part of the room that the projector shows: the number of seats at each stage, and a mistake that several make. No names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.engine.definition.spec import Lab
from vaka.workshops.room.room import Room
from vaka.workshops.room.tiles import Tile

SHARED_BY = 3  # seats, at least, before a mistake is shown: nobody is to recognise one person


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a funnel: a stage, or those before the first or after the last one."""

    kind: str  # waiting, stage or done
    number: int  # of the stage, from 1; else 0
    title: str  # of the stage
    count: int  # seats
    of: int  # seats in the funnel

    @property
    def width(self) -> int:
        """The width of its bar, of 100."""
        return round(100 * self.count / self.of) if self.of else 0


@dataclass(frozen=True, slots=True)
class Funnel:
    """The seats of one lab by stage."""

    lab: Lab
    steps: Sequence[Step]


def funnels(room: Room) -> list[Funnel]:
    """A funnel for each lab that somebody works in or that is open; the fullest first. Exams have none: see ``Tile.is_exam``."""
    if _is_in_exam(room):
        return []
    by_lab = {lab.id: [tile for tile in room.tiles if tile.lab and tile.lab.id == lab.id] for lab in room.labs}
    in_exam = {lab for lab, tiles in by_lab.items() if tiles and all(tile.is_exam for tile in tiles)}
    found = [Funnel(lab, list(_steps(lab, by_lab[lab.id]))) for lab in room.labs if lab.id not in in_exam]
    shown = [one for one in found if any(step.count for step in one.steps if step.kind != "waiting")]
    return sorted(shown or found[:1], key=lambda one: -sum(step.count for step in one.steps))


def _steps(lab: Lab, seats: Sequence[Tile]) -> Iterator[Step]:
    tiles = [tile for tile in seats if tile.seat.user_id and not tile.is_exam]
    at = Counter(tile.at for tile in tiles if tile.session and tile.at is not None)
    waiting = sum(tile.session is None for tile in tiles)
    if waiting:
        yield Step("waiting", 0, "", waiting, len(tiles))
    for number, stage in enumerate(lab.stages):
        yield Step("stage", number + 1, stage.title, at[number], len(tiles))
    yield Step("done", 0, "", sum(tile.is_finished for tile in tiles), len(tiles))


def common_mistake(room: Room) -> tuple[int, str] | None:
    """(stage, explanation) of the failure that most seats share now, word for word; None if fewer than SHARED_BY do."""
    if _is_in_exam(room):
        return None
    causes = [(count, check.number, cause) for check in room.failing for count, cause in [check.shared]]
    count, number, cause = max(causes, default=(0, 0, ""), key=lambda one: one[0])
    return (number, cause) if count >= SHARED_BY else None


def _is_in_exam(room: Room) -> bool:
    """Whether the open item is an exam. Nothing is checked in it before somebody hands in: all would be at stage 1."""
    return room.item is not None and room.item.is_exam
