"""Queueing disciplines, classes and filters as a save has them, and forged ones."""

import base64
import struct

import pytest

from labs.supervisor.netlink import attribute, attributes
from labs.supervisor.saved_work import traffic_control
from labs.supervisor.saved_work.traffic_control import why_left_out


def item(what, kind, options=b"", **more):
    packed = {"1": base64.b64encode(kind.encode() + b"\0").decode()}
    if options:
        packed["2"] = base64.b64encode(options).decode()
    return {
        "what": what,
        "dev": "eth0",
        "kind": kind,
        "handle": 0x10000,
        "parent": 0,
        "info": 0,
        "attributes": packed,
    } | more


def options_of(kept):
    return dict(attributes(base64.b64decode(kept["attributes"]["2"])))


def action(name, number=1):
    return attribute(number, attribute(1, name + b"\0") + attribute(2, b""))


def test_disciplines_and_classes_are_saved():
    assert why_left_out(item("qdisc", "pfifo", struct.pack("=I", 77))) == ""
    assert why_left_out(item("class", "htb")) == ""


def test_htb_is_saved_with_its_major_version_only():
    """The kernel reports version 3.17 in two halves, and accepts the first only."""
    told = struct.pack("=IIIII", 0x30011, 10, 0, 0, 0)
    kept = item("qdisc", "htb", attribute(2, told) + attribute(5, b"more"))
    assert why_left_out(kept) == ""
    assert options_of(kept) == {2: struct.pack("=IIIII", 3, 10, 0, 0, 0), 5: b"more"}


def test_a_filter_that_the_kernel_creates_itself_is_not_saved():
    assert why_left_out(item("filter", "u32")) is None
    assert why_left_out(item("filter", "u32", attribute(1, b"x"), handle=0x80000000)) is None


@pytest.mark.parametrize(("kind", "place"), [("u32", 7), ("flower", 3), ("matchall", 2), ("fw", 4), ("basic", 3)])
def test_a_filter_with_an_action_of_this_lab_is_left_out_with_a_reason(kind, place):
    simple = attribute(place, action(b"gact") + action(b"vlan", 2))
    mirred = attribute(place, action(b"gact") + action(b"mirred", 2))
    assert why_left_out(item("filter", kind, attribute(1, b"id") + simple, handle=7)) == ""
    assert why_left_out(item("filter", kind, attribute(1, b"id") + mirred, handle=7)) == "its action, mirred"
    assert (
        why_left_out(item("filter", kind, attribute(1, b"id") + attribute(place, attribute(1, b"")))) == "its action, "
    )


def test_a_filter_of_an_unknown_kind_is_left_out():
    assert why_left_out(item("filter", "bpf", attribute(1, b"x"))) == "its kind, bpf"


def test_read_only_flags_are_removed():
    kept = item("filter", "flower", attribute(1, b"id") + attribute(22, bytes(4)), handle=7)
    assert why_left_out(kept) == ""
    assert options_of(kept) == {1: b"id"}


class Kernel(traffic_control.TcSocket):
    """Answers as the kernel does to an item whose parent does not exist yet. It opens no socket."""

    def __init__(self):
        self._numbers, self.there, self.asked = {"eth0": 3}, {0}, []

    def _ask(self, kind, flags, body):
        _, index, handle, parent, _info = traffic_control.MESSAGE.unpack_from(body)
        self.asked.append((kind, index, handle, parent))
        if parent not in self.there:
            raise OSError(2, "No such file or directory")
        self.there.add(handle)
        return iter(())


def test_items_are_created_after_their_parents_in_any_order():
    kernel = Kernel()
    chain = [
        item("class", "htb", handle=3, parent=2),
        item("class", "htb", handle=2, parent=1),
        item("qdisc", "htb", handle=1),
    ]
    assert kernel.make_all(chain) == []
    assert kernel.there == {0, 1, 2, 3}


def test_items_without_a_parent_are_reported_and_end_the_retries():
    kernel = Kernel()
    lost = [item("class", "htb", handle=number, parent=99) for number in range(1, 5)]
    assert (
        kernel.make_all([*lost, item("qdisc", "htb", handle=9)]) == ["tc class on eth0: No such file or directory"] * 4
    )
    assert len(kernel.asked) == 9


@pytest.mark.parametrize(
    "change",
    [
        {"attributes": []},
        {"attributes": {"x": ""}},
        {"attributes": {"2": "not base64"}},
        {"attributes": {"2": 7}},
        {"attributes": {"2": base64.b64encode(bytes(70_000)).decode()}},
        {"handle": "x"},
        {"handle": -1},
        {"handle": 1 << 40},
        {"parent": None},
        {"what": "link"},
        {"what": []},
        {"dev": "eth9"},
        {"dev": {}},
        {"info": float("inf")},
    ],
)
def test_a_forged_item_is_refused_without_asking_the_kernel(change):
    kernel = Kernel()
    [said] = kernel.make_all([item("qdisc", "pfifo") | change])
    assert said.endswith("not understood")
    assert kernel.asked == []


def test_a_value_that_is_not_an_item_is_refused():
    kernel = Kernel()
    assert kernel.make_all([{}])[0].endswith("not understood")
    with pytest.raises((TypeError, AttributeError)):  # restoring says so of the node
        kernel.make_all(["text"])
