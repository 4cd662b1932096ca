"""The hints of drafted checks: the one that shows a missing line names the block of the configuration in which it is typed."""

from labs.engine.drafting.hints import block_of

LINES = (
    "vtysh",
    "configure terminal",
    "interface eth2",
    "ipv6 ospf6 area 0",
    "ipv6 ospf6 hello-interval 1",
    "exit",
    "router ospf6",
    "ospf6 router-id 10.0.0.1",
    "end",
)


def test_the_block_of_a_line_is_the_nearest_head_above_it():
    assert block_of(LINES, LINES.index("ipv6 ospf6 hello-interval 1")) == "interface eth2"
    assert block_of(LINES, LINES.index("ospf6 router-id 10.0.0.1")) == "router ospf6"


def test_a_line_that_begins_a_block_is_in_none():
    assert block_of(LINES, LINES.index("router ospf6")) == ""
    assert block_of(LINES, LINES.index("interface eth2")) == ""
