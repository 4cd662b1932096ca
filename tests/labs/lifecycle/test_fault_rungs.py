"""The rungs of the ladder: each kind of fault has one, for a reason, and a ticket gets a fault of the rung that was asked for."""

from collections import Counter

import pytest

from labs.engine.faults import FAULTS, PlacedFault
from labs.engine.trouble_tickets.preparation import candidates, to_try
from labs.lifecycle.fault_rungs import DIFFICULTY, MEANINGS, difficulty_of, rank, rung_of
from labs.models.trouble_ticket import Rung

KINDS = [fault.id for fault in FAULTS]


def placed(kinds):
    return [PlacedFault(kind, kind, "r1", where, (), ()) for kind in kinds for where in ("eth0", "eth1")]


def test_each_kind_of_fault_has_a_rung_and_a_reason_and_no_other_has():
    assert set(DIFFICULTY) == set(KINDS)
    assert all(str(one.why) for one in DIFFICULTY.values())
    assert set(MEANINGS) == set(Rung) == {one.rung for one in DIFFICULTY.values()}


def test_the_rung_of_a_placed_fault_is_that_of_its_kind_and_unknown_ones_have_none():
    assert rung_of("link-down@r1:eth0") == Rung.EASY
    assert rung_of("gone-since@r1:eth0") is None
    assert difficulty_of("") is None


@pytest.mark.parametrize("wanted", Rung)
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_faults_of_the_rung_are_tried_first_and_then_harder_ones(wanted, seed):
    rungs = [rung_of(one.fault) for one in candidates(placed(KINDS), "a-lab", seed, rank(wanted, {}))]
    assert len(rungs) == len(KINDS)
    order = [wanted, *(rung for rung in Rung if rung > wanted), *(rung for rung in reversed(Rung) if rung < wanted)]
    assert list(dict.fromkeys(rungs)) == order
    assert rungs == sorted(rungs, key=order.index)


def test_a_kind_that_the_learner_has_had_comes_after_those_that_are_new_to_them():
    first = [kind for kind in KINDS if rung_of(kind) == Rung.EASY]
    had = Counter()
    for seed in (3, 9, 4, 4, 12):  # other learners had the seeds between
        kind = next(candidates(placed(KINDS), "a-lab", seed, rank(Rung.EASY, had))).fault
        assert not had[kind]
        had[kind] += 1
    assert set(had) <= set(first)


def test_a_lab_whose_checks_notice_no_fault_of_the_rung_gets_one_of_another_rung():
    tried = to_try(placed(KINDS), "a-lab", 5, rank(Rung.EASY, {}))
    assert [rung_of(one.fault) for one in tried] == [Rung.EASY] * 4 + [Rung.MEDIUM] * 2
    only = [kind for kind in KINDS if rung_of(kind) == Rung.HARD]
    assert len(to_try(placed(only), "a-lab", 5, rank(Rung.EASY, {}))) == 6
    assert to_try(placed(KINDS), "a-lab", 5) == list(candidates(placed(KINDS), "a-lab", 5))[:6]
