"""A question without an answer, while programs of the lab waited for a CPU. Files of this server stand for those of a lab."""

import asyncio
import socket
import time

import pytest

from labs.supervisor import syscalls
from labs.supervisor.asks import ANSWERERS, NoAnswer
from labs.supervisor.probes import cpu_starved_programs, service_probes
from labs.supervisor.probes.cpu_starved_programs import CpuStarvedPrograms

ASK = {"name": "www.example.net", "type": "AAAA", "server": "::1", "seconds": 0.3}
SERVFAIL = bytes([0x80, 0x02, 0, 0, 0, 0, 0, 0, 0, 0])


@pytest.fixture
def busy(monkeypatch):
    """A function that says which part of the time the latest thread of the lab waits."""
    share = [0.0]
    monkeypatch.setattr(cpu_starved_programs, "PATIENT", 0.05)
    monkeypatch.setattr(
        cpu_starved_programs,
        "waited_for_cpu",
        lambda: {"1": 0, "7": int(share[0] * time.monotonic() * 1e9) + 1, "9": 3},
    )
    return lambda part: share.__setitem__(0, part)


@pytest.fixture
def asked(monkeypatch):
    """A function that asks a server which answers REPLY, if there is one, after LATE seconds."""

    async def ask(reply, late):
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as there:
            there.bind(("::1", 0))
            there.setblocking(False)

            async def answer():
                query, whom = await loop.sock_recvfrom(there, 2048)
                await asyncio.sleep(late)
                there.sendto(query[:2] + reply, whom)

            answering = asyncio.create_task(answer()) if reply else None
            try:
                return await ANSWERERS["dns"](None, ASK | {"port": there.getsockname()[1]}, None)
            finally:
                if answering:
                    answering.cancel()

    def made(_pid, family, kind):
        one = socket.socket(family, kind)
        one.setblocking(False)
        return one

    monkeypatch.setattr(syscalls, "node_socket", made)
    monkeypatch.setattr(service_probes.probe_marks, "bind", lambda made, source="": None)
    return lambda reply=b"", late=0.0: asyncio.run(ask(reply, late))


class Space:
    pid = 0


@pytest.fixture(autouse=True)
def a_space(monkeypatch):
    answer = ANSWERERS["dns"]
    monkeypatch.setitem(ANSWERERS, "dns", lambda _space, ask, spaces: answer(Space(), ask, spaces))


def test_a_server_that_does_not_answer_on_a_quiet_machine_has_not_answered(asked, busy):
    busy(0.2)
    assert asked()["error"] == "no answer in time"


def test_a_question_without_an_answer_says_nothing_while_a_program_waits_for_a_cpu(asked, busy):
    busy(0.8)
    with pytest.raises(NoAnswer, match="too busy") as raised:
        asked()
    assert raised.value.kind == "timeout"  # its check is unknown


def test_a_resolver_that_gave_up_on_a_busy_server_says_nothing_either(asked, busy):
    busy(0.8)
    with pytest.raises(NoAnswer, match="too busy"):
        asked(SERVFAIL, late=0.15)
    busy(0.1)
    assert asked(SERVFAIL, late=0.15)["rcode"] == "SERVFAIL"


def test_a_lab_that_has_used_up_its_own_cpu_does_not_blame_the_server(asked, busy, monkeypatch):
    busy(0.8)
    monkeypatch.setattr(cpu_starved_programs, "most_cpu", lambda: 100)  # one core
    monkeypatch.setattr(cpu_starved_programs, "used_cpu", lambda: int(0.95 * time.monotonic() * 1e9))
    assert asked()["error"] == "no answer in time"
    monkeypatch.setattr(cpu_starved_programs, "used_cpu", lambda: int(0.3 * time.monotonic() * 1e9))
    with pytest.raises(NoAnswer, match="too busy"):
        asked()


def test_an_answer_that_comes_at_once_is_believed_whatever_the_server_does(asked, busy):
    busy(0.9)
    assert asked(SERVFAIL)["rcode"] == "SERVFAIL"


def test_before_the_count_no_program_was_starved(busy):
    async def at_once():
        with CpuStarvedPrograms() as starved:
            starved.must_be_few()

    busy(0.9)
    asyncio.run(at_once())
