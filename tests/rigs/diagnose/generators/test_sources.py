"""A text is cut into statements, each in its block, whether it is a file or typed."""

from labs.engine.definition.ad_hoc import ad_hoc_lab
from labs.engine.definition.spec import Kind, Node, StartFile
from rigs.diagnose.generators.sources import Source, Syntax, sources

FRR = """hostname r1
ipv6 route 2001:db8::/48 blackhole
interface eth0
 ipv6 ospf6 area 0
exit
router bgp 65001
 neighbor 2001:db8::2 remote-as 65002
 address-family ipv6 unicast
  neighbor 2001:db8::2 activate
 exit-address-family
 bgp router-id 10.0.0.1
exit
"""
BIRD = """# a comment
protocol ospf v3 inside {
  ipv6 { import all; };
  area 0 {
    interface "eth0" {
      hello 1;
    };
  };
}
router id 10.0.0.3;
"""


def modes(part, text):
    return {one.text: one.mode for one in Source("r1", part, tuple(text.splitlines())).statements()}


def test_a_line_of_frr_knows_the_blocks_around_it():
    found = modes("/etc/frr/frr.conf", FRR)
    assert found["ipv6 ospf6 area 0"] == ("interface eth0",)
    assert found["neighbor 2001:db8::2 activate"] == ("router bgp 65001", "address-family ipv6 unicast")
    assert found["bgp router-id 10.0.0.1"] == ("router bgp 65001",)
    assert found["ipv6 route 2001:db8::/48 blackhole"] == ()


def test_a_statement_of_bird_knows_the_blocks_around_it():
    found = modes("/etc/bird/bird.conf", BIRD)
    assert found["hello 1;"] == ("protocol ospf v3 inside", "area 0", 'interface "eth0"')
    assert found["ipv6 { import all; };"] == ("protocol ospf v3 inside",)
    assert found["router id 10.0.0.3;"] == ()


def test_typed_lines_are_of_bash_until_frr_is_configured():
    typed = (
        "ip -6 route add default via 2001:db8::1",
        "vtysh",
        "conf t",
        "interface lo",
        "ipv6 ospf6 area 0",
        "end",
        "exit",
        "nginx",
    )
    found = [(one.text, one.syntax, one.mode) for one in Source("r1", "typed one", typed).statements()]
    assert found == [
        ("ip -6 route add default via 2001:db8::1", Syntax.BASH, ()),
        ("interface lo", Syntax.FRR, ()),
        ("ipv6 ospf6 area 0", Syntax.FRR, ("interface lo",)),
        ("nginx", Syntax.BASH, ()),
    ]


def test_each_text_of_a_lab_can_be_changed_without_the_others():
    file = StartFile(path="/etc/frr/frr.conf", content=FRR.encode(), executable=False)
    node = Node(name="r1", kind=Kind.FRR, files=(file,), start=("true", "nginx"))
    lab = ad_hoc_lab("one", [node], [], solution={"s": {"r1": ("ls", "pwd")}})
    by_part = {one.part: one for one in sources(lab)}
    assert set(by_part) == {"/etc/frr/frr.conf", "start", "typed s"}
    assert by_part["start"].replaced(1, (), lab).nodes["r1"].start == ("true",)
    assert by_part["typed s"].replaced(0, ("cd", "ls"), lab).solution == {"s": {"r1": ("cd", "ls", "pwd")}}
    changed = by_part["/etc/frr/frr.conf"].replaced(0, ("hostname r9",), lab)
    assert changed.nodes["r1"].files[0].content.decode() == FRR.replace("hostname r1", "hostname r9")
    assert lab.nodes["r1"].files[0].content.decode() == FRR
