"""Packets that go round and round: told from those that programs send."""

import pytest

from labs.supervisor.circles import LOOKS, Circles

SECOND = 1e9  # nanoseconds of CPU


def looks(packets, cpu, times=LOOKS + 2, every=0.5):
    """The nodes that are named, one word a look, when each node handles so many PACKETS and the lab uses CPU at each look."""
    circles = Circles()
    return [
        circles.node({name: many * look for name, many in packets.items()}, cpu * look, 1000 + every * look)
        for look in range(times)
    ]


def test_packets_without_cpu_are_a_circle_after_some_looks_in_a_row_and_the_node_with_most_is_named():
    assert looks({"h1": 10, "sw1": 60_000, "h2": 500}, 0) == ["", *[""] * (LOOKS - 1), "sw1", ""]


@pytest.mark.parametrize(
    ("packets", "cpu"),
    [(0, 0), (9_000, 0), (400_000, 0.1 * SECOND), (4_000_000, 0.5 * SECOND)],
    ids=["quiet", "a few", "a flood ping through four routers", "a whole core"],
)
def test_what_programs_send_is_no_circle(packets, cpu):
    assert set(looks({"h1": packets}, cpu)) == {""}


def test_a_burst_is_no_circle():
    circles = Circles()
    counts = [0, 100_000, 200_000, 200_001, 300_000, 400_000, 400_001]
    assert {circles.node({"h1": count}, 0, 1000 + 0.5 * at) for at, count in enumerate(counts)} == {""}


def test_a_node_that_was_reset_counts_from_its_start():
    circles = Circles()
    assert {circles.node({"h1": count}, 0, 1000 + 0.5 * at) for at, count in enumerate([900_000, 5, 9, 9, 9, 9])} == {
        ""
    }
