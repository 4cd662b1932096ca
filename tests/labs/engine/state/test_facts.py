"""The differences between two states."""

from labs.engine.state.facts import UNKNOWN, Difference, Section, as_json, differences, from_json

BLOCK = "router bgp 65001"


def of(live, model, section=Section.CONFIG):
    return list(differences({"r1": {section: live}}, {"r1": {section: model}}, "r1", section))


def test_a_statement_with_another_value_is_one_difference_and_not_two():
    [found] = of({BLOCK: "neighbor 2001:db8::2 remote-as 65009"}, {BLOCK: "neighbor 2001:db8::2 remote-as 65002"})
    assert found == Difference(
        "r1", Section.CONFIG, BLOCK, "neighbor 2001:db8::2 remote-as 65009", "neighbor 2001:db8::2 remote-as 65002"
    )


def test_a_statement_that_is_missing_or_added_is_one_difference():
    assert [(one.live, one.model) for one in of({BLOCK: "a b\nc d"}, {BLOCK: "a b\ne f"})] == [
        (None, "e f"),
        ("c d", None),
    ]


def test_a_statement_with_no_before_it_is_the_same_statement_with_another_value():
    assert [(one.live, one.model) for one in of({"interface eth0": "shutdown"}, {"interface eth0": "no shutdown"})] == [
        ("shutdown", "no shutdown")
    ]


def test_the_order_alone_is_a_difference():
    assert len(of({"f": "a\nb"}, {"f": "b\na"})) == 1
    assert of({"f": "a\nb"}, {"f": "a\nb"}) == []


def test_what_is_not_known_differs_from_nothing():
    assert of({BLOCK: "a"}, {BLOCK: UNKNOWN}) == []
    assert list(differences({"r1": {}}, {"r1": {Section.CONFIG: {BLOCK: "a"}}}, "r1", Section.CONFIG)) == []


def test_a_state_survives_its_file():
    state = {"r1": {Section.SETTINGS: {"net.ipv4.ip_forward": "1"}}}
    assert from_json(as_json(state)) == state
