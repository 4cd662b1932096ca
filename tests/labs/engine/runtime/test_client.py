"""A client of a running lab sends messages, and refuses wrong answers: everything that comes back may be hostile."""

import socket
import threading
from contextlib import suppress

import pytest

from labs.engine.adapters import node_state
from labs.engine.definition.spec import Kind, Node
from labs.engine.errors import LabFailed, LabGone
from labs.engine.runtime import client
from labs.engine.runtime.client import LabClient
from labs.engine.shared import wire
from labs.engine.shared.cable import Cable
from labs.engine.state import reading

SYSCTL = {"ask": "sysctl", "node": "r1", "key": "net.x"}


class FarEnd:
    """The other end of a conversation: it gets the request and every frame after it, and answers with what a test says."""

    def __init__(self, path):
        self.path, self.frames = path, []
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen(1)

    def answers(self, *pieces, then=None):
        """Send these bytes after the request; THEN gets each further frame and returns the bytes to send."""

        def serve():
            with self.listening.accept()[0] as peer, suppress(ConnectionError):  # the client may have gone
                decoder = wire.Decoder()
                while received := peer.recv(65_536):
                    for frame in decoder.feed(received):
                        self.frames.append(frame)
                        said = b"".join(pieces) if len(self.frames) == 1 else then(frame) if then else b""
                        peer.sendall(said)

        threading.Thread(target=serve, daemon=True).start()
        return LabClient(self.path, "s1")

    def answers_each(self, requests):
        """Answer so many requests as the supervisor does: a value for each ask, or a refusal if there are too many."""

        def serve():
            for _ in range(requests):
                with self.listening.accept()[0] as peer, suppress(ConnectionError):
                    [request] = wire.Decoder().feed(peer.recv(1 << 20))
                    self.frames.append(request)
                    asks = request.json()["asks"]
                    if len(asks) > client.MOST_ASKS:
                        peer.sendall(wire.close("too many asks"))
                    peer.sendall(b"".join(answer(value=ask["key"]) for ask in asks) + wire.close())

        threading.Thread(target=serve, daemon=True).start()
        return LabClient(self.path, "s1")

    @property
    def request(self):
        return self.frames[0].json()


@pytest.fixture
def far(tmp_path):
    made = FarEnd(tmp_path / "relay.sock")
    with made.listening:
        yield made


def refused(words):
    return pytest.raises(LabFailed, match=words)


def answer(**fields):
    return wire.message({"answer": {"ok": True, **fields}})


def test_answers_come_in_the_order_of_the_asks(far):
    asked = far.answers(answer(value="1"), answer(value="2"), wire.close())
    assert [one["value"] for one in asked.ask([SYSCTL, SYSCTL], seconds=3)] == ["1", "2"]
    assert (far.request["session"], far.request["op"], far.request["asks"]) == ("s1", "ask", [SYSCTL, SYSCTL])


def test_the_state_of_twenty_nodes_is_read_in_requests_that_the_supervisor_accepts(far):
    nodes = [Node(name=f"r{number}", kind=Kind.FRR, daemons=("bgpd", "ospf6d", "isisd")) for number in range(20)]
    of_each = [node_state.asks(node, ports=["eth0", "eth1"]) | reading.asks(node) for node in nodes]
    wanted = [ask for found in of_each for ask in found.values()]
    assert len(wanted) > client.MOST_ASKS
    asks = [{**ask, "key": str(number)} for number, ask in enumerate(wanted)]
    said = far.answers_each(2).ask(asks)
    assert [one["value"] for one in said] == [ask["key"] for ask in asks]
    assert [ask for frame in far.frames for ask in frame.json()["asks"]] == asks


@pytest.mark.parametrize("number", [1, 3])
def test_more_or_fewer_answers_than_asks_are_refused(far, number):
    asked = far.answers(*[answer() for _ in range(number)], wire.close())
    with refused("The lab (answered|sent more)"):
        asked.ask([SYSCTL, SYSCTL])


