"""The largest request heads and trailers, under a real server: what is longer is refused, and kept nowhere."""

import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.tls_certificates import certificate
from tests.vaka.echo_server import answer, served, talking_to

IMPORTED = "from vaka.web.connection_limits import BoundedConnection\n"
QUICK = IMPORTED + "BoundedConnection.head_seconds = 0.5\n"
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


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


OWED = {"a head": b"", "a body": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello"}


@pytest.mark.parametrize("sent", OWED.values(), ids=OWED)
def test_connections_that_send_no_whole_request_keep_nobody_out(tmp_path, sent):
    """Each takes a file descriptor of the server: 1,050 of them kept all other clients out for as long as they stayed."""
    with served(tmp_path, files=128) as (_process, url), ExitStack() as held:
        answer(url)
        for _ in range(200):
            with suppress(ConnectionError):
                held.enter_context(talking_to(url)).sendall(sent)
        began = time.monotonic()
        assert answer(url)[0] == b"here"
        assert time.monotonic() - began < 5


COUNTS = """
from vaka.web.connection_limits import BoundedConnection

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await asyncio.sleep(60)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(len(BoundedConnection.owing)).encode()})
"""
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def test_a_terminal_owes_nothing_for_as_long_as_it_is_open(tmp_path):
    """Else the open terminals of a class would be closed for the next ones."""
    with served(tmp_path, more=COUNTS) as (_process, url):
        assert answer(url)[0] == b"0"
        with talking_to(url) as talk:
            talk.sendall(HANDSHAKE)
            assert talk.recv(64).startswith(b"HTTP/1.1 101 ")
            assert answer(url)[0] == b"0"


PARTS = {"nothing": b"", "a part of a head": REQUEST[:20], "a request and a part": REQUEST + REQUEST[:20]}


@pytest.mark.parametrize("sent", PARTS.values(), ids=PARTS)
def test_a_connection_without_a_complete_head_is_closed(tmp_path, sent):
    with served(tmp_path, more=QUICK) as (_process, url):
        answer(url)
        with talking_to(url) as talk:
            talk.sendall(sent)
            assert ends_within(talk, 8)


def test_a_client_that_begins_no_tls_handshake_is_cut_off_as_early(tmp_path):
    cert, key = certificate(tmp_path, "localhost")
    with served(tmp_path, more=QUICK, options=("--ssl-certfile", str(cert), "--ssl-keyfile", str(key))) as (
        _process,
        url,
    ):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with suppress(ConnectionRefusedError), talking_to(url) as talk:
                assert ends_within(talk, 8)
                return
            time.sleep(0.05)
    pytest.fail("It did not start.")


def test_a_head_that_comes_in_drops_is_closed_too_also_after_an_answer(tmp_path):
    for before in (b"", REQUEST):
        with served(tmp_path, more=QUICK) as (_process, url):
            answer(url)
            with talking_to(url) as talk:
                if before:
                    talk.sendall(before)
                    assert talk.recv(1000)
                with pytest.raises(ConnectionError):  # noqa: PT012  # which of these bytes finds it closed is not known
                    for _ in range(100):
                        talk.sendall(b"\r\n")
                        time.sleep(0.05)


def test_a_connection_that_asks_again_in_time_stays_and_so_does_one_that_waits_for_its_answer(tmp_path):
    with served(tmp_path, more=QUICK + "ANSWERS_AFTER = 0.8\n") as (_process, url):
        answer(url)
        with talking_to(url) as talk:
            for _ in range(3):
                talk.sendall(REQUEST)
                assert read_until(talk, b"0\r\n\r\n").split()[1] == b"200"


PIECE, PIECES = bytes(1 << 16), 600  # together 40 MB, which no kernel takes into its buffers
DOWNLOADS = f"""
{IMPORTED}
under_way = cut_off = 0
give_up = BoundedConnection.give_up

def counted(connection):
    global cut_off
    cut_off += 1
    give_up(connection)

BoundedConnection.give_up = counted

async def application(scope, receive, send):
    global under_way
    pieces = {{"/in-pieces": [bytes({len(PIECE)})] * {PIECES}, "/whole": [bytes({len(PIECE) * PIECES})]}}.get(scope["path"])
    under_way += pieces is not None
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    for piece in pieces or [f"{{under_way}} under way, {{cut_off}} cut off".encode()]:
        await send({{"type": "http.response.body", "body": piece, "more_body": True}})
    await send({{"type": "http.response.body", "body": b""}})
    under_way -= pieces is not None
"""


@pytest.mark.parametrize("path", ["/in-pieces", "/whole"])
@pytest.mark.parametrize("last", ["", "Connection: close\r\n"], ids=["kept alive", "closed"])
def test_a_client_that_takes_nothing_of_its_response_is_cut_off(tmp_path, path, last):
    """Else the site keeps what it holds for the response, for example a temporary file, for as long as the client likes."""
    with served(tmp_path, more=DOWNLOADS + "BoundedConnection.stalled_seconds = 0.5\n") as (_process, url):
        assert answer(url)[0] == b"0 under way, 0 cut off"
        with talking_to(url) as talk:
            talk.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
            assert talk.recv(12) == b"HTTP/1.1 200"
            end = time.monotonic() + 20
            while (said := answer(url)[0]) != b"0 under way, 1 cut off":
                assert time.monotonic() < end, said
                time.sleep(0.1)
            assert all_of(talk) < len(PIECE) * PIECES, "the kernel gives the client what it had taken"


def test_a_client_that_takes_its_response_slowly_gets_all_of_it(tmp_path):
    with served(tmp_path, more=DOWNLOADS + "BoundedConnection.stalled_seconds = 1.5\n") as (_process, url):
        answer(url)
        with talking_to(url) as talk:
            talk.sendall(b"GET /in-pieces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            got = 0
            while piece := talk.recv(1 << 20):
                got += len(piece)
                time.sleep(len(piece) / len(PIECE) / PIECES * 5)  # 5 seconds in all
            assert got > len(PIECE) * PIECES


def all_of(talk):
    """The number of bytes that come until the end of the connection."""
    got = 0
    with suppress(ConnectionResetError):
        while piece := talk.recv(1 << 20):
            got += len(piece)
    return got


def read_until(talk, end):
    got = b""
    while not got.endswith(end):
        piece = talk.recv(1000)
        assert piece, got
        got += piece
    return got


def ends_within(talk, seconds):
    talk.settimeout(seconds)
    with suppress(ConnectionError):
        while talk.recv(1000):
            pass
    return True


def resident(number):
    """KB of memory of a process."""
    found = [line for line in Path(f"/proc/{number}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(found[0].split()[1])
