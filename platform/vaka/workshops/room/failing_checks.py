"""The checks that fail in the room now: how many trainees fail each, and the explanations that they read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labs.engine.definition.spec import Check, Lab, Stage
from labs.models import CheckStatus
from vaka.workshops.room.explanations import grouped, shared
from vaka.workshops.room.tiles import Tile


@dataclass(frozen=True, slots=True)
class FailingCheck:
    """A check that fails for trainees who are in its stage now."""

    lab: Lab
    number: int  # of the stage, from 1
    stage: Stage
    check: Check
    at: int  # trainees in the stage
    fail: int  # trainees for whom the check fails
    causes: Sequence[tuple[int, str]]  # how many, and an explanation as an example
    shared: tuple[int, str]  # how many have this very explanation

    @property
    def bars(self) -> list[tuple[int, bool]]:
        """(x, fails) of a bar for each trainee in the stage."""
        return [(10 * n, n < self.fail) for n in range(self.at)]

    @property
    def width(self) -> int:
        return 10 * self.at


def first_alike(lab: Lab) -> dict[str, str]:
    """For the id of each check, that of the one that stands for it in the room. If the seats of a class lab are alike, each has a
    check of its own where the lab has one in mind: the first seat's stands for all.
    """
    found: dict[str, str] = {}
    for stage in lab.stages:
        by_seat: dict[str, list[Check]] = {}
        for check in stage.checks:
            by_seat.setdefault(check.seat, []).append(check)
        first = by_seat.get(lab.seats[0].id, []) if lab.has_bots else []
        for seat, checks in by_seat.items():
            found |= {one.id: (first[n] if seat and n < len(first) else one).id for n, one in enumerate(checks)}
    return found


def failing_checks(tiles: Iterable[Tile], labs: Mapping[str, Lab]) -> list[FailingCheck]:
    """The first failed check of each trainee who has tried, grouped by check; the most frequent first.

    The same check of several seats of a class lab is one. TILES are those of trainees who work now.
    """
    in_stage: Counter[tuple[str, int]] = Counter()
    rows: dict[tuple[str, int, str], list[CheckStatus]] = {}
    alike = {lab.id: first_alike(lab) for lab in labs.values()}
    for tile in tiles:
        if tile.at is None or tile.lab is None:
            continue
        in_stage[tile.lab.id, tile.at] += 1
        if tile.cells[tile.at].shape == "fail":
            row = tile.failed(tile.lab.stages[tile.at])[0]
            check = alike[tile.lab.id].get(row.check_id, row.check_id)
            rows.setdefault((tile.lab.id, tile.at, check), []).append(row)

    def failing_check(lab: Lab, number: int, check_id: str, failed: list[CheckStatus]) -> FailingCheck:
        stage = lab.stages[number]
        check = next(check for check in stage.checks if check.id == check_id)
        at, causes = in_stage[lab.id, number], list(grouped(failed))
        return FailingCheck(lab, number + 1, stage, check, at, len(failed), causes, shared(failed))

    found = [failing_check(labs[lab], number, check, failed) for (lab, number, check), failed in rows.items()]
    return sorted(found, key=lambda one: (-one.fail, one.number))
