"""A session pays for reading its lab's answers: above its budget nothing is read, and no other session waits."""

import json
from dataclasses import replace

import pytest

from labs.engine import cpu_budget
from labs.engine.checks import Outcome
from labs.engine.cpu_budget import Budget, Reading
from labs.engine.definition.spec import Check, Kind, Node
from labs.engine.errors import TooMuch
from labs.engine.grading.grading import grade
from tests.labs.engine.grading.test_grading import lab

MANY = json.dumps({"neighbors": [{"neighborId": "1.1.1.1", "state": "Full", "interfaceName": "eth0"}] * 20_000})
FEW = json.dumps({"neighbors": [{"neighborId": "1.1.1.1", "state": "Full", "interfaceName": "eth0"}]})


class ManualClock:
    """A clock that moves only when the test sets it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def fresh_budgets():
    cpu_budget.budgets.clear()


def neighbor(name, on="r1"):
    return Check(id=name, type="ospf6.neighbor", title=name, on=(on,), expect={"interface": "eth0"})


class Answering:
    """A lab whose daemons give these answers, by node."""

    def __init__(self, **words):
        self.words, self.asked = words, 0

    def ask(self, asks, *, seconds=10):
        self.asked += len(asks)
        return [{"ok": True, "outputs": [self.words.get(ask["node"], "")]} for ask in asks]


def two_routers(*checks):
    made = lab(checks)
    return replace(made, nodes={name: Node(name=name, kind=Kind.FRR) for name in ("r1", "r2")})


def test_when_a_session_has_used_its_budget_the_node_that_used_most_is_named():
    clock = ManualClock()
    spent = Budget(3.0, 60.0, clock)
    spent.take("r1", 1.0)
    spent.take("r2", 1.9)
    assert spent.over() is None
    with pytest.raises(TooMuch, match="the answers of r2 took more than 3 seconds"):
        spent.take("r1", 0.2)
    assert spent.over().node == "r2"


def test_answers_are_read_again_after_the_window():
    clock = ManualClock()
    spent = Budget(3.0, 60.0, clock)
    with pytest.raises(TooMuch):
        spent.take("r1", 4.0)
    clock.now = 59.0
    with pytest.raises(TooMuch):
        spent.take("r2", 0.0)
    clock.now = 60.0
    assert spent.over() is None
    spent.take("r1", 1.0)


def test_a_slow_server_has_as_much_more_cpu_time_as_it_needs_for_the_same_answers(monkeypatch):
    monkeypatch.setenv("VAKA_PACE", "30")
    slow = cpu_budget.budget_of("slow")
    slow.take("r1", 80.0)
    with pytest.raises(TooMuch, match="more than 90 seconds of CPU time within 1800 seconds"):
        slow.take("r1", 11.0)


def test_each_session_has_its_own_budget():
    with cpu_budget.of("a") as mine, pytest.raises(TooMuch):
        mine.take("r1", 100.0)
    with cpu_budget.of("a"):
        assert cpu_budget.over()
    with cpu_budget.of("b"):
        assert cpu_budget.over() is None


def test_the_budgets_of_old_sessions_are_forgotten():
    for number in range(cpu_budget.KEPT + 10):
        cpu_budget.budget_of(str(number))
    assert len(cpu_budget.budgets) == cpu_budget.KEPT
    assert "0" not in cpu_budget.budgets


def test_a_loop_over_an_answer_ends_when_the_budget_is_used_up():
    cpu = ManualClock()
    reading = Reading(Budget(3.0, 60.0, ManualClock()), cpu)

    def read():
        with reading.of_node("r1"):
            for _each in range(100_000):
                cpu.now += 0.001
                reading.step(1)

    with pytest.raises(TooMuch):
        read()
    assert 3000 <= reading.steps <= 3000 + 2 * cpu_budget.EVERY


def test_only_the_reading_of_a_nodes_answers_is_charged():
    cpu = ManualClock()
    reading = Reading(Budget(3.0, 60.0, ManualClock()), cpu)
    cpu.now = 50.0  # the database was slow
    with reading.of_node("r1"):
        cpu.now = 51.0
    cpu.now = 99.0
    with reading.of_node("r2"), reading.of_node("r1"):
        cpu.now = 100.5
    assert reading.budget._used == {"r1": 2.5, "r2": 0.0}


def test_too_large_answers_give_unknown_verdicts_that_name_the_node_and_cost_no_points():
    checks = [neighbor(f"c{number}", on) for number, on in enumerate(("r2", "r1", "r2", "r1"))]
    graded, asker = two_routers(*checks), Answering(r1=MANY, r2=FEW)
    cpu_budget.budgets["s"] = Budget(0.02)
    with cpu_budget.of("s"):
        verdicts = grade(graded, asker, attempt=True)
        before = asker.asked
        again = grade(graded, asker, attempt=True)
    assert {verdict.outcome for verdict in (*verdicts[1:], *again)} == {Outcome.UNKNOWN}
    for verdict in verdicts[1:]:
        assert f"{verdict.node} could not be checked: Reading the answers of r" in str(verdict.seen)
    assert "the answers of r1 took more than 0.02 seconds" in str(again[0].seen)
    assert asker.asked == before  # what is not read is not asked for
    with cpu_budget.of("another"):
        assert {verdict.outcome for verdict in grade(graded, Answering(r1=FEW, r2=FEW), attempt=True)} == {
            Outcome.PASSED
        }


def test_the_sentence_is_translated_where_it_is_shown():
    error = TooMuch("r1", 3.0, 60.0)
    words = error.text.translated(lambda msgid: msgid.replace("Reading the answers of", "Lire les réponses de"))
    assert words.startswith("Lire les réponses de r1 took more than 3 seconds")


@pytest.mark.parametrize("attempt", [True, False])
def test_each_answer_is_read_once_however_many_checks_need_it(attempt):
    def steps(number):
        with cpu_budget.reading() as reading:
            verdicts = grade(two_routers(*map(neighbor, map(str, range(number)))), Answering(r1=MANY), attempt=attempt)
            assert {verdict.outcome for verdict in verdicts} == {Outcome.PASSED}
            return reading.steps

    assert steps(40) <= 1.1 * steps(1)


def test_new_answers_are_read_again():
    graded, asker = two_routers(neighbor("a")), Answering(r1=FEW)
    with cpu_budget.reading():
        assert grade(graded, asker, attempt=False)[0].outcome is Outcome.PASSED
        asker.words["r1"] = FEW.replace("eth0", "eth9")
        assert grade(graded, asker, attempt=False)[0].outcome is Outcome.FAILED
