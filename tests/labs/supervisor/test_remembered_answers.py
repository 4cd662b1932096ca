"""Answers about a node's network that are used again until the kernel reports a change, here over pairs of Unix sockets."""

import asyncio
import socket
import time
from types import SimpleNamespace

import pytest

from labs.supervisor import asks, remembered_answers, syscalls
from labs.supervisor.remembered_answers import LONGEST, MOST_READ, RULE_SET, RememberedAnswers, has_report, protocol_of

ADDR = ("ip", "-j", "-d", "addr")
LASTING = b'[{"ifname":"eth0","addr_info":[{"valid_life_time":4294967295,"preferred_life_time":4294967295}]}]'


@pytest.fixture
def kernel(monkeypatch):
    """The other end of the socket over which a kernel reports; the socket of each protocol."""
    ends = {}

    def netlink_socket(pid, groups, protocol):
        ours, ends[protocol] = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        return ours

    monkeypatch.setattr(syscalls, "netlink_socket", netlink_socket)
    yield ends
    for end in ends.values():
        end.close()


@pytest.fixture
def known(kernel, node):
    made = RememberedAnswers(node)
    yield made
    made.close()


def find(known, command=ADDR):
    return asyncio.run(known.find(command))


def learn(known, output=LASTING, command=ADDR):
    assert find(known, command) is None
    known.remember(command, time.monotonic(), output)


def test_an_answer_is_used_again_until_the_kernel_reports_a_change(known, kernel):
    learn(known)
    assert find(known) == LASTING
    kernel[0].send(b"report")
    assert find(known) is None
    learn(known, b"[]")
    assert find(known) == b"[]"


def test_a_change_while_the_command_runs_makes_its_answer_useless(known, kernel):
    assert find(known) is None
    begun = time.monotonic()
    kernel[0].send(b"report")
    known.remember(ADDR, begun, LASTING)
    assert find(known) is None


def test_a_command_is_run_some_time_after_a_report_as_the_kernel_may_still_be_at_work(known, kernel, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    learn(known)
    monkeypatch.setattr(remembered_answers.asyncio, "sleep", sleep)
    kernel[0].send(b"report")
    find(known)
    assert slept[0] == pytest.approx(remembered_answers.SETTLES, abs=0.005)


def test_an_answer_is_used_for_some_seconds_only(known, monkeypatch):
    learn(known)
    later = time.monotonic() + LONGEST
    monkeypatch.setattr(remembered_answers, "time", SimpleNamespace(monotonic=lambda: later))
    assert find(known) is None


@pytest.mark.parametrize(
    "output",
    [
        LASTING.replace(b"4294967295", b"86399"),
        b'[{"dst":"default","protocol":"ra","expires":1700}]',
        b'{"nftables":[{"rule":{"expr":[{"counter":{"packets":1,"bytes":84}}]}}]}',
        b'{"nftables":[{"set":{"name":"seen","flags":["dynamic","timeout"]}}]}',
        b"x" * (remembered_answers.LARGEST + 1),
    ],
)
def test_what_changes_without_a_report_is_not_remembered(known, output):
    learn(known, output)
    assert find(known) is None


def test_the_rule_set_is_forgotten_by_a_report_of_nftables_only(known, kernel):
    learn(known, b'{"nftables":[]}', RULE_SET)
    learn(known)
    kernel[protocol_of(RULE_SET)].send(b"report")
    assert (find(known), find(known, RULE_SET)) == (LASTING, None)


@pytest.mark.parametrize(
    "command",
    [
        ("ip", "-j", "neigh"),
        ("ip", "-j", "-6", "route", "get", "2001:db8::1"),
        ("ip", "-j", "-s", "addr"),
        ("ip", "-j"),
        ("bridge", "-j", "fdb"),
        ("nft", "-j", "list", "counters"),
    ],
)
def test_other_commands_are_always_run(known, command):
    assert protocol_of(command) is None
    known.remember(command, time.monotonic(), b"[]")
    assert find(known, command) is None


def test_a_node_whose_network_cannot_be_joined_is_asked_each_time(known, monkeypatch):
    def refused(*_arguments):
        raise PermissionError

    monkeypatch.setattr(syscalls, "netlink_socket", refused)
    learn(known)
    assert find(known) is None


def test_many_reports_and_lost_ones_are_changes(kernel, known):
    learn(known)
    for _ in range(MOST_READ + 1):
        kernel[0].send(b"x")
    assert find(known) is None

    class Overflown:
        answers = iter([OSError(105, "No buffer space available"), BlockingIOError()])

        def recv(self, size):
            raise next(self.answers)

    assert has_report(Overflown())


def test_the_number_of_answers_has_a_limit(known):
    for number in range(remembered_answers.MOST + 1):
        command = (*ADDR[:3], "route", "show", f"2001:db8:{number}::/48")
        known.remember(command, time.monotonic(), b"[]")
    assert len(known._answers) == 1


def test_a_node_that_ends_keeps_no_socket_open(kernel, node):
    learn(remembered_answers.of(node))
    ours = remembered_answers.of(node)._heard[0]
    remembered_answers.forget(node)
    assert ours.fileno() == -1
    remembered_answers.forget(node)


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ((0, b"[]", b""), 1),
        ((1, b"", b"No such device"), 3),  # an error is not remembered
    ],
)
def test_a_program_is_run_only_if_its_answer_is_not_known(kernel, node, monkeypatch, said, runs):
    ran = []

    async def run(space, *command):
        ran.append(command)
        return said

    monkeypatch.setattr(asks, "run", run)
    for _ in range(3):
        assert asyncio.run(asks.run_unless_known(node, *ADDR)) == said
    assert ran == runs * [ADDR]
    remembered_answers.forget(node)
