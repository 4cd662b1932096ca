"""The entries of conntrack in a node, and the limits and the weight of its fragments, without a kernel."""

import contextlib
import socket
import struct

import pytest

from labs.supervisor import conntrack, network_files

QUESTION = struct.pack("=IHHII4x", 20, 1 << 8 | 4, 1, 0, 0)


@pytest.fixture
def limit(tmp_path, monkeypatch):
    """A function that writes the limit of a node's fragments, and weighs them."""
    monkeypatch.setattr(conntrack.syscalls, "network_of", lambda _pid: contextlib.nullcontext())
    monkeypatch.setattr(conntrack, "SYSCTLS", tmp_path)
    (tmp_path / conntrack.HIGH).parent.mkdir()

    def weigh(text):
        (tmp_path / conntrack.HIGH).write_text(text)
        return conntrack.weigh_fragments(77)

    return weigh


def test_fragments_of_ipv6_are_bounded_from_the_lower_limit_on():
    """The kernel refuses an upper limit that is below the lower one."""
    low, high = conntrack.LIMITS
    assert (low, high) == tuple(f"netfilter/nf_conntrack_frag6_{one}_thresh" for one in ("low", "high"))
    assert conntrack.LIMITS[low] < conntrack.LIMITS[high] <= 262_144


def test_a_kernel_that_has_conntrack_is_not_asked_for_it(tmp_path, conntrack_questions):
    conntrack.load(tmp_path)
    assert conntrack_questions == [(socket.AF_NETLINK, socket.SOCK_RAW, 12), QUESTION]
    conntrack_questions.clear()
    for name in conntrack.LIMITS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    conntrack.load(tmp_path)
    assert conntrack_questions == []


def test_fragments_count_up_to_the_limit_that_we_have_set(limit):
    assert limit(f"{conntrack.LIMITS[conntrack.HIGH]}\n") == 262_144


def test_where_conntrack_came_after_the_node_only_what_is_above_the_kernels_limit_counts(limit):
    assert limit("4194304\n") == 0
    assert limit("5194304\n") == 1_000_000


def test_fragments_whose_limit_cannot_be_read_weigh_nothing(limit, tmp_path):
    assert limit("") == 0
    (tmp_path / conntrack.HIGH).unlink()
    assert conntrack.weigh_fragments(77) == 0


@pytest.mark.parametrize("text", ["", "entries\n", "entries\n\n", "entries\nmany 0\n"])
def test_a_file_of_entries_that_cannot_be_read_counts_none(tmp_path, monkeypatch, text):
    monkeypatch.setattr(network_files, "PROCESSES", tmp_path)
    file = tmp_path / "77/net/stat/nf_conntrack"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert conntrack.tracked_connections(77) == 0
