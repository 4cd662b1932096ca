"""The server of the site and of the gateway: its limits, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from vaka.ops import serve

ECHO = """
async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})
"""


@contextmanager
def served(folder):
    """Serve a small application; its process and address."""
    (folder / "echo.py").write_text(ECHO)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vaka.ops.serve", "echo:application", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}) as process:
        try:
            yield process, f"http://127.0.0.1:{port}/"
        finally:
            process.kill()


def talking_to(url):
    """A connection to the server, for requests that no client would send."""
    return socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])), timeout=10)


def answer(url):
    end = time.monotonic() + 20
    while True:
        with suppress(urllib.error.URLError), urllib.request.urlopen(url, timeout=5) as found:
            return found.read(), found.headers
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_server_answers_and_ends_at_once_when_it_is_told_to(tmp_path):
    with served(tmp_path) as (process, url):
        body, headers = answer(url)
        assert body == b"here"
        assert "GMT" in headers["Date"]
        assert "Server" not in headers
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(5)
        assert time.monotonic() - told < serve.GRACE  # it does not use its second of grace when nobody is connected


def test_a_server_whose_port_is_taken_says_so_by_its_status(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        (tmp_path / "echo.py").write_text(ECHO)
        command = [sys.executable, "-m", "vaka.ops.serve", "echo:application", "--port", str(holder.getsockname()[1])]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 3
    assert "address already in use" in done.stderr


def test_a_head_without_end_is_cut_off_and_keeps_no_memory(tmp_path):
    """The parser would keep it all until it ends: 60 MB of one header made the process as much larger."""
    with served(tmp_path) as (process, url):
        answer(url)
        before = resident(process.pid)
        with talking_to(url) as talk:
            talk.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            with suppress(ConnectionError):
                for _ in range(60):
                    talk.sendall(b"x" * (1 << 20))
            with suppress(ConnectionError):
                assert talk.recv(64).startswith(b"HTTP/1.1 431 ")
        assert resident(process.pid) - before < 16 << 10, "KB"
        assert answer(url)[0] == b"here"


TRAILERS = {"one line without end": b"x" * (1 << 20), "lines without end": b"a: b\r\n" * 150_000}


@pytest.mark.parametrize("sent", TRAILERS.values(), ids=TRAILERS)
def test_trailers_without_end_are_cut_off_and_keep_no_memory(tmp_path, sent):
    """They come after the body, so no limit on bodies counts them: 230 MB of short lines took 4.6 GB."""
    with served(tmp_path) as (process, url):
        answer(url)
        before = resident(process.pid)
        with talking_to(url) as talk:
            talk.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\na: ")
            with suppress(ConnectionError):
                for _ in range(40):
                    talk.sendall(sent)
                pytest.fail("all of it was read")
        assert resident(process.pid) - before < 16 << 10, "KB"
        assert answer(url)[0] == b"here"


def test_a_body_in_many_small_chunks_with_a_trailer_arrives(tmp_path):
    with served(tmp_path) as (_process, url):
        answer(url)
        with talking_to(url) as talk:
            talk.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(200):
                talk.sendall(b"5\r\nhello\r\n" * 100)
            talk.sendall(b"0\r\nChecksum: 1\r\n\r\n")
            assert talk.recv(64).split()[1] == b"200"


def test_a_head_of_many_short_lines_is_cut_off_too_and_a_usual_one_is_not(tmp_path):
    with served(tmp_path) as (_process, url):
        answer(url)
        for lines, status in ((300, b"200"), (9000, b"431")):
            with talking_to(url) as talk:
                head = "".join(f"X-{number}: abcdefgh\r\n" for number in range(lines))
                with suppress(ConnectionError):
                    talk.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + head.encode())
                    talk.sendall(b"\r\n")
                with suppress(ConnectionError):
                    assert talk.recv(64).split()[1] == status


def resident(number):
    """KB of memory of a process."""
    found = [line for line in Path(f"/proc/{number}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(found[0].split()[1])
