"""Weighing a node from dumps of the kernel."""

import contextlib
import struct

import pytest

from labs.supervisor import conntrack, network_files
from labs.supervisor.kernel_memory import weighing
from labs.supervisor.netlink import attribute
from labs.supervisor.queueing_disciplines import disciplines
from tests.labs.supervisor.netlink_answers import DONE, message, qdisc

EMPTY = weighing.DISCIPLINE


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch):
    monkeypatch.setattr(weighing.os, "cpu_count", lambda: 2)


def link(interface, length=1000, sending=0, receiving=0, more=b""):
    numbers = zip((weighing.TXQLEN, *weighing.QUEUES), (length, sending, receiving), strict=True)
    told = b"".join(attribute(name, struct.pack("=I", number)) for name, number in numbers)
    return message(16, struct.pack("=BxHiII", 0, 1, interface, 0, 0) + told + more)


def read(dumps, *datagrams):
    return list(disciplines(dumps(*datagrams, DONE)))


def held(dumps, there, *answers):
    """The bytes of these disciplines, without those of the interfaces."""
    found = read(dumps, *there)
    interfaces = sum(weighing.INTERFACE for one in {one.interface for one in found} if answers[0] != DONE)
    return weighing.discipline_bytes(dumps(*answers), found) - interfaces


def test_interfaces_count_with_their_queues(dumps):
    answers = (link(1), link(2, sending=2, receiving=1), DONE)
    assert weighing.discipline_bytes(dumps(*answers), ()) == 2 * weighing.INTERFACE + 3 * weighing.QUEUE


def test_queues_beyond_one_for_each_cpu_in_both_directions_count_as_queues_that_collect_packets(dumps):
    answers = (link(2, sending=1024, receiving=512), DONE)
    queues = 4 * weighing.QUEUE + 1532 * weighing.COLLECTING
    assert weighing.discipline_bytes(dumps(*answers), ()) == weighing.INTERFACE + queues


def test_an_interface_with_a_long_message_counts_with_the_addresses_in_it(dumps):
    """Those that a macvlan takes packets from, 64 bytes each."""
    addresses = attribute(40, attribute(5, bytes(6)) * 2000)
    held = weighing.discipline_bytes(dumps(link(1, more=addresses), DONE), ())
    assert held > weighing.INTERFACE + 2000 * 64


def test_the_tables_of_netem_for_delays_count(dumps):
    assert held(dumps, (qdisc(1, kind=b"netem"),), link(1), DONE, DONE, DONE) == EMPTY + weighing.DELAYS


def test_a_filter_with_many_actions_counts_by_its_message(dumps):
    filters = message(44, bytes(8000))
    answers = (link(1), DONE, DONE, filters, DONE)
    assert held(dumps, (qdisc(1, kind=b"prio"),), *answers) == EMPTY + weighing.OF_FILTER * 8000


def made(kind):
    """The part of a message that tells the kind of an interface."""
    return attribute(weighing.LINK_INFO, attribute(weighing.INFO_KIND, kind + b"\0"))


@pytest.mark.parametrize("kind", [b"veth", b"bridge", b"vlan", b"vrf", b"sit", b"wireguard"])
def test_an_interface_of_a_kind_that_labs_use_counts_as_any_other(dumps, kind):
    assert weighing.discipline_bytes(dumps(link(3, more=made(kind)), DONE), ()) == weighing.INTERFACE


@pytest.mark.parametrize("kind", [b"gtp", b"macsec", b"", b"a-new-kind"])
def test_an_interface_of_a_kind_whose_memory_nobody_weighs_counts_as_full(dumps, kind):
    held = weighing.discipline_bytes(dumps(link(1), link(3, more=made(kind)), DONE), ())
    assert (held > weighing.MOST) == bool(kind)


def test_labels_of_ipv6_addresses_are_asked_for_and_count():
    assert (weighing.GET_LABEL, struct.pack("=B11x", 10), 1024) in weighing.TABLES


@pytest.mark.parametrize("folder", weighing.XTABLES)
def test_a_node_with_tables_of_hashlimit_or_recent_counts_as_full(tmp_path, monkeypatch, folder):
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)
    monkeypatch.setattr(conntrack, "weigh_fragments", lambda pid: 0)
    (tmp_path / "77/net" / folder).mkdir(parents=True)
    assert weighing.weigh_files(77) == 0
    (tmp_path / "77/net" / folder / "a-table").touch()
    assert weighing.weigh_files(77) > weighing.MOST


def test_empty_disciplines_count(dumps):
    fq = attribute(weighing.FLOWS, struct.pack("=I", 100))
    there = (qdisc(1, kind=b"fq_codel", options=fq),)
    assert held(dumps, there, link(1), DONE, DONE, DONE) == EMPTY + 100 * weighing.FLOW


def test_neighbours_entered_as_proxies_are_asked_for_and_count():
    """The kernel lists them only where the header has the flag (NTF_PROXY), and without an interface those of all."""
    assert struct.pack("=BxxxiHBB", 0, 0, 0, 1 << 3, 0) == weighing.PROXIES
    [size] = [size for _, head, size in weighing.TABLES if head == weighing.PROXIES]
    assert size >= 64, "what one takes on Linux 6.18"


def test_a_discipline_that_may_be_large_counts_as_large(dumps):
    assert held(dumps, (qdisc(1, kind=b"cake"),), link(1), DONE, DONE, DONE) == EMPTY + weighing.LARGE


