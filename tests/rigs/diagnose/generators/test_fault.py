"""A sentence names a fault by its node, its object and what is wrong with it."""

import pytest

from rigs.diagnose.generators.fault import FaultKind, GeneratedFault, Truth, both, choose, mentions

AREA = Truth("r2: eth0 is in area 9", ("r2", "r1"), ("eth0",), r"area")


@pytest.mark.parametrize(
    "text",
    [
        "The two ends are in different areas: r2:eth0 in 9, r1:eth0 in 0.",
        "On r2, eth0 belongs to the wrong area.",
    ],
)
def test_any_sentence_with_node_object_and_aspect_names_it(text):
    assert AREA.is_named_by(text)


@pytest.mark.parametrize(
    "text",
    [
        "r2:eth0 is down.",  # another thing about the object
        "r3:eth0 is in another area.",  # another node
        "r2:eth1 is in another area.",  # another object
        "r22:eth0 is in another area.",
    ],
)
def test_a_sentence_about_something_else_does_not(text):
    assert not AREA.is_named_by(text)


def test_an_address_inside_the_prefix_names_it_too():
    route = Truth("r1: the route is missing", ("r1",), ("2001:db8:2::/64",), r"route")
    assert route.is_named_by("r1 has no route to 2001:db8:2::10.")
    assert not route.is_named_by("r1 has no route to 2001:db8:3::10.")
    assert not route.is_named_by("r2 has no route to 2001:db8:2::10.")


def test_common_words_do_not_name_it_strictly():
    policy = Truth("r1: the filter drops it", ("r1",), ("filter", "IN"), r"drop")
    assert policy.is_named_by("A filter on r1 drops it.")
    assert not policy.strict.is_named_by("A filter on r1 drops it.")
    assert policy.strict.is_named_by("The route map IN on r1 drops it.")


def test_this_session_is_the_one_that_the_check_looks_at():
    family = Truth("r1: not activated", ("r1",), ("2001:db8::2",), r"activat")
    text = "The address family is not activated for this session on r1."
    assert family.is_named_by(text, "a session with 2001:db8::2")
    assert not family.is_named_by(text, "a session with 2001:db8::3")
    assert not family.is_named_by("r1 has not activated it.", "a session with 2001:db8::2")


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("no route to 2001:db8:2::/64.", "2001:db8:2::/64", True),
        ("no route to 2001:db8:2::10.", "2001:db8:2::1", False),
        ("no route to 12001:db8::1.", "2001:db8::1", False),
        ("the address 10.0.0.1.", "10.0.0.1", True),
        ("the address 10.0.0.11.", "10.0.0.1", False),
        ("r1:eth0 is down", "eth0", True),
        ("r1:eth0 is down", "r1", True),
        ("the route map TO-UP", "TO", False),
        ("anything", "", False),
    ],
)
def test_a_word_is_not_found_within_another(text, word, found):
    assert mentions(text, word) is found


def fault(thing, kind, place):
    truth = Truth(f"{place}: {thing}", (place,), (thing,), "")
    return GeneratedFault("net", thing, kind, place, lambda lab: f"{lab} {place}", (truth,))


def test_one_of_each_thing_and_kind_is_chosen_before_a_second_one():
    many = [fault("route", FaultKind.MISSING, f"r{n}") for n in range(9)]
    few = [fault("route", FaultKind.EXTRA, "r1"), fault("area", FaultKind.MISSING, "r1")]
    chosen = choose([*many, *few], 4)
    assert {(one.thing, one.kind) for one in chosen[:3]} == {(one.thing, one.kind) for one in [*many, *few]}
    assert choose([*reversed(many), *few], 4) == chosen


def test_half_of_the_faults_are_seen_and_always_the_same():
    every = [fault("route", FaultKind.MISSING, f"r{n}") for n in range(400)]
    seen = [one.place for one in every if one.is_seen]
    assert 160 < len(seen) < 240
    assert seen == [one.place for one in every if one.is_seen]


def test_two_faults_at_once_are_both_put_in():
    one = both(fault("route", FaultKind.MISSING, "r1"), fault("area", FaultKind.MISSING, "r2"))
    assert one.change("lab") == "lab r1 r2"
    assert [truth.nodes for truth in one.truths] == [("r1",), ("r2",)]
