"""An author solves a lab stage by stage; the solution is written from the network in between."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.definition import solution
from labs.engine.drafting import lab_without_checks, solving_by_hand
from labs.engine.drafting.observed import Observed
from labs.engine.state.facts import Section


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "mine")
    (tmp_path / "mine/solution/r1.sh").unlink()
    return tmp_path / "mine"


class OneLab:
    """Runs a lab whose network is what the author has typed on each node."""

    def __init__(self):
        self.typed = []

    @contextmanager
    def running(self, lab):
        yield SimpleNamespace(client=SimpleNamespace(session="one"))

    def observed(self, lab, client):
        return Observed({"r1": {Section.CONFIG: {"": "\n".join(self.typed)}}})


@pytest.fixture
def runner(monkeypatch):
    runner = OneLab()
    monkeypatch.setattr(solving_by_hand, "observe", runner.observed)
    monkeypatch.setattr(solving_by_hand, "wait_before_grading", lambda lab, client: [])
    return runner


def test_the_author_opens_terminals_and_says_when_a_stage_is_done(folder, runner):
    answers = iter(["r1", "done", "r9", "r1", "done"])
    lines = iter(["ipv6 route 2001:db8:1::/48 blackhole", "ipv6 route 2001:db8:2::/48 blackhole"])
    questions, opened = [], []

    def ask(question):
        questions.append(question)
        return next(answers)

    def open_terminal(session, node):
        opened.append((session, node))
        runner.typed.append(next(lines))

    [file] = solving_by_hand.solve(lab_without_checks.read(folder), runner, ask, open_terminal, print)
    assert file == folder / "solution/r1.sh"
    parts = solution.cut(file.read_text(), ["address", "route"])
    assert [parts[stage][2] for stage in parts] == [f"ipv6 route 2001:db8:{n}::/48 blackhole" for n in (1, 2)]
    assert opened == [("one", "r1"), ("one", "r1")]
    assert questions[0] == "Stage 1 of 2, Give r1 its address. A node (h1, r1, isp), or done: "


def test_an_author_who_gives_up_has_no_solution(folder, runner):
    def ask(question):
        raise EOFError

    with pytest.raises(EOFError):
        solving_by_hand.solve(lab_without_checks.read(folder), runner, ask, lambda session, node: None, print)
    assert list((folder / "solution").glob("*.sh")) == []


def test_a_solution_that_is_there_is_not_replaced(tmp_path, runner):
    create(tmp_path / "other")
    with pytest.raises(solving_by_hand.SolvedAlready, match="has a solution"):
        solving_by_hand.solve(
            lab_without_checks.read(tmp_path / "other"), runner, input, lambda session, node: None, print
        )
