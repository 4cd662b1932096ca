"""Replies of hostile HTTP servers."""

import random

import pytest

from labs.supervisor.probes.service_probes import parse_http

NO_HTTP = {"status": None, "error": "The server does not speak HTTP.", "headers": {}}


def test_a_reply_is_read_with_status_headers_and_body():
    assert parse_http(b"HTTP/1.1 200 OK\r\nContent-Type:  text/html \r\nX-A: b:c\r\n\r\n<p>\xff\r\n\r\nend") == {
        "status": 200,
        "error": "",
        "headers": {"content-type": "text/html", "x-a": "b:c"},
        "body": "<p>\ufffd\r\n\r\nend",
    }


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2",
        b"HTTP/2 200 OK",
        b"HTTP/1.1",
        b"HTTP/1.1 ",
        b"HTTP/1.1  200",
        b"HTTP/1.1 two hundred",
        b"HTTP/1.1 \xb200 OK",  # a superscript: str.isdigit takes it for a digit
        b"HTTP/1.1 -200 OK",
        b"HTTP/1.1 2e2 OK",
    ],
)
def test_a_reply_that_is_not_http_is_reported_and_shown(first):
    said = parse_http(first + b"\r\nServer: x\r\n\r\nbody")
    assert said | NO_HTTP == said
    assert said["body"] == first.decode("latin-1")


def test_a_long_status_and_many_headers_are_cut():
    said = parse_http(
        b"HTTP/1.1 " + b"9" * 5000 + b" OK\r\n" + b"".join(b"h%d: %s\r\n" % (n, b"v" * 900) for n in range(500))
    )
    assert said["status"] == 9999
    assert len(said["headers"]) == 60
    assert max(map(len, said["headers"].values())) == 300
    assert len(parse_http(b"x" * 30_000)["body"]) == 200


def test_a_reply_without_an_end_of_its_headers_has_no_body():
    assert parse_http(b"HTTP/1.0 404 Not Found\r\nServer: x")["body"] == ""


def test_five_thousand_broken_replies_raise_nothing():
    draw = random.Random(9110)
    whole = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello"
    for _ in range(5000):
        reply = bytearray(whole)
        for _ in range(draw.randrange(1, 8)):
            reply[draw.randrange(len(reply))] = draw.randrange(256)
        del reply[draw.randrange(len(reply)) :]
        said = parse_http(bytes(reply))
        assert said["status"] is None or 0 <= said["status"] <= 9999
