"""The candidates that become checks, with their points, seconds, needs and controls."""

import pytest

from labs.engine.drafting.candidates import Candidate
from labs.engine.drafting.selection import Found, assemble, choose, stage_of, within

STAGES = ["one", "two"]


def found(name, kind, on, *, stage="one", notices=(1,), own=False, seconds=0.0, **more):
    candidate = Candidate(type=kind, title=name, on=on, expect={"prefix": name}, **more)
    return Found(id=name, candidate=candidate, stage=stage, notices=frozenset(notices), is_own=own, seconds=seconds)


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        (["", "x", "x"], "one"),
        (["", "", "x"], "two"),
        (["", "x", ""], None),
        (["x", "x", "x"], None),
        (["x", "", "x"], None),
    ],
)
def test_the_stage_of_a_check_is_the_first_after_which_it_goes_on_to_pass(steps, stage):
    assert stage_of([set(step) for step in steps], "x", STAGES) == stage


def test_what_comes_with_a_stage_and_goes_with_the_next_is_absent_from_that_one_on():
    steps = [{"x"}, set(), {"x"}]
    assert stage_of(steps, "x", STAGES, absent=True) == "two"
    assert stage_of([{"x"}] * 3, "x", STAGES, absent=True) is None


def test_a_check_that_no_mistake_needs_is_dropped():
    assert choose([found("a", "bgp.session", "isp"), found("b", "bgp.session", "r1", notices=())], STAGES)[0].id == "a"
    assert choose([found("b", "bgp.session", "r1", notices=())], STAGES) == []


def test_the_most_precise_check_is_kept_for_each_mistake_and_another_node_than_the_learners_first():
    wide = found("wide", "bgp.route", "isp", notices=(1, 2, 3))
    mine = found("mine", "bgp.session", "r1", notices=(1,), own=True)
    theirs = found("theirs", "bgp.session", "isp", notices=(1,))
    assert [one.id for one in choose([wide, mine, theirs], STAGES)] == ["theirs", "wide"]


def test_a_line_of_the_configuration_is_kept_only_if_no_other_check_notices_it():
    line = found("line", "config.contains", "r1", notices=(1,), own=True)
    assert [one.id for one in choose([line, found("wide", "bgp.route", "isp", notices=(1, 2))], STAGES)] == ["wide"]
    assert [one.id for one in choose([line], STAGES)] == ["line"]


def test_each_stage_has_one_check_from_end_to_end_the_widest():
    precise = found("route", "fib.route", "r1", notices=(1,), own=True)
    near, far = found("near", "ping", "h1", notices=(1,)), found("far", "ping", "h1", notices=(1, 2))
    assert {one.id for one in choose([precise, near, far], STAGES)} == {"route", "far"}


def test_an_absence_gets_a_route_of_the_same_neighbour_as_control_and_none_makes_it_be_left_out():
    trap = found("bad", "bgp.route", "r1", absent=True, of_neighbor="64501", trap=True, stage="two", notices=(2,))
    good = found("good", "bgp.route", "r1", notices=())
    good = Found(
        id="good",
        candidate=Candidate(type="bgp.route", title="", on="r1", expect={"as_path": "64501 64502"}),
        stage="one",
        notices=frozenset(),
    )
    drafted, left = assemble([trap], [trap, good], STAGES)
    assert [(one.id, one.control, one.is_hidden) for one in drafted] == [
        ("route-r1", (), False),
        ("no-route-r1", ("route-r1",), True),
    ]
    assert left == []
    assert assemble([trap], [trap], STAGES) == ([], [trap])


def test_a_check_on_the_learners_node_is_controlled_by_the_other_end_and_a_route_waits_for_the_session():
    mine = found("mine", "bgp.session", "r1", own=True, with_node="isp")
    theirs = found("theirs", "bgp.session", "isp", with_node="r1")
    route = found("route", "bgp.route", "isp", with_node="r1", stage="two")
    drafted, _left = assemble([mine, theirs, route], [], STAGES)
    by_id = {one.id: one for one in drafted}
    assert by_id["session-r1"].control == ("session-isp",)
    assert by_id["session-isp"].control == ()
    assert by_id["route-isp"].needs in (("session-isp",), ("session-r1",))


def test_points_are_a_hundred_and_at_most_half_rest_on_the_learners_nodes():
    some = [found(str(n), "fib.route", "r1", own=True) for n in range(7)] + [found("x", "ping", "h1")]
    drafted, _left = assemble(some, some, STAGES)
    assert sum(one.points for one in drafted) == 100
    assert sum(one.points for one in drafted if one.found.is_own) <= 50


@pytest.mark.parametrize(("seconds", "wanted"), [(0, 5), (1.6, 10), (4, 10), (7.0, 20), (90, 120)])
def test_within_is_twice_what_the_check_needed_and_some_seconds_more(seconds, wanted):
    assert within(seconds) == wanted


def test_a_stage_in_which_nothing_changes_asks_what_happens_when_a_link_fails():
    session, ping = found("session", "bgp.session", "isp"), found("ping", "ping", "h1", notices=(2,))
    failover = found("failover", "path.failover", "h1", notices=(), do=({"link": "r1:eth3", "up": False},))
    chosen = choose([session, ping, failover], STAGES)
    assert [(one.id, one.stage) for one in chosen] == [("session", "one"), ("ping", "one"), ("failover", "two")]
    assert [one.id for one in choose([session, ping], STAGES)] == ["session", "ping"]


def test_a_check_from_another_node_may_be_a_little_wider_than_one_on_the_learners():
    mine = found("mine", "ospf6.neighbor", "r1", notices=(1, 2), own=True)
    theirs = found("theirs", "ospf6.neighbor", "r2", notices=(1, 2, 3))
    much_wider = found("much-wider", "bgp.only", "isp", notices=(1, 2, 3, 4, 5, 6))
    assert "theirs" in [one.id for one in choose([mine, theirs], STAGES)]
    assert "mine" not in [one.id for one in choose([mine, theirs], STAGES)]
    assert "mine" in [one.id for one in choose([mine, much_wider], STAGES)]
