"""Tables for spreadsheets: CSV whose cells are only ever text."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula; a number that we counted stays one."""
    text = str(cell)
    if isinstance(cell, int | float) or not text.lstrip(" \n").startswith(BEGINS_A_FORMULA):
        return text
    return f"'{text}"


def plain(cell: str) -> str:
    """What ``harmless`` was given, for a file that comes back; and no blank around it."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" \n").startswith(BEGINS_A_FORMULA) else cell


def written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def download(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A file for a spreadsheet, which reads from the mark at its beginning that it is UTF-8."""
    answer = HttpResponse("\ufeff" + written(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
