"""A change on a node is soon reported to whoever watches, and a quiet lab says nothing."""

import re
import time
from contextlib import contextmanager

import pytest

from labs.engine.errors import LabGone, TookTooLong
from labs.engine.runtime.conversation import Conversation
from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace

pytestmark = pytest.mark.live

SOON = pace.seconds(15)


class Watcher:
    def __init__(self, session):
        self.talk = Conversation(session.relay, {"session": session.session, "op": "watch"}, seconds=10)
        assert self.talk.receive().json() == {"watching": True}

    def hears(self, seconds=SOON):
        """The nodes of the next message. It comes in 0.2 s; a machine that other tests use may need longer."""
        return self.talk.receive(seconds).json()["changed"]

    def hears_of(self, node):
        """Wait until the node is named; a switch that has just started may be named before."""
        until = time.monotonic() + SOON
        while node not in self.hears(max(0.0, until - time.monotonic())):
            pass

    def until_quiet(self, seconds=1.0):
        try:
            while True:
                self.hears(seconds)
        except TookTooLong:
            return


@pytest.fixture
def watcher():
    opened = []

    def watch(session):
        opened.append(Watcher(session))
        opened[-1].until_quiet(1.5)
        return opened[-1]

    yield watch
    for one in opened:
        one.talk.close()


@contextmanager
def shell(session, node):
    with Shell(session, node, "watched") as opened:
        opened.type("true")
        yield opened


@pytest.mark.alone
def test_an_address_is_told_within_half_a_second(lab, watcher):
    with shell(lab, "h1") as h1:
        ada = watcher(lab)
        h1.send(b"sleep 1; ip addr add 2001:db8:1::abcd/64 dev eth0 nodad; date +done-%s.%N-\r")
        ada.hears_of("h1")  # she pressed Enter
        ada.hears_of("h1")
        heard = time.time()
        done = re.search(r"done-(\d+\.\d+)-", h1.read_to_prompt())
        assert heard - float(done[1]) < 0.5
        ada.until_quiet()


@contextmanager
def changing(shell, there, back):
    """Change something each second: however late Enter is reported, the kernel's report comes as a message of its own."""
    shell.send(f"while sleep 1; do {there}; {back}; done\r".encode())
    yield
    shell.send(b"\x03\r")


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("ip link set lo mtu 1400", "ip link set lo mtu 65536"),
        ("ip route add 192.0.2.0/24 dev lo", "ip route del 192.0.2.0/24 dev lo"),
        ("ip -6 route add 2001:db8:99::/48 dev lo", "ip -6 route del 2001:db8:99::/48 dev lo"),
        ("ip addr add 192.0.2.77/32 dev lo", "ip addr del 192.0.2.77/32 dev lo"),
        ("ip -6 rule add from 2001:db8:98::/48 lookup 100", "ip -6 rule del from 2001:db8:98::/48"),
        ("sysctl -qw net.ipv6.conf.all.forwarding=1", "sysctl -qw net.ipv6.conf.all.forwarding=0"),
    ],
)
def test_the_kernel_tells_of_links_routes_rules_and_forwarding(lab, watcher, there, back):
    with shell(lab, "h2") as h2:
        ada = watcher(lab)
        with changing(h2, there, back):
            ada.hears_of("h2")  # of Enter
            ada.hears_of("h2")
        ada.until_quiet()


def test_a_lab_in_which_nobody_does_anything_is_quiet(lab, watcher):
    ada = watcher(lab)
    with pytest.raises(TookTooLong):
        ada.hears(3.0)


def test_an_address_that_only_gets_more_time_is_no_news(lab, watcher):
    """A router advertisement does this to every host of its link, time and again."""
    with shell(lab, "h1") as h1:
        h1.type("ip addr add 2001:db8:1::77/64 dev eth0 nodad valid_lft 900 preferred_lft 800")
        ada = watcher(lab)
        h1.send(
            b"for n in 1 2 3; do ip addr change 2001:db8:1::77/64 dev eth0 nodad valid_lft 90$n preferred_lft 800; done\r"
        )
        ada.until_quiet()  # of Enter, and of what was not known yet
        h1.send(b"sleep 1; ip addr change 2001:db8:1::77/64 dev eth0 nodad valid_lft 990 preferred_lft 880\r")
        ada.hears()
        with pytest.raises(TookTooLong):
            ada.hears(2.0)


@pytest.mark.alone
def test_who_changes_things_in_a_loop_is_told_of_five_times_a_second_and_the_rest_goes_on(lab, watcher):
    with shell(lab, "h1") as h1:
        ada = watcher(lab)
        h1.send(b"for n in $(seq 900); do ip route add 198.51.100.1 dev lo; ip route del 198.51.100.1 dev lo; done\r")
        words, end = 0, time.monotonic() + 2
        while time.monotonic() < end:
            ada.hears_of("h1")
            words += 1
        assert words <= 11
        began = time.monotonic()
        assert lab.status()["state"] == "ready"
        assert time.monotonic() - began < pace.seconds(1)
        h1.send(b"\x03\r")
        ada.until_quiet()


def test_a_link_that_is_taken_away_is_told_on_both_its_nodes(lab, watcher):
    ada = watcher(lab)
    try:
        lab.do({"link": "r1:eth1", "up": False})
        told = set(ada.hears())
        while told != {"r1", "b1"}:
            told |= set(ada.hears())
    finally:
        lab.do({"link": "r1:eth1", "up": True})
        ada.until_quiet()


def test_a_shell_that_ends_is_told(lab, watcher):
    with shell(lab, "h1") as h1:
        ada = watcher(lab)
        h1.send(b"exec sleep 3\r")
        ada.hears_of("h1")
        ada.hears_of("h1")


@pytest.mark.parametrize("node", ["h2", None])
def test_a_reset_is_told_and_the_new_node_is_heard(lab, watcher, node):
    ada = watcher(lab)
    lab.reset(node, seconds=pace.seconds(60), on_step=lambda step, seconds: None)
    told = set()
    while "h2" not in told:
        told |= set(ada.hears())
    ada.until_quiet()
    with shell(lab, "h2") as h2:
        ada.until_quiet()
        with changing(h2, "ip -6 route add 2001:db8:97::/48 dev lo", "ip -6 route del 2001:db8:97::/48 dev lo"):
            ada.hears_of("h2")  # of Enter
            ada.hears_of("h2")
        ada.until_quiet()


def test_it_ends_with_the_lab(runner, village):
    with runner.running(village) as session:
        ada = Watcher(session)
        runner.engine.remove(session.session)
        with ada.talk, pytest.raises(LabGone):
            list(iter(ada.hears, None))  # what moved before is told still
