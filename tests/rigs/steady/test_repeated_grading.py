"""The verdicts that count as false when the same lab is graded many times."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.parse import load_lab
from labs.engine.checks import Outcome
from labs.engine.errors import TookTooLong
from labs.engine.grading.verdicts import Verdict
from labs.engine.translatable_text import Text
from rigs.steady import repeated_grading
from rigs.steady.repeated_grading import CopyPlan, Grading, Steadiness


@pytest.fixture(scope="module")
def lab():
    return load_lab(Path(parse.__file__).parents[2] / "catalog/first-ebgp")


def graded(state, **outcomes):
    def one(name, outcome):
        text = Text.plain(outcome)
        return Verdict(
            check=name, stage="first", outcome=Outcome(outcome), points=0, out_of=1, expected=text, seen=text, node="r1",
            command="", cause=None, read_more=(), evidence={}, seconds=0.0,
        )  # fmt: skip

    return Grading(state, tuple(one(name, outcome) for name, outcome in outcomes.items()))


def test_a_verdict_is_false_if_a_solved_check_does_not_pass_or_an_untouched_one_differs_from_most():
    gradings = [
        *[graded("untouched", a="failed", b="passed")] * 3,
        graded("untouched", a="passed", b="passed"),
        graded("solved", a="passed", b="passed"),
        graded("solved", a="waiting", b="passed"),
    ]
    lab = Steadiness("lab", gradings)
    assert [why for _grading, why in lab.false()] == ["a is passed: passed", "a is waiting: waiting"]
    assert repeated_grading.totals([lab]) == (6, 2)


def test_an_unknown_verdict_is_not_false():
    lab = Steadiness("lab", [graded("solved", a="unknown"), graded("untouched", a="failed")])
    assert (lab.false(), lab.unknown) == ([], 1)


def test_gradings_are_spread_over_the_copies(lab):
    copies = repeated_grading.copies(lab, 7, 3)
    assert [copy.gradings for copy in copies] == [3, 2, 2]


class BusyRunner:
    """A runner that fails to start a lab so many times."""

    def __init__(self, refusals):
        self.refusals = refusals

    @contextmanager
    def running(self, lab):
        if self.refusals:
            self.refusals -= 1
            raise TookTooLong("The lab did not answer within its time.")
        yield SimpleNamespace(client=None)

    def type(self, client, lab):
        pass


def test_a_copy_that_could_not_be_started_is_started_again(lab):
    assert repeated_grading.run(CopyPlan(lab, 0), BusyRunner(2)) == []
    with pytest.raises(TookTooLong):
        repeated_grading.run(CopyPlan(lab, 0), BusyRunner(3))
