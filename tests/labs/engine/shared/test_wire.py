"""Frames of the wire protocol: from bytes, in whatever pieces they come, and to bytes."""

import pytest

from labs.engine.shared import wire

FRAMES = [
    wire.Frame(0, wire.Kind.JSON, b'{"op":"ask"}'),
    wire.Frame(7, wire.Kind.DATA, bytes(range(256))),
    wire.Frame(2**32 - 1, wire.Kind.CLOSE, b"{}"),
]
BYTES = b"".join(frame.encode() for frame in FRAMES)


@pytest.mark.parametrize("size", [1, 8, 9, 10, 100, len(BYTES)])
def test_frames_may_come_in_any_pieces(size):
    decoder, found = wire.Decoder(), []
    for at in range(0, len(BYTES), size):
        found += decoder.feed(BYTES[at : at + size])
    assert found == FRAMES


def test_each_kind_of_frame_is_made_by_its_function():
    made = wire.message({"op": "ask"}) + wire.data(bytes(range(256)), 7) + wire.close(channel=2**32 - 1)
    assert wire.Decoder().feed(made) == FRAMES


def test_a_close_may_say_why():
    [frame] = wire.Decoder().feed(wire.close("The lab is gone."))
    assert (frame.kind, frame.json()) == (wire.Kind.CLOSE, {"error": "The lab is gone."})


@pytest.mark.parametrize(
    "header", [wire.HEADER.pack(0, 1, wire.LARGEST + 1), wire.HEADER.pack(0, 4, 0), b"SSH-2.0-OpenSSH"]
)
def test_a_frame_that_is_too_large_or_of_no_kind_ends_the_connection(header):
    with pytest.raises(wire.WireError):
        wire.Decoder().feed(header)


def test_the_largest_frame_is_taken():
    [frame] = wire.Decoder().feed(wire.data(bytes(wire.LARGEST)))
    assert len(frame.payload) == wire.LARGEST


@pytest.mark.parametrize("payload", [b"[1]", b"7", b"{", b"\xff", b"[" * 100_000])
def test_a_message_is_a_json_object(payload):
    with pytest.raises(wire.WireError):
        wire.Frame(0, wire.Kind.JSON, payload).json()


def test_an_empty_payload_is_an_empty_object():
    assert wire.Frame(0, wire.Kind.CLOSE, b"").json() == {}
