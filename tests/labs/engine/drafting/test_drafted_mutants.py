"""Mistakes are named as an author names them, and found again in the solution."""

import pytest

from labs.engine.authoring.mutants import changed
from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Change, Mutant
from labs.engine.drafting.drafted_mutants import left_out, with_other_values, written_lines
from labs.engine.proof.solution_lines import units


@pytest.fixture
def triangle(tmp_path):
    create(tmp_path / "mine", "ospf-triangle")
    return load_lab(tmp_path / "mine")


def mutated(lab, one):
    change = Change(on=one.on, line=one.line, after=one.after, becomes=one.becomes)
    return changed(lab.solution, Mutant(id=one.id, title=one.title, changes=(change,), fails=()))


def test_each_other_value_changes_one_line_of_the_solution(triangle):
    found = list(with_other_values(triangle, written_lines(triangle, triangle.folder)))
    assert {one.becomes[0] for one in found} == {"ipv6 ospf6 area 1", "ipv6 ospf6 hello-interval 7"}
    assert len(found) == 5  # the area of three interfaces, and the hello interval of two
    made = [mutated(triangle, one) for one in found]
    assert all(one != triangle.solution for one in made)
    assert len({str(one) for one in made}) == len(made)


def test_a_line_that_is_typed_twice_is_named_by_one_above_it(triangle):
    written = written_lines(triangle, triangle.folder)
    for number, unit in enumerate(units(triangle)):
        missing = left_out(triangle, written, unit, number)
        if missing is None:
            assert len(unit.at) > 1
            continue
        lines = triangle.solution[unit.stage][unit.node]
        assert mutated(triangle, missing)[unit.stage][unit.node] == lines[: unit.at[0]] + lines[unit.at[0] + 1 :]
