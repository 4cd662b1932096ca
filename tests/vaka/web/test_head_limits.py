"""The largest request heads and trailers, under a real server: what is longer is refused, and kept nowhere."""

from contextlib import suppress
from pathlib import Path

import pytest

from tests.vaka.echo_server import answer, served, talking_to


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
