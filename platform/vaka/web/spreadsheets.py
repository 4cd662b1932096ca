"""Tables for spreadsheets: CSV in which no cell is a formula.

A spreadsheet splits a line where its user's settings say, for example at semicolons. So what follows a semicolon, a tab or a line
break inside a cell of ours can become a cell of its own. There, and at the beginning, a formula gets an apostrophe.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# Where a cell can begin, blanks and quotation marks, which a spreadsheet removes, and apostrophes that were there before
_BEFORE = r"(?:^|(?<=[;\t\r\n]))(?:[^\S\t\r\n]|\")*"
_IS_FORMULA = re.compile(rf"({_BEFORE})('*[=+\-@])")
_WAS_FORMULA = re.compile(rf"({_BEFORE})'('*[=+\-@])")


def harmless(cell: object) -> str:
    """Return the cell as text that no spreadsheet takes for a formula. Numbers stay numbers."""
    text = str(cell)
    return text if isinstance(cell, int | float) else _IS_FORMULA.sub(r"\1'\2", text)


def plain(cell: str) -> str:
    """Return the text that ``harmless`` was given, without surrounding blanks: for a file that is uploaded again."""
    return _WAS_FORMULA.sub(r"\1\2", cell.strip())


def delimiter(line: str, known: str) -> str:
    """Return the one of the KNOWN characters that separates the cells of a line; of equals, the first. Quotes hide it."""
    bare = re.sub(r'"[^"]*("|$)', "", line)
    return max(known, key=bare.count)


def written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def download(name: str, rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a download for a spreadsheet. The byte order mark tells it that the file is UTF-8."""
    answer = HttpResponse("\ufeff" + written(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
