"""The guard: when it weighs a lab, and which node it ends."""

import asyncio
import errno
from types import SimpleNamespace

import pytest

from labs.supervisor import network_files
from labs.supervisor.kernel_memory import guard
from labs.supervisor.netlink import Unfinished


class Lab:
    dead = ()

    def __init__(self, **held):
        self.held = held

    def names(self):
        return list(self.held)

    def space(self, name):
        return SimpleNamespace(pid=self.held[name], up=name not in self.dead)


@pytest.fixture(autouse=True)
def no_child(monkeypatch):
    """A child's changes stay in the child, and these tests look at them."""

    async def here(work):
        return work()

    monkeypatch.setattr(guard, "in_a_child", here)
    monkeypatch.setattr(guard, "own_cpu", lambda: 0)
    monkeypatch.setattr(guard.proxied_queues, "empty_long", lambda pids: False)


@pytest.fixture
def weighed(monkeypatch):
    def weigh(held):
        if isinstance(held, Exception):
            raise held
        return held

    monkeypatch.setattr(guard, "weigh_files", lambda held: 0)
    monkeypatch.setattr(guard, "weigh_dumps", weigh)


@pytest.mark.parametrize(
    ("held", "ended"),
    [
        ({}, ""),
        ({"h1": guard.MOST}, ""),
        ({"h1": guard.MOST + 1}, "h1"),
        ({"h1": guard.MOST // 2, "h2": guard.MOST // 2 + 1}, "h2"),
        ({"h1": 1, "h2": ProcessLookupError(), "h3": guard.MOST}, "h3"),
        ({"h1": FileNotFoundError()}, ""),
        ({"h1": TimeoutError(), "h2": guard.MOST}, ""),
        ({"h1": ValueError(), "h2": guard.MOST}, "h1"),
        ({"h1": Unfinished(), "h2": guard.MOST}, "h1"),
        ({"h1": OSError(errno.ENOBUFS, "no room"), "h2": guard.MOST}, "h1"),
    ],
)
def test_the_node_that_holds_most_is_chosen_when_all_together_hold_too_much(weighed, held, ended):
    assert guard.too_much(guard.held_by_nodes(Lab(**held))) == ended


def test_a_lab_is_weighed_whatever_becomes_of_its_proxied_queues(weighed, monkeypatch):
    def fails(pids):
        raise ValueError

    monkeypatch.setattr(guard.proxied_queues, "empty_long", fails)
    assert guard._weigh(Lab(h1=guard.MOST + 1), proxied=True)[0] == {"h1": guard.MOST + 1}


@pytest.mark.parametrize(
    ("held", "milliseconds"),
    [({}, 25.2), ({"h1": guard.MOST // 4, "h2": guard.MOST // 4}, 12.6), ({"h1": guard.MOST + 1}, 0)],
)
def test_the_more_a_lab_holds_the_sooner_it_is_weighed_again(held, milliseconds):
    assert guard.enough_cpu(held) / 1e6 == pytest.approx(milliseconds, rel=0.01)


def test_a_lab_is_weighed_again_once_it_has_used_the_cpu_to_hold_too_much(monkeypatch):
    """A lab that converges uses CPU for half a minute; weighing it twice a second would cost as much as a tenth of a core."""
    cpu = iter([5e6, 6e6, 29e6, 36e6, 60e6, 68e6])
    seen = []

    def used():
        try:
            now = next(cpu)
        except StopIteration:
            raise asyncio.CancelledError from None
        seen.append(now)
        return now

    def held_by_nodes(lab, *, empty=False):
        weighings.append(seen[-1])
        return {"r1": 0}

    weighings = []
    monkeypatch.setattr(guard, "TICK", 0)
    monkeypatch.setattr(guard, "used_cpu", used)
    monkeypatch.setattr(guard, "held_by_nodes", held_by_nodes)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(), lambda name: None))
    assert weighings == [5e6, 36e6, 68e6]


def test_the_cpu_of_a_weighing_is_no_reason_for_the_next(monkeypatch):
    """A quiet lab of seven routers used 25 ms of CPU a second, and was weighed twice a second, which took 38 ms."""
    cpu, own, weighings = [0.0], [0.0], []

    def used():
        if len(weighings) > 1 or cpu[0] > 100e6:
            raise asyncio.CancelledError
        return cpu[0]

    def held_by_nodes(lab, *, empty=False):
        weighings.append(cpu[0])
        own[0] += 40e6  # more than enough_cpu
        cpu[0] += 40e6
        return {"r1": 0}

    async def tick(seconds):
        cpu[0] += 1e6  # of the routers

    monkeypatch.setattr(guard.asyncio, "sleep", tick)
    monkeypatch.setattr(guard, "used_cpu", used)
    monkeypatch.setattr(guard, "own_cpu", lambda: own[0])
    monkeypatch.setattr(guard, "held_by_nodes", held_by_nodes)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(), lambda name: None))
    assert weighings == [1e6, pytest.approx(41e6 + 25e6, abs=3e6)]


def test_the_network_of_a_node_that_ended_by_itself_is_left_without_packets(monkeypatch):
    """The kernel had ended its init, because the lab's memory was full."""
    lab, ended = Lab(h1=0, h2=0), []
    lab.dead = ("h2",)

    async def end(spaces):
        ended.extend(spaces)
        raise asyncio.CancelledError

    monkeypatch.setattr(guard, "TICK", 0)
    monkeypatch.setattr(guard.node_teardown, "end", end)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(lab, lambda name: None))
    assert [space.up for space in ended] == [False]


