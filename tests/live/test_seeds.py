"""Labs with the numbers of several learners: each is solved by the solution of its own seed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from labs.engine.grading import Outcome, grade
from labs.engine.workbench import type_solution, workbench
from labs.published import newest

pytestmark = pytest.mark.live
LEARNERS = {"first-ebgp": (2, 20261124), "rov-hijacker": (3, 2**52)}
UNTOUCHED = 15  # of a hundred points, at most


def solve(bench, name, seed):
    """The points of the untouched lab, and what of it does not pass when its solution is typed."""
    lab = newest(name, seed)
    with bench.running(lab) as session:
        before = sum(verdict.points for verdict in grade(lab, session, attempt=False))
        type_solution(session, lab)
        verdicts = grade(lab, session, attempt=True)
    return before, {verdict.check: str(verdict.seen) for verdict in verdicts if verdict.outcome is not Outcome.PASSED}


def test_each_learners_numbers_make_a_lab_that_its_own_solution_solves():
    chosen = {str(newest("first-ebgp", seed).parameters["thief"]) for seed in LEARNERS["first-ebgp"]}
    assert chosen == {"north", "south"}
    with workbench() as bench, ThreadPoolExecutor(4) as pool:
        doing = [pool.submit(solve, bench, name, seed) for name, seeds in LEARNERS.items() for seed in seeds]
        done = [each.result() for each in doing]
    assert all(before <= UNTOUCHED for before, _wrong in done)
    assert [wrong for _before, wrong in done] == [{}] * 4
