"""Answers about echo requests."""

import asyncio
from types import SimpleNamespace

from labs.supervisor.asks import ANSWERERS
from labs.supervisor.probes import ping, reachability
from labs.supervisor.probes.ping import Echoes, Report
from labs.supervisor.probes.reachability import described


def test_answers_losses_and_errors_are_described():
    found = Echoes(
        sent=4,
        answered={1: "2001:db8::2", 3: "2001:db8::9"},
        reported={
            2: Report("2001:db8::1", "Destination unreachable: No route", 0),
            4: Report("2001:db8::1", "Time exceeded: Hop limit", 0),
        },
    )
    assert described(found) == {
        "sent": 4,
        "received": 2,
        "from": ["2001:db8::2", "2001:db8::9"],
        "errors": ["2001:db8::1: Destination unreachable: No route", "2001:db8::1: Time exceeded: Hop limit"],
        "lost": [2, 4],
    }


def test_requests_that_the_kernel_refuses_have_its_reason():
    said = "Network is unreachable"
    assert described(Echoes(refused=said)) == {"sent": 0, "received": 0, "from": [], "errors": [said], "lost": []}


def test_at_most_eight_errors_are_returned():
    reported = {number: Report(f"2001:db8::{number}", "No route", 0) for number in range(1, 51)}
    assert len(described(Echoes(sent=50, reported=reported))["errors"]) == 8


def test_on_a_slow_server_a_trace_waits_as_much_longer_for_its_hops(monkeypatch):
    """Three routers answer after 1.5 seconds each, on a server that is four times slower than usual."""
    monkeypatch.setenv("VAKA_PACE", "4")
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(reachability, "time", SimpleNamespace(monotonic=lambda: clock.now))

    async def send(space, requests):
        clock.now += min(requests.wait, 1.5)
        if requests.wait < 1.5:
            return Echoes(sent=1)
        if requests.hops < 4:
            return Echoes(sent=1, reported={1: Report(f"2001:db8::{requests.hops}", "Time exceeded: Hop limit", 0)})
        return Echoes(sent=1, answered={1: "2001:db8::9"})

    monkeypatch.setattr(ping, "send", send)
    traced = asyncio.run(ANSWERERS["trace"](None, {"dst": "2001:db8::9", "seconds": 3}, None))
    assert traced == {"hops": ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::9"]}
