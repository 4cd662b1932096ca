"""The checks of one seat as the team reads them: by stage, each with what it expected and what it saw."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from labs.engine.definition.spec import Check, Stage
from labs.models import CheckStatus
from labs.pages.check_row import SHAPES, SincePassed, since_passed
from labs.translations import translated
from vaka.workshops.room.tiles import Cell, Tile


class CheckRow(NamedTuple):
    """One check of a seat."""

    check: Check
    status: CheckStatus | None
    shape: str
    expected: str
    seen: str
    cause: str
    since_passed: SincePassed

    @classmethod
    def of(
        cls,
        check: Check,
        status: CheckStatus | None,
        expected: Mapping[str, Any],
        *,
        tried: bool = True,
        is_behind: bool = False,
    ) -> "CheckRow":
        """TRIED: a failure counts as one. Before that it is not started, as the trainee's own page says.

        IS_BEHIND: the trainee has done its stage.
        """
        if status is None:
            return cls(check, None, "none", "", "", "", SincePassed.NOTHING)
        said = translated(expected.get(check.id)), translated(status.seen), translated(status.cause)
        shape = "pass" if status.is_passed or is_behind else SHAPES.get(status.outcome, "unknown")
        shape = "none" if shape == "fail" and not tried else shape
        return cls(check, status, shape, *said, since_passed(check, status, is_behind=is_behind))


def by_stage(tile: Tile) -> Iterator[tuple[Stage, Cell, list[CheckRow]]]:
    """The stages with their checks. The room does not read expected values, so they are read here, for one session."""
    rows = CheckStatus.objects.filter(session=tile.session.pk) if tile.session else CheckStatus.objects.none()
    expected = dict(rows.values_list("check_id", "expected"))
    for number, (stage, cell) in enumerate(zip(tile.lab.stages if tile.lab else (), tile.cells, strict=True)):
        is_reached = tile.at is None or number <= tile.at
        yield (
            stage,
            cell,
            [
                CheckRow.of(
                    check,
                    row,
                    expected,
                    tried=is_reached and row is not None and tile.was_tried(row),
                    is_behind=tile.is_behind(stage),
                )
                for check, row in tile.checks_of(stage)
            ],
        )


def current_stage(tile: Tile) -> tuple[int, Stage, list[CheckRow]] | None:
    """The stage in which the trainee is: its number from 1, and its checks that do not pass.

    None if all stages are done, and in an exam.
    """
    if tile.at is None or tile.is_exam:
        return None
    stage, _cell, checks = list(by_stage(tile))[tile.at]
    return tile.at + 1, stage, [row for row in checks if row.shape != "pass"]
