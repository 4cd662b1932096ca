"""Weighing what netfilter keeps for a node and charges to nobody."""

import contextlib
import errno
import struct

import pytest

from labs.supervisor.kernel_memory import netfilter_objects
from labs.supervisor.kernel_memory.netfilter_objects import ELEMENT, EXPRESSIONS, GET_OBJECT, MODULES, NAME, NEW_RULE
from labs.supervisor.netlink import attribute
from tests.labs.supervisor.netlink_answers import DONE, message

MOST = 40 << 20
FAMILY = struct.pack("=BBH", 2, 0, 0)


def rule(*names):
    """A rule with these expressions, as the kernel tells of it."""
    listed = b"".join(attribute(ELEMENT | 0x8000, attribute(NAME, name + b"\0")) for name in names)
    told = attribute(1, b"t\0") + attribute(2, b"c\0") + attribute(EXPRESSIONS | 0x8000, listed)
    return message(NEW_RULE, FAMILY + told)


@pytest.fixture
def weigh(dumps, tmp_path, monkeypatch):
    """Weigh a network whose rules are these. OBJECTS: the answers about objects; MODULES: those that the kernel has loaded."""
    asked = []

    def dump(asking, kind, head):
        asked.append(kind)
        yield from made["rules"] if kind == netfilter_objects.GET_RULE else []

    made = {}

    def weigh(*rules, objects=None, modules=()):
        for module in modules:
            (tmp_path / module).mkdir()
        made["rules"] = rules
        monkeypatch.setattr(netfilter_objects, "LOADED", tmp_path)
        monkeypatch.setattr(netfilter_objects, "kernel_socket", lambda pid, protocol: contextlib.nullcontext())
        monkeypatch.setattr(netfilter_objects, "dump", dump)
        monkeypatch.setattr(
            netfilter_objects, "count_bytes", lambda asking, kind, head, most: (objects or {}).get(kind, 0)
        )
        return netfilter_objects.weigh(7, MOST)

    return weigh


def test_rules_of_nftables_alone_hold_nothing(weigh):
    assert weigh(rule(b"payload", b"cmp", b"immediate") + rule(b"ct", b"counter")) == 0


@pytest.mark.parametrize("extension", [b"match", b"target"])
def test_a_node_with_an_extension_of_x_tables_counts_as_full(weigh, extension):
    """40,000 matches "string" held 80 MB, and the lab was charged for 30."""
    assert weigh(rule(b"cmp"), rule(b"cmp") + rule(b"payload", extension)) > MOST


def test_a_node_with_more_rules_than_the_guard_can_read_counts_as_full(weigh, monkeypatch):
    monkeypatch.setattr(netfilter_objects, "MOST_RULES", 1000)
    assert weigh(rule(b"cmp")) == 0
    assert weigh(*[rule(b"cmp")] * 20) > MOST


def test_objects_count_by_what_is_told_of_them(weigh):
    told = {GET_OBJECT: 1000, MODULES["nfnetlink_acct"]: 20, MODULES["nfnetlink_cttimeout"]: 3}
    assert weigh(objects=told) == 8 * 1000
    assert weigh(objects=told, modules=MODULES) == 8 * 1023


def test_a_rule_that_is_cut_off_has_no_extension():
    assert not netfilter_objects.has_extension(b"")
    assert not netfilter_objects.has_extension(FAMILY + b"\xff" * 7)


def test_a_kernel_without_netfilter_keeps_nothing(monkeypatch):
    def none(pid, protocol):
        raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")

    monkeypatch.setattr(netfilter_objects, "kernel_socket", none)
    assert netfilter_objects.weigh(7, MOST) == 0


def test_the_kernel_is_asked_for_all_rules(dumps, monkeypatch):
    monkeypatch.setattr(
        netfilter_objects,
        "kernel_socket",
        lambda pid, protocol: contextlib.nullcontext(dumps(rule(b"cmp"), rule(b"match"), DONE)),
    )
    assert netfilter_objects.weigh(7, MOST) > MOST
