"""Conversations with the supervisor, frame by frame, with broken and hostile frames."""

import asyncio
import json

import pytest

from labs.engine.runtime import client
from labs.engine.shared import wire
from labs.supervisor import server
from labs.supervisor.captures import LARGEST
from labs.supervisor.network import Network
from labs.supervisor.server import Connection, Supervisor
from labs.supervisor.terminals import Viewer


class Relay:
    """The other end of the supervisor's socket."""

    def __init__(self):
        self.supervisor = Supervisor()
        self.decoder, self.frames = wire.Decoder(), []
        self.connection = Connection(self.supervisor, self)

    def write(self, sent):
        self.frames += self.decoder.feed(sent)

    def send(self, frame):
        for one in wire.Decoder().feed(frame):
            self.connection.received(one)

    def said(self, channel):
        """The frames that came on a channel: JSON, bytes, and the CLOSE."""
        return [
            frame.payload if frame.kind is wire.Kind.DATA else (frame.kind.name, frame.json())
            for frame in self.frames
            if frame.channel == channel
        ]


def talk(*frames, between=0.01, prepare=lambda relay: None):
    """Send these frames one after the other; returns the relay with the answers."""

    async def all_of():
        relay = Relay()
        prepare(relay)
        for frame in frames:
            relay.send(frame)
            await asyncio.sleep(between)
        return relay

    return asyncio.run(all_of())


def asked(op, **more):
    """The answers to one request, with the CLOSE."""
    return talk(wire.message({"op": op, **more}, 5)).said(5)


def test_an_empty_lab_describes_itself():
    assert asked("status") == [
        ("JSON", {"state": "empty", "error": "", "cables": {}, "nodes": {}}),
        ("CLOSE", {}),
    ]
    assert asked("terminals") == [("JSON", {"terminals": []}), ("CLOSE", {})]
    assert asked("captures") == [("JSON", {"captures": []}), ("CLOSE", {})]
    assert asked("resource_use")[0][1]["nodes"] == {}


@pytest.mark.parametrize("request_", [{}, {"op": None}, {"op": "reboot"}, {"op": ["status"]}, {"op": "_run"}])
def test_an_unknown_operation_is_refused(request_):
    assert talk(wire.message(request_, 5)).said(5) == [("CLOSE", {"error": "Unknown operation."})]


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"op": "reset", "node": "h1"}, "The lab is not ready."),
        ({"op": "watch"}, "The lab is not ready."),
        ({"op": "do", "action": {"link": "h1:eth0", "up": False}}, "The lab is not ready."),
        ({"op": "save"}, "The lab is not ready."),
        ({"op": "capture", "interface": "h1:eth0", "seconds": 1}, "The lab has no interface h1:eth0."),
        ({"op": "terminal", "node": "h1"}, "The lab has no running node h1."),
        (
            {"op": "terminal", "node": "h1", "terminal": "a b"},
            "The name of a terminal has 1 to 16 lower-case letters and digits.",
        ),
        ({"op": "stop_capture", "capture": 7}, "This capture no longer exists."),
        ({"op": "fetch_capture", "capture": 7}, "This capture no longer exists."),
        ({"op": "ask", "asks": [{}] * 401}, "The request cannot be understood"),
        ({"op": "ask"}, "The request cannot be understood"),
        ({"op": "ask", "asks": 7}, "The request cannot be understood"),
        ({"op": "terminal", "node": []}, "The lab has no running node []."),
        ({"op": "terminal", "node": "h1", "rows": "many"}, "The request cannot be understood"),
        ({"op": "build"}, "The request cannot be understood"),
        ({"op": "do"}, "The request cannot be understood"),
        ({"op": "drop_capture", "capture": {}}, "The request cannot be understood"),
        ({"op": "ask", "asks": [], "seconds": 1e999}, None),
    ],
)
def test_an_impossible_request_closes_with_a_sentence(request_, sentence):
    closing = talk(wire.message(request_, 5)).said(5)[-1]
    assert closing[0] == "CLOSE"
    assert closing[1].get("error", "").startswith(sentence or "")


