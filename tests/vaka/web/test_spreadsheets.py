"""CSV files in which no cell is a formula, whatever separates the cells for the reader."""

import csv
import io
import random
import time

import pytest

from vaka.web import spreadsheets

FORMULAS = (
    "=1+1",
    "  =1+1",
    '"=1+1"',
    "\t=1+1",
    "\r\n+1",
    "Ada;=1+1;x",
    "Ada; @SUM(1)",
    'Ada;"=1+1";x',
    'Ada;""-1""',
    "Ada\t-1",
    "Ada\n=1+1",
    "Ada, x\r=1+1",
    ";;=1",
    "a;'=1",
    "Ada;\u00a0=1",
)


def cells_of(text, separator):
    """All cells as a reader with this separator finds them; with and without quotation marks that join the parts of a cell."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting):
            yield from line


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_a_formula_whatever_separates_the_cells(cell, separator):
    """Regression: a name with “;=1+1;” in it was a formula where the list separator is a semicolon."""
    for row in ([cell], [1, cell, "x"], ["a, b", cell, cell]):
        text = spreadsheets.written([row, row])
        for found in cells_of(text, separator):
            assert not found.strip('" \u00a0').startswith(("=", "+", "-", "@")), text


def test_numbers_and_names_stay_as_they_are():
    assert spreadsheets.written([[-1, 0.5, "Ana-Maria O'Neill; Ben", "a = b", "x; y-z"]]) == (
        "-1,0.5,Ana-Maria O'Neill; Ben,a = b,x; y-z\r\n"
    )


@pytest.mark.parametrize("cell", ["'=1", "''=1", "a;'=1", "O'Neill", "'", ";'", "=;=;'=", *FORMULAS])
def test_a_file_that_is_uploaded_again_has_the_same_text(cell):
    assert spreadsheets.plain(spreadsheets.harmless(cell)) == cell.strip()


def test_any_text_comes_back_as_it_was():
    drawn = random.Random(11)
    for _ in range(20_000):
        cell = "".join(drawn.choices("a1 ;\t\n\r\"',=+-@\u00a0", k=drawn.randrange(12)))
        assert spreadsheets.plain(spreadsheets.harmless(cell)) == cell.strip(), repr(cell)


@pytest.mark.parametrize(
    "cell", [";" * 100_000, " " * 100_000, "; " * 50_000, ';"' * 50_000, "'" * 100_000, "\n" * 100_000]
)
def test_a_long_cell_takes_no_long_time(cell):
    began = time.process_time()
    spreadsheets.plain(spreadsheets.harmless(cell + "=1"))
    assert time.process_time() - began < 2
