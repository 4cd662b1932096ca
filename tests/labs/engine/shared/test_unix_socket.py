"""A program that is too busy to accept is waited for; one that does not listen is not."""

import asyncio
import socket
import threading
import time

import pytest

from labs.engine.shared import unix_socket


@pytest.fixture
def busy(tmp_path):
    """A socket that listens, whose queue is full."""
    path = str(tmp_path / "busy.sock")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(0)
    waiting = socket.socket(socket.AF_UNIX)
    waiting.connect(path)
    yield listening, path
    waiting.close()
    listening.close()


def connect_blocking(path, seconds=10):
    return unix_socket.connect(path, seconds=seconds)


def connect_with_asyncio(path, seconds=10):
    async def connect():
        async with asyncio.timeout(seconds):
            return await unix_socket.connect_async(path)

    return asyncio.run(connect())


WAYS = pytest.mark.parametrize("way", [connect_blocking, connect_with_asyncio])


@WAYS
def test_a_full_queue_is_waited_for(busy, way):
    """Regression: asyncio gave a socket that was not connected, and a check was unknown ("Transport endpoint is not connected")."""
    listening, path = busy
    threading.Timer(0.3, lambda: listening.accept()[0].close()).start()
    made = way(path)
    assert made.getpeername() == path
    accepted, _ = listening.accept()
    accepted.sendall(b"hello")
    made.settimeout(5)
    assert made.recv(5) == b"hello"
    accepted.close()
    made.close()


@WAYS
def test_a_queue_that_stays_full_is_given_up(busy, way):
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        way(busy[1], seconds=0.2)
    assert time.monotonic() - began < 5


@WAYS
def test_where_nobody_listens_nobody_is_waited_for(tmp_path, way):
    with pytest.raises(FileNotFoundError):
        way(str(tmp_path / "none.sock"))
