"""Shapes of values in a YAML file: what they read, what they say of a mistake, and the schema for editors."""

from ipaddress import ip_address, ip_interface, ip_network

import jsonschema
import pytest

from labs.typed_yaml import shapes

NAME = shapes.Word("a name", r"[a-z]+")
NODE = shapes.Record(
    "A node",
    {
        "kind": shapes.Field(shapes.Choice(("host", "router")), "What it is", required=True),
        "start": shapes.Field(shapes.ListOf(shapes.Word(), single=True), "Commands"),
        "memory": shapes.Field(shapes.Number(1, 64), "In MB"),
    },
)


def read(shape, value, path=("nodes", "r1")):
    problems = shapes.Problems()
    return shape.read(value, path, problems), [message for _path, message in problems.found]


@pytest.mark.parametrize(
    ("shape", "value", "clean"),
    [
        (shapes.Word(), "  text ", "text"),
        (NAME, "abc", "abc"),
        (shapes.Choice(("up", "down")), "up", "up"),
        (shapes.Flag(), False, False),
        (shapes.Number(0, 5), 5, 5),
        (shapes.Number(0, 5, whole=False), 0.5, 0.5),
        (shapes.Address("address"), "2001:db8::1", ip_address("2001:db8::1")),
        (shapes.Address("prefix"), "default", ip_network("::/0")),
        (shapes.Address("interface", 4), "192.0.2.1/24", ip_interface("192.0.2.1/24")),
        (shapes.ListOf(NAME), ["a", "b"], ("a", "b")),
        (shapes.ListOf(NAME, single=True), "a", ("a",)),
        (shapes.MapOf(NAME, shapes.Flag()), {"a": True}, {"a": True}),
        (NODE, {"kind": "host", "start": "x"}, {"kind": "host", "start": ("x",)}),
        (shapes.AnyMap(), {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_value_of_its_shape_is_read_without_a_message(shape, value, clean):
    assert read(shape, value) == (clean, [])
    jsonschema.validate(value, shape.schema())


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        (NAME, "A1", 'r1 must be a name, not "A1".'),
        (shapes.Word(longest=3), "long", 'r1 must be a text, not "long".'),
        (shapes.Word(), "  ", 'r1 must be a text, not "  ".'),
        (shapes.Choice(("router", "host")), "hots", 'r1 cannot be "hots": did you mean "host"?'),
        (shapes.Choice(("router", "host")), 7, "r1 cannot be 7: use one of router, host."),
        (shapes.Flag(), "yes", 'r1 must be true or false, not "yes".'),
        (shapes.Number(0, 5), 6, "r1 must be a whole number from 0 to 5, not 6."),
        (shapes.Number(0, 5), 1.5, "r1 must be a whole number from 0 to 5, not 1.5."),
        (shapes.Number(0, 5), True, "r1 must be a whole number from 0 to 5, not true."),
        (shapes.Address("interface"), "2001:db8::1", "r1 must be an address with its prefix length, such as"),
        (shapes.Address("prefix"), "2001:db8::1/48", "r1 must be a prefix such as 2001:db8::/48, without bits after"),
        (shapes.Address("address", 6), "192.0.2.1", 'r1 must be of IPv6, and "192.0.2.1" is of IPv4.'),
        (shapes.ListOf(NAME), "a", 'r1 must be a list, not "a".'),
        (shapes.ListOf(NAME, least=2), ["a"], "r1 needs 2 or more entries."),
        (shapes.MapOf(NAME, NAME), [], "r1 must be a mapping, not a list."),
        (shapes.MapOf(NAME, NAME, least=1), {}, "r1 needs 1 or more entries."),
        (shapes.MapOf(NAME, NAME), {"A": "a"}, '"A" is not a valid name here. Use a name.'),
        (NODE, {}, 'A node needs "kind": What it is'),
        (NODE, {"kind": "host", "stat": "x"}, 'A node has no key "stat": did you mean "start"?'),
        (NODE, None, "r1 must be a mapping with kind, start, memory, not nothing."),
        (shapes.AnyMap(), "x", 'r1 must be a mapping, not "x".'),
    ],
)
def test_a_mistake_is_named_with_what_to_do(shape, value, message):
    _clean, [said] = read(shape, value)
    assert said.startswith(message)


def test_all_mistakes_are_reported_and_what_is_right_is_read():
    value = {"kind": "hots", "start": ["a", 7, "b"], "memory": 0}
    clean, messages = read(NODE, value)
    assert clean == {"start": ("a", "b")}
    assert len(messages) == 3
    problems = shapes.Problems()
    NODE.read(value, (), problems)
    assert [path for path, _message in problems.found] == [("kind",), ("start", 1), ("memory",)]


def test_an_entry_of_a_list_is_named_by_its_list():
    assert shapes.named(("nodes", "r1", "start", 1)) == "An entry of start"
    assert shapes.named(("nodes", "r1")) == "r1"
    assert shapes.named(()) == "The file"


def test_a_value_can_be_missing_without_being_wrong():
    assert read(shapes.ListOf(NAME, single=True), "A1")[0] is shapes.MISSING


def test_a_record_may_keep_its_place_for_later_messages():
    placed = shapes.Record("A node", NODE.fields, placed=True)
    assert read(placed, {"kind": "host"})[0] == {shapes.PLACE: ("nodes", "r1"), "kind": "host"}


def test_long_values_are_shown_shortened():
    assert shapes.shown("x" * 100) == f'"{"x" * 60}"'
    assert shapes.shown({"a": 1}) == "a mapping"