def test_frames_of_an_ended_conversation_are_dropped():
    relay = talk(wire.message({"op": "status"}, 5), wire.data(b"late", 5), wire.close(None, 5), wire.data(b"never", 9))
    assert [frame.channel for frame in relay.frames] == [5, 5]


def test_the_number_of_conversations_is_limited(monkeypatch):
    monkeypatch.setattr(server, "MOST_CHANNELS", 3)
    frames = [wire.message({"op": "build", "save": True, "lab": {}}, channel) for channel in range(5)]
    relay = talk(*frames, wire.close(None, 0), wire.message({"op": "status"}, 9))
    assert relay.said(3) == relay.said(4) == [("CLOSE", {"error": "This lab has too many open conversations."})]
    assert relay.said(9)[-1] == ("CLOSE", {})


def test_answers_come_in_the_order_of_their_questions():
    said = asked("ask", asks=[{"ask": "up", "node": name} for name in ("h1", "h2")])
    assert [answer["answer"]["ok"] for kind, answer in said if kind == "JSON"] == [False, False]
    assert said[-1] == ("CLOSE", {})


def test_a_client_sends_no_more_asks_in_one_request_than_are_accepted():
    assert client.MOST_ASKS <= server.MOST_ASKS


def test_an_answer_larger_than_a_frame_is_too_big(monkeypatch):
    async def long(question, space_of, seconds):
        return {"ok": True, "text": "x" * question["size"]}

    monkeypatch.setattr(server.asks, "answer", long)
    first, second, _ = asked("ask", asks=[{"size": wire.LARGEST + 1}, {"size": 9}])
    assert first[1]["answer"]["kind"] == "too_big"
    assert second[1]["answer"]["text"] == "x" * 9


def test_pieces_of_a_save_are_acknowledged_and_the_save_is_read_at_the_end():
    lab = {"nodes": {}, "links": [], "requires": []}
    relay = talk(
        wire.message({"op": "build", "save": True, "lab": lab}, 5),
        wire.data(b"x" * 70, 5),
        wire.data(b"y" * 5, 5),
        wire.message({}, 5),
    )
    said = relay.said(5)
    assert said[:2] == [("JSON", {"ack": 70}), ("JSON", {"ack": 75})]
    assert said[-1][0] == "CLOSE"
    assert "cannot be restored" in said[-1][1]["error"]
    assert relay.supervisor.lab.state == "failed"


def test_early_frames_are_not_lost():
    lab = {"nodes": {}, "links": [], "requires": []}
    relay = talk(
        wire.message({"op": "build", "save": True, "lab": lab}, 5) + wire.data(b"early", 5) + wire.message({}, 5),
        between=0.05,
    )
    assert relay.said(5)[0] == ("JSON", {"ack": 5})


def test_a_save_larger_than_the_limit_is_not_kept(monkeypatch):
    monkeypatch.setattr(server, "PACKED_LARGEST", 100)
    lab = {"nodes": {}, "links": [], "requires": []}
    relay = talk(wire.message({"op": "build", "save": True, "lab": lab}, 5), *[wire.data(b"x" * 90, 5)] * 4)
    acknowledged = [said["ack"] for kind, said in relay.said(5) if kind == "JSON" and "ack" in said]
    assert acknowledged == [90, 180]
    assert "cannot be restored" in relay.said(5)[-1][1]["error"]


def test_a_container_refuses_a_second_lab():
    lab = {"nodes": {}, "links": [], "requires": []}
    relay = talk(wire.message({"op": "build", "lab": lab}, 5), wire.message({"op": "build", "lab": lab}, 6))
    assert relay.supervisor.lab.state == "ready"
    assert relay.said(6) == [("CLOSE", {"error": "This container already has a lab."})]


def test_a_lab_that_requires_an_unknown_feature_fails():
    relay = talk(wire.message({"op": "build", "lab": {"nodes": {}, "links": [], "requires": ["warp"]}}, 5))
    assert "warp" in relay.said(5)[-1][1]["error"]
    assert relay.supervisor.lab.state == "failed"


