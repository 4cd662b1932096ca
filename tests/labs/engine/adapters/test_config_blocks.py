"""Configurations of FRR and BIRD as lines, each with the heads of the blocks around it."""

from labs.engine.adapters import config_blocks

FRR = """Building configuration...

Current configuration:
!
frr version 10.3
hostname r1
!
interface eth0
 ipv6 ospf6 area 0
exit
!
router bgp 65001
 neighbor 2001:db8::2 remote-as 65002
 !
 address-family ipv6 unicast
  neighbor 2001:db8::2 activate
 exit-address-family
exit
!
router bgp 65003 vrf red
exit
end
"""
BIRD = """
# the router
router id 10.0.0.1;  /* of
  two lines */
protocol bgp up1 {
    local 2001:db8::1 as 65001;
    ipv6 { import all; export none; };
}
protocol static { ipv6; }
/* a comment without an end
protocol bgp hidden { }
"""


def test_a_line_of_frr_has_the_heads_of_its_blocks():
    read = config_blocks.of_frr(FRR)
    assert [(line.text, line.heads) for line in read.lines if "activate" in line.text] == [
        ("neighbor 2001:db8::2 activate", ("router bgp 65001", "address-family ipv6 unicast"))
    ]
    assert read.find("hostname").heads == ()
    assert not any(line.text in ("exit", "end", "!", "exit-address-family") for line in read.lines)


def test_lines_are_found_within_their_block_only():
    read = config_blocks.of_frr(FRR)
    assert read.after("neighbor", "router bgp 65001") == "2001:db8::2 remote-as 65002"
    assert read.after("neighbor", "router bgp 65003") is None
    assert read.after("neighbor") is None
    assert read.after("ipv6 ospf6", "interface eth0") == "area 0"


def test_the_head_of_a_block_may_be_named_by_its_first_words():
    read = config_blocks.of_frr(FRR)
    assert [line.text for line in read.within("router bgp", "address-family")] == ["neighbor 2001:db8::2 activate"]
    assert read.within("router bg") == []


def test_heads_are_outermost_and_listed_once():
    assert config_blocks.of_frr(FRR + FRR).heads("router bgp") == ["router bgp 65001", "router bgp 65003 vrf red"]


def test_a_statement_of_bird_ends_with_a_semicolon_or_opens_a_block():
    read = config_blocks.of_bird(BIRD)
    assert [(line.text, line.heads) for line in read.lines] == [
        ("router id 10.0.0.1", ()),
        ("protocol bgp up1", ()),
        ("local 2001:db8::1 as 65001", ("protocol bgp up1",)),
        ("ipv6", ("protocol bgp up1",)),
        ("import all", ("protocol bgp up1", "ipv6")),
        ("export none", ("protocol bgp up1", "ipv6")),
        ("protocol static", ()),
        ("ipv6", ("protocol static",)),
    ]


def test_a_line_begins_with_whole_words():
    line = config_blocks.Line("neighbor 2001:db8::2 remote-as 65002")
    assert line.rest("neighbor") == "2001:db8::2 remote-as 65002"
    assert line.rest("neigh") is None
    assert line.rest(line.text) == ""


def test_bird_names_a_protocol_itself_when_the_configuration_does_not():
    assert config_blocks.bird_protocol_name("protocol bgp up1") == "up1"
    assert config_blocks.bird_protocol_name("protocol bgp") == "bgp1"
    assert config_blocks.bird_protocol_name("protocol ospf v3") == "ospf1"


def test_a_long_or_deep_configuration_has_an_end():
    assert len(config_blocks.of_frr("a\n" * 10_000).lines) == config_blocks.MOST
    assert len(config_blocks.of_bird("a;" * 10_000).lines) <= config_blocks.MOST
    assert max(len(line.heads) for line in config_blocks.of_bird("a{" * 100).lines) <= config_blocks.DEEPEST
    assert (
        max(len(line.heads) for line in config_blocks.of_frr("\n".join(" " * n + "a" for n in range(100))).lines)
        <= config_blocks.DEEPEST
    )


def test_a_block_is_named_by_its_whole_head():
    read = config_blocks.of_bird("protocol bgp { local as 1; ipv6 { import all; }; } protocol bgp up1 { local as 2; }")
    assert [line.text for line in read.block("protocol bgp")] == ["local as 1", "ipv6"]
    assert [line.text for line in read.block("protocol bgp", "ipv6")] == ["import all"]
    assert [line.text for line in read.within("protocol bgp")] == ["local as 1", "ipv6", "local as 2"]