def test_answers_that_are_too_large_together_are_refused(far, monkeypatch):
    monkeypatch.setattr(client, "LARGEST_ANSWERS", 1000)
    with refused("more answers"):
        far.answers(answer(text="x" * 2000), wire.close()).ask([SYSCTL])


def test_an_error_of_the_lab_is_its_sentence(far):
    with refused("The lab is not ready"):
        far.answers(wire.close("The lab is not ready.")).do({"link": "r1:eth0", "up": False})
    assert far.request["action"] == {"link": "r1:eth0", "up": False}


def test_a_lab_that_is_gone_is_told_apart(far):
    with pytest.raises(LabGone):
        far.answers(wire.close("The lab is gone.")).status()


def test_a_save_is_acknowledged_piece_by_piece(far):
    saving = far.answers(
        wire.data(b"a" * 70_000),
        wire.data(b"b"),
        wire.message({"saved": 70_001, "left_out": ["x" * 500]}),
        wire.close(),
    )
    saved = saving.save(seconds=20)
    assert (saved.packed, saved.left_out) == (b"a" * 70_000 + b"b", ["x" * 200])


@pytest.mark.parametrize("told", [{"saved": 4}, {}])
def test_a_save_that_came_back_incomplete_is_refused(far, told):
    with refused("incomplete"):
        far.answers(wire.data(b"abc"), wire.message(told), wire.close()).save(seconds=20)


def test_a_save_that_is_too_large_is_refused(far, monkeypatch):
    monkeypatch.setattr(client, "LARGEST_SAVE", 10)
    with refused("too large"):
        far.answers(wire.data(b"x" * 11), wire.message({"saved": 11}), wire.close()).save(seconds=20)


def test_saved_work_is_sent_no_further_ahead_than_it_is_acknowledged(far, monkeypatch):
    monkeypatch.setattr(client, "PIECE", 4)
    monkeypatch.setattr(client, "UNACKNOWLEDGED", 8)
    arrived = bytearray()

    def acknowledge(frame):
        if frame.kind is wire.Kind.DATA:
            arrived.extend(frame.payload)
            return wire.message({"ack": len(arrived)})
        return wire.message({"step": "ready", "seconds": 0.5, "lacking": ["no such file"]}) + wire.close()

    steps, building = [], far.answers(then=acknowledge)
    monkeypatch.setattr(client, "describe", lambda lab: {"nodes": {}})
    lacking = building.build(
        None, seconds=5, on_step=lambda step, seconds: steps.append((step, seconds)), save=bytes(30)
    )
    assert (len(arrived), steps, lacking) == (30, [("ready", 0.5)], ["no such file"])
    assert far.request["save"] is True


def test_a_capture_has_no_more_lines_and_bytes_than_we_take(far, monkeypatch):
    monkeypatch.setattr(client, "MOST_LINES", 2)
    told = {"packets": 3, "why": "stopped by a hostile lab", "lines": ["y" * 900, "b", "c"]}
    found = far.answers(wire.message(told), wire.data(b"pcap"), wire.close()).fetch_capture(7)
    assert (far.request["capture"], found.packets, found.pcap, found.why) == (7, 3, b"pcap", "stopped by")
    assert found.lines == ["y" * client.LONGEST_LINE, "b"]


def test_a_capture_that_is_too_large_is_refused(far, monkeypatch):
    monkeypatch.setattr(client, "LARGEST_CAPTURE", 3)
    with refused("larger"):
        far.answers(wire.data(b"pcap"), wire.close()).fetch_capture(1)


def test_cables_are_those_that_differ_from_the_start(far):
    changed = far.answers(wire.message({"cables": {"r1:eth0": Cable(up=False).as_json()}}), wire.close())
    assert changed.cables() == {"r1:eth0": Cable(up=False)}