def test_a_watcher_that_disconnects_is_removed():
    lab = {"nodes": {}, "links": [], "requires": []}
    relay = talk(wire.message({"op": "build", "lab": lab}, 4), wire.message({"op": "watch"}, 5))
    assert relay.said(5) == [("JSON", {"watching": True})]
    assert len(relay.supervisor.watch.watchers) == 1
    relay.connection.lost()
    assert relay.supervisor.watch.watchers == []


def test_a_lab_fails_on_an_unexpected_error_during_its_build(monkeypatch):
    def raise_it(network):
        raise RuntimeWarning("unforeseen")

    monkeypatch.setattr(Network, "make_nodes_and_links", raise_it)
    relay = talk(wire.message({"op": "build", "lab": {"nodes": {}, "links": [], "requires": []}}, 5))
    assert "unforeseen" in relay.said(5)[-1][1]["error"]
    assert (relay.supervisor.lab.state, relay.supervisor.lab.error) == ("failed", "unforeseen")


class Terminal:
    """A terminal that records the calls to it."""

    def __init__(self):
        self.done = []
        self.space = type("Space", (), {"name": "h1"})

    def type(self, keys):
        self.done.append(keys)

    def acknowledge(self, viewer, total):
        self.done.append(total)

    def resize(self, rows, cols):
        self.done.append((rows, cols))


def to_terminal(*frames, control=True):
    """The calls to a terminal when these frames come from a viewer, and the relay."""

    async def all_of():
        relay, terminal = Relay(), Terminal()
        channel = server.Channel(relay.connection, 5)
        relay.connection.channels[5] = channel
        viewer = Viewer(control=control, send=channel.send, tell=channel.tell)
        channel.frame = lambda frame: channel._to_terminal(terminal, viewer, frame)
        for frame in frames:
            relay.send(frame)
        return terminal.done, relay

    return asyncio.run(all_of())


def test_keys_acknowledgements_and_sizes_reach_the_terminal():
    done, _ = to_terminal(wire.data(b"ls\r", 5), wire.message({"ack": 7}, 5), wire.message({"resize": [30, 90]}, 5))
    assert done == [b"ls\r", 7, (30, 90)]


def test_an_observer_cannot_type_or_resize():
    done, _ = to_terminal(wire.data(b"reboot\r", 5), wire.message({"resize": [2, 2], "ack": 5}, 5), control=False)
    assert done == [5]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"ack": null}',
        b'{"ack": "x"}',
        b'{"ack": Infinity}',
        b'{"ack": NaN}',
        b'{"resize": 7}',
        b'{"resize": [1]}',
        b'{"resize": [1, 2, 3]}',
        b'{"resize": [1e999, 2]}',
        b'{"resize": {"rows": 2, "cols": 3}}',
    ],
)
def test_an_invalid_message_does_not_end_the_terminal(text):
    frame = wire.Frame(5, wire.Kind.JSON, text).encode()
    done, relay = to_terminal(frame, wire.data(b"k", 5))
    assert done == [b"k"]
    assert relay.frames == []


def test_an_invalid_acknowledgement_ends_only_its_own_conversation():
    async def all_of():
        relay = Relay()
        channel = server.Channel(relay.connection, 5)
        relay.connection.channels[5] = channel

        def take(frame):
            raise ValueError("no number")

        channel.frame = take
        relay.send(wire.message({"ack": "x"}, 5) + wire.message({"op": "status"}, 6))
        await asyncio.sleep(0.01)
        return relay

    relay = asyncio.run(all_of())
    assert relay.said(5)[-1][0] == "CLOSE"
    assert relay.said(6)[-1] == ("CLOSE", {})


def test_pieces_fit_into_a_frame():
    assert json.dumps({"bytes": LARGEST})
    assert server.CAPTURE_PIECE < wire.LARGEST
    assert server.PIECE < wire.LARGEST
