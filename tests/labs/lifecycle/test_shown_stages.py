"""Stages whose solution the site has shown: where the shown lines fit, they give no points."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labs.lifecycle import shown_stages
from labs.models import ClassSeat, LabSession, ShownStage
from labs.registry import versions

pytestmark = pytest.mark.django_db

LAB, FIXED, OWN = "first-ebgp", "prefer", "originate"  # the lines of FIXED have no values, those of OWN have


def session(learner, seed, lab=LAB, **facts):
    found = versions.newest(lab)
    return LabSession.objects.create(
        learner=learner, lab=found.id, lab_version=found.version, seed=seed, state="stopped", **facts
    )


def show(there, *stages):
    shown_stages.record(there, versions.of(there), stages)


def test_a_new_seed_frees_a_stage_only_if_its_lines_are_other_ones(ada):
    show(session(ada, 5), FIXED, OWN)
    assert shown_stages.of(session(ada, 5)) == {FIXED, OWN}
    assert shown_stages.of(session(ada, 6)) == {FIXED}
    assert shown_stages.of(session(ada, 0)) == {FIXED}


def test_a_stage_that_was_shown_to_somebody_else_counts(ada, linus):
    show(session(ada, 5), FIXED)
    assert shown_stages.of(session(linus, 6)) == frozenset()


def test_the_lines_of_two_versions_are_kept(ada, monkeypatch):
    there = session(ada, 5)
    show(there, FIXED)
    monkeypatch.setattr(shown_stages, "lines_of", lambda lab, stage, nodes: f"{stage} of a newer version")
    show(there, FIXED)
    assert ShownStage.objects.count() == 2
    assert shown_stages.of(session(ada, 6)) == {FIXED}
    monkeypatch.undo()
    assert shown_stages.of(session(ada, 6)) == {FIXED}


def test_what_nobody_knows_the_lines_of_counts_by_its_seed(ada):
    ShownStage.objects.create(learner=ada, lab=LAB, seed=5, stage=OWN)
    assert shown_stages.of(session(ada, 5)) == {OWN}
    assert shown_stages.of(session(ada, 6)) == frozenset()


def test_in_a_version_that_is_gone_the_seed_alone_counts(ada):
    show(session(ada, 5), FIXED)
    gone = LabSession(learner=ada, lab=LAB, lab_version="0" * 12, seed=5)
    assert shown_stages.of(gone) == {FIXED}
    gone.seed = 6
    assert shown_stages.of(gone) == frozenset()


def test_a_lab_knows_which_stages_are_the_same_with_all_values():
    assert shown_stages.same_with_all_values(versions.newest(LAB)) == {FIXED}
    lab = versions.newest("isis-dual-stack")
    assert {"join", "six", "drain"} <= shown_stages.same_with_all_values(lab)


def test_new_values_give_the_points_of_stages_that_have_values(ada):
    show(session(ada, 5), FIXED)
    lab = versions.newest(LAB)
    assert shown_stages.earned_with_new_values(ada, lab) == frozenset()
    show(session(ada, 5), OWN)
    assert shown_stages.earned_with_new_values(ada, lab) == {OWN}


def test_a_new_seed_is_drawn_again_while_it_types_what_was_shown(ada, monkeypatch):
    show(session(ada, 5), OWN)
    drawn = iter([5, 5, 6])
    monkeypatch.setattr(shown_stages.seeds, "fresh", lambda _lab: next(drawn))
    assert shown_stages.new_seed(ada, versions.newest(LAB)) == 6


def test_seats_that_are_alike_are_compared_by_their_lines(ada, ngozi, monkeypatch):
    there = session(ngozi, 0, "exchange-day", is_class=True)
    lab = versions.of(there)
    one, two = (seat for seat in lab.seats[:2])
    seat = ClassSeat.objects.create(session=there, user=ada, nodes=list(one.nodes))
    shown_stages.record_at(there, seat, ["port"])
    assert shown_stages.of(there, seat) == {"port"}
    assert list(shown_stages.at_seats(there)) == [(list(one.nodes), "port")]
    seat.nodes = list(two.nodes)
    assert shown_stages.of(there, seat) == frozenset()
    monkeypatch.setattr(shown_stages, "typed", lambda _lab, _stages: {})
    ShownStage.objects.update(lines=shown_stages.lines_of(lab, "port", seat.nodes))
    assert shown_stages.of(there, seat) == {"port"}


def test_a_learner_to_whom_nothing_was_shown_costs_one_query(ada):
    there = session(ada, 5)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert shown_stages.of(there) == frozenset()
    assert len([one for one in queries if "shownstage" in one["sql"]]) == 1