def test_pfifo_fast_has_rings_as_long_as_the_queue_of_its_interface(dumps):
    there = (qdisc(4, kind=b"pfifo_fast"),)
    assert held(dumps, there, link(4, 500_000), DONE) == EMPTY + 500_000 * weighing.PLACE


@pytest.mark.parametrize("kind", [b"mq", b"mqprio"])
def test_the_queues_of_an_interface_that_are_not_used_count(dumps, kind):
    """mq makes a ring for each queue that the interface may have, and lists those that are used."""
    answers = (link(1, sending=12), DONE)
    most = EMPTY + 12 * 1000 * weighing.PLACE + 4 * weighing.QUEUE + 8 * weighing.COLLECTING
    assert held(dumps, (qdisc(1, kind=kind),), *answers) == most


def test_an_interface_that_is_in_no_list_counts_as_large(dumps):
    there = (qdisc(1, kind=b"pfifo_fast"),)
    assert held(dumps, there, DONE) == EMPTY + weighing.HIDDEN.length * weighing.PLACE


def test_classes_count_on_each_interface_with_a_discipline(dumps):
    classes = message(40, bytes(20)) * 7
    there = (qdisc(1, kind=b"htb"), qdisc(2, kind=b"noqueue"))
    assert held(dumps, there, link(1), link(2), DONE, classes, DONE, *[DONE] * 8) == 2 * EMPTY + 7 * weighing.CLASS


def test_the_filters_of_a_discipline_and_of_its_classes_count(dumps):
    filters = message(44, bytes(30))
    there = (qdisc(1, kind=b"htb"),)
    answers = (link(1), DONE, message(40, bytes(20)), DONE, filters * 5, DONE, filters * 2, DONE)
    assert held(dumps, there, *answers) == EMPTY + weighing.CLASS + 7 * weighing.FILTER


def test_the_filters_of_both_directions_of_clsact_count(dumps):
    filters = message(44, bytes(30))
    answers = (link(1), DONE, DONE, message(2, bytes(20)), filters * 3, DONE, filters, DONE)
    assert held(dumps, (qdisc(1, kind=b"clsact"),), *answers) == EMPTY + 4 * weighing.FILTER


def test_a_node_with_more_classes_than_a_reading_may_take_counts_as_full(dumps):
    classes = message(40, bytes(20)) * (weighing.MANY_CLASSES + 1)
    found = read(dumps, qdisc(1, kind=b"htb"))
    assert weighing.discipline_bytes(dumps(link(1), DONE, classes, DONE), found) > weighing.MOST


def test_an_option_with_a_wrong_length_counts_as_the_default(dumps):
    there = (qdisc(1, kind=b"fq_codel", options=attribute(weighing.FLOWS, b"\1")),)
    assert held(dumps, there, link(1), DONE, DONE, DONE) == EMPTY + weighing.MANY * weighing.FLOW


def test_addresses_for_multicast_groups_fragments_routes_and_exceptions_count_by_files(tmp_path, monkeypatch):
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)
    monkeypatch.setattr(conntrack, "weigh_fragments", lambda pid: 0)
    folder = tmp_path / "77/net"
    folder.mkdir(parents=True)
    (folder / "dev_mcast").write_text("4 d0 1 1 01005e000001\n" * 30_000)
    (folder / "sockstat").write_text("sockets: used 0\nFRAG: inuse 2 memory 70000\n")
    (folder / "sockstat6").write_text("FRAG6: inuse 1 memory 5\n")
    (folder / "rt6_stats").write_text("0000 0001 0000 0003 0011 0009 0000\n")
    others = 30_000 * weighing.ADDRESS + 70_005
    assert weighing.weigh_files(77) == others + 3 * weighing.ROUTE6 + 17 * weighing.EXCEPTION6
    (folder / "rt6_stats").write_text("0000\n")
    assert weighing.weigh_files(77) == others > weighing.MOST


def test_all_tables_are_weighed_until_it_is_too_much(monkeypatch):
    monkeypatch.setattr(weighing, "kernel_socket", lambda pid: contextlib.nullcontext())
    monkeypatch.setattr(weighing, "disciplines", lambda asking: [])
    monkeypatch.setattr(weighing, "discipline_bytes", lambda asking, there: 1)
    monkeypatch.setattr(weighing, "count_entries", lambda asking, kind, head, most: 0)
    monkeypatch.setattr(weighing.neighbour_queues, "weigh", lambda pid, asking: 10)
    monkeypatch.setattr(weighing.next_hops, "weigh", lambda asking, most: 60)
    monkeypatch.setattr(weighing.routes, "weigh", lambda asking, most: 40)
    monkeypatch.setattr(weighing.packets, "weigh_dumps", lambda pid, asking, most: 10_000)
    monkeypatch.setattr(weighing.sockets_and_tables, "weigh_dumps", lambda pid, asking, most: 100_000)
    monkeypatch.setattr(weighing.bridge_vlans, "weigh", lambda asking, most: 1_000_000)
    monkeypatch.setattr(weighing.mpls, "weigh", lambda pid, most: 10_000_000)
    monkeypatch.setattr(weighing.netfilter_objects, "weigh", lambda pid, most: 20_000_000)
    for vnis, held in ((1000, 31_111_111), (weighing.MOST, weighing.MOST + 111)):
        monkeypatch.setattr(weighing.vni_filters, "weigh", lambda asking, most, vnis=vnis: vnis)
        assert weighing.weigh_dumps(77) == held