@pytest.mark.parametrize(
    ("packets", "seconds", "weighings"),
    [([5, 500, 630, 900], 0.1, [5, 900]), ([900, 5], 0.1, [900, 5]), ([5, 5, 5, 5, 5, 5, 5], 0.5, [5, 5])],
    ids=["many packets", "an interface is deleted", "a long time"],
)
def test_a_lab_that_uses_no_cpu_is_weighed_after_many_packets_and_after_a_while(
    monkeypatch, packets, seconds, weighings
):
    """The kernel's own threads handle packets, at nobody's cost: one packet that went in a circle put 800 MB into a queue."""
    clock, seen, weighed = [1000.0], iter(packets), []
    now = []

    def seen_packets(lab):
        try:
            now.append(next(seen))
        except StopIteration:
            raise asyncio.CancelledError from None
        return now[-1]

    async def tick(_seconds):
        clock[0] += seconds

    def held_by_nodes(lab, *, empty=False):
        weighed.append(now[-1])
        return {"r1": 0}

    monkeypatch.setattr(guard.asyncio, "sleep", tick)
    monkeypatch.setattr(guard, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(guard, "used_cpu", lambda: 0)
    monkeypatch.setattr(guard, "seen_packets", seen_packets)
    monkeypatch.setattr(guard, "held_by_nodes", held_by_nodes)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(), lambda name: None))
    assert weighed == weighings


def test_packets_are_those_of_all_interfaces_of_all_nodes(monkeypatch):
    text = "Inter-|   Receive\n face |bytes\n    lo: 9 1 0 0 0 0 0 0 9 2 0 0 0 0 0 0\n  eth0: 9 30 0 0 0 0 0 0 9 40 0 0 0 0 0 0\n"
    monkeypatch.setattr(network_files, "lines", lambda pid, name: text.splitlines() if pid == 1 else [])
    assert guard.seen_packets(Lab(h1=1, h2=1, ended=2)) == 146


def test_where_files_tell_enough_nobody_waits_for_a_dump(monkeypatch):
    """With 200,000 addresses of an interface one reading took seven seconds."""
    monkeypatch.setattr(guard, "weigh_files", lambda held: held)
    monkeypatch.setattr(guard, "weigh_dumps", lambda held: pytest.fail("a dump"))
    assert guard.too_much(guard.held_by_nodes(Lab(h1=2, h2=guard.MOST))) == "h2"


def first_reading_only():
    """The CPU of a lab at the first reading; the guard is cancelled at the second, as it goes on after any other error."""
    readings = iter([1.0])

    def used():
        for cpu in readings:
            return cpu
        raise asyncio.CancelledError

    return used


@pytest.mark.parametrize(("stays", "ended"), [(0, []), (guard.MOST, ["h2"])])
def test_queues_for_neighbours_are_emptied_before_a_node_is_ended(monkeypatch, stays, ended):
    ends, readings = [], []

    def held_by_nodes(lab, *, empty=False):
        readings.append(empty)
        return {"h1": 1, "h2": stays if empty else guard.MOST}

    async def end(spaces):
        if list(spaces):
            raise asyncio.CancelledError

    monkeypatch.setattr(guard, "TICK", 0)
    monkeypatch.setattr(guard, "held_by_nodes", held_by_nodes)
    monkeypatch.setattr(guard.node_teardown, "end", end)
    monkeypatch.setattr(guard, "used_cpu", first_reading_only())
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(h1=0, h2=0), ends.append))
    assert (readings, ends) == ([False, True], ended)


def test_searches_end_before_files_are_read_again(monkeypatch):
    """Closed sockets whose packets wait for neighbours are in no list: 250 of them count as more than a lab may hold."""
    searching = {"h1": guard.MOST + 1}
    monkeypatch.setattr(guard, "end_searches", lambda name: searching.update({name: 0}) or 0)
    monkeypatch.setattr(guard, "weigh_files", searching.__getitem__)
    monkeypatch.setattr(guard, "weigh_dumps", lambda name: 0)
    assert guard.too_much(guard.held_by_nodes(Lab(h1="h1"))) == "h1"
    assert guard.too_much(guard.held_by_nodes(Lab(h1="h1"), empty=True)) == ""


def test_after_queues_for_proxied_neighbours_were_emptied_in_vain_the_lab_pauses(monkeypatch):
    """Each time costs an interface that is made and removed in each node, and the packets are another lab's."""
    clock, emptied = [1000.0], []

    async def tick(_seconds):
        clock[0] += 4.0
        if clock[0] > 1024:
            raise asyncio.CancelledError

    def empty_long(pids):
        emptied.append((clock[0], list(pids)))
        return clock[0] < 1010

    monkeypatch.setattr(guard.asyncio, "sleep", tick)
    monkeypatch.setattr(guard, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(guard, "used_cpu", lambda: 0)
    monkeypatch.setattr(guard, "seen_packets", lambda lab: 0)
    monkeypatch.setattr(guard, "held_by_nodes", lambda lab, *, empty=False: {})
    monkeypatch.setattr(guard.proxied_queues, "empty_long", empty_long)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(guard.guard(Lab(h1=7), lambda name: None))
    assert emptied == [(1004, [7]), (1012, [7]), (1016, [7]), (1020, [7]), (1024, [7])]
