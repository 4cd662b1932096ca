"""A blocking and an asyncio conversation read the same frames and end with the same errors."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from labs.engine.errors import LabFailed, LabGone, RelayGone, TookTooLong
from labs.engine.runtime.conversation import LAB_GONE, AsyncConversation, Conversation
from labs.engine.shared import wire

REQUEST = {"session": "s", "op": "watch"}


@pytest.fixture
def relay(tmp_path):
    """Return a function that makes a relay: it reads the request, sends some bytes and, unless told otherwise, hangs up."""
    servers, writers, loop = [], [], asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def sending(*pieces, hang_up=True):
        path = tmp_path / "relay.sock"

        async def converse(reader, writer):
            [frame] = wire.Decoder().feed(await reader.read(65_536))
            assert frame.json() == REQUEST
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            writers.append(writer)
            if hang_up:
                writer.close()

        servers.append(
            asyncio.run_coroutine_threadsafe(asyncio.start_unix_server(converse, path), loop).result(timeout=5)
        )
        return path

    yield sending

    async def close():
        for open_ in (*writers, *servers):
            open_.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)

    asyncio.run_coroutine_threadsafe(close(), loop).result(timeout=5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def read_blocking(path):
    with Conversation(path, REQUEST, seconds=5) as conversation:
        return [frame.json() for frame in iter(conversation.receive, None)]


def read_with_asyncio(path):
    async def read():
        conversation = await AsyncConversation.connect(path, seconds=5)
        try:
            await conversation.send_json(REQUEST)
            found = []
            while frame := await conversation.receive():
                found.append(frame.json())
            return found
        finally:
            conversation.close()

    return asyncio.run(read())


both = pytest.mark.parametrize("read", [read_blocking, read_with_asyncio])


@both
def test_frames_that_arrive_in_pieces_are_read_until_the_orderly_end(relay, read):
    sent = wire.message({"step": 1}) + wire.message({"step": 2}) + wire.close()
    assert read(relay(sent[:5], sent[5:])) == [{"step": 1}, {"step": 2}]


@both
def test_an_error_in_the_last_frame_is_raised(relay, read):
    with pytest.raises(LabFailed, match="No such node"):
        read(relay(wire.close("No such node.")))


@both
def test_a_lab_that_is_gone_has_an_error_of_its_own(relay, read):
    with pytest.raises(LabGone):
        read(relay(wire.message({"step": 1}) + wire.close(LAB_GONE)))


@both
def test_a_connection_that_ends_without_a_last_frame_is_the_relays_failure(relay, read):
    with pytest.raises(RelayGone, match="closed the connection"):
        read(relay(wire.message({"step": 1})))


@both
def test_a_relay_that_does_not_listen_is_named_with_its_path(tmp_path, read):
    with pytest.raises(RelayGone, match=r"does not answer on .*nobody\.sock"):
        read(tmp_path / "nobody.sock")


def test_a_blocking_conversation_has_a_time_limit(relay):
    with Conversation(relay(hang_up=False), REQUEST, seconds=5) as conversation, pytest.raises(TookTooLong):
        conversation.receive(0.05)


def test_bytes_are_decoded_in_the_context_that_is_charged_for_them(relay):
    entered = []

    @contextmanager
    def charged():
        entered.append(True)
        yield

    async def read():
        conversation = await AsyncConversation.connect(
            relay(wire.message({"step": 1}) + wire.close()), seconds=5, decoding=charged
        )
        await conversation.send_json(REQUEST)
        while await conversation.receive():
            pass
        conversation.close()

    asyncio.run(read())
    assert entered
