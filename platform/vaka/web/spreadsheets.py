"""Tables for spreadsheets: CSV in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> str:
    """Return the cell as text that no spreadsheet takes for a formula. Numbers stay numbers."""
    text = str(cell)
    if isinstance(cell, int | float) or not text.lstrip(" \n").startswith(BEGINS_A_FORMULA):
        return text
    return f"'{text}"


def plain(cell: str) -> str:
    """Return the text that ``harmless`` was given, without surrounding blanks: for a file that is uploaded again."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" \n").startswith(BEGINS_A_FORMULA) else cell


def written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def download(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a download for a spreadsheet. The byte order mark tells it that the file is UTF-8."""
    answer = HttpResponse("\ufeff" + written(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
