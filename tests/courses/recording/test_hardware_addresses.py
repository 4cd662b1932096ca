"""MAC addresses, which the kernel draws, and what is made from them are the same in each recording."""

from courses.recording.hardware_addresses import drawn, with_stable_macs
from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Node

MACS = {"de:0a:9c:89:b4:ca": "00:00:5e:00:53:00", "26:25:53:08:e0:b4": "00:00:5e:00:53:01"}


class Answers:
    """A lab in which each interface has a MAC address of its own."""

    def ask(self, asks, *, seconds=10):
        by_node = {
            "h1": [("lo", "00:00:00:00:00:00"), ("eth0", "26:25:53:08:e0:b4")],
            "r1": [("eth0", "de:0a:9c:89:b4:ca")],
        }
        return [
            {"ok": True, "json": [{"ifname": name, "address": mac} for name, mac in by_node[ask["node"]]]}
            for ask in asks
        ]


def test_each_interface_gets_an_address_for_documentation_in_the_order_of_the_lab():
    nodes = [Node(name="r1", kind=Kind.HOST), Node(name="h1", kind=Kind.HOST), Node(name="s1", kind=Kind.SWITCH)]
    lab = ad_hoc_lab("a-lab", nodes, [link("r1:eth0", "s1:p1"), link("h1:eth0", "s1:p2")])
    assert drawn(lab, Answers()) == MACS


def test_what_is_made_from_a_mac_address_follows_it():
    printed = (
        "link/ether de:0a:9c:89:b4:ca\nSource link-layer address: DE:0A:9C:89:B4:CA\n"
        "inet6 fe80::dc0a:9cff:fe89:b4ca/64\nvia 2001:db8::dc0a:9cff:fe89:b4ca dev eth0\n"
        "who has ff02::1:ff89:b4ca, fe80::2425:53ff:fe08:e0b4"
    )
    assert with_stable_macs(printed, MACS) == (
        "link/ether 00:00:5e:00:53:00\nSource link-layer address: 00:00:5E:00:53:00\n"
        "inet6 fe80::200:5eff:fe00:5300/64\nvia 2001:db8::200:5eff:fe00:5300 dev eth0\n"
        "who has ff02::1:ff00:5300, fe80::200:5eff:fe00:5301"
    )


def test_other_addresses_stay():
    printed = "fe80::1 2001:db8::1 ff02::1 ff02::1:ff00:1 02:00:00:00:00:01 10:00:00 192.0.2.1"
    assert with_stable_macs(printed, MACS) == printed
