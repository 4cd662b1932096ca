"""Each of our labs proves its own grader on a real engine: untouched it scores nothing, solved it scores all."""

from pathlib import Path

import pytest

from labs.engine import parse
from labs.engine.catalog import Catalog
from labs.engine.grading import Outcome, grade, score
from labs.engine.workbench import type_solution

pytestmark = pytest.mark.live
LABS = Catalog(Path(parse.__file__).parents[1] / "catalog").labs
UNTOUCHED = 0.15  # of the points, at most


@pytest.mark.parametrize("name", LABS)
def test_the_untouched_lab_scores_little_and_the_solution_all(name, bench):
    lab = LABS[name]
    with bench.running(lab) as session:
        before = score(grade(lab, session, attempt=True))
        assert before.points <= UNTOUCHED * before.out_of
        assert before.unknown == 0
        type_solution(session, lab)
        verdicts = grade(lab, session, attempt=True)
        assert [v.check for v in verdicts if v.outcome is not Outcome.PASSED] == []
        after = score(verdicts)
        assert (after.points, after.unknown) == (after.out_of, 0)
        assert after.out_of == lab.points


@pytest.mark.parametrize("name", LABS)
def test_a_lab_has_stages_and_a_hundred_points(name):
    assert len(LABS[name].stages) >= 3
    assert LABS[name].points == 100
