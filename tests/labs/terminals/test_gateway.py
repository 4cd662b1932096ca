"""Terminals as a browser sees them: a real gateway and broker, and a fake relay whose labs behave in several ways."""

import asyncio
import logging
import socket
import struct

import pytest
from asgiref.testing import ApplicationCommunicator

from labs.terminals import effect_of_keys, gateway, tokens
from tests import servers
from tests.labs.terminals.browsers import Page

pytestmark = pytest.mark.django_db


def test_a_learner_types_and_reads_the_echo(stage, session):
    async def scenario(at):
        page = await at.opens()
        assert await page.news() == {"opened": True, "terminal": "1", "mode": "control", "replay": 4}
        await page.output(b"r1# ")
        await page.says(b"show ipv6 route\r")
        assert await page.output(b"\r\nr1# ") == b"show ipv6 route\r\nr1# "
        await page.says({"resize": [40, 132]})
        await page.says({"ping": 17})
        assert await page.news() == {"pong": 17}
        await page.leaves()

        asked = {"session": str(session.pk), "op": "terminal", "node": "r1", "terminal": "1", "mode": "control"}
        assert at.relay.viewers[0].asked == {**asked, "rows": 24, "cols": 80}
        assert {"resize": [40, 132]} in at.relay.viewers[0].said

    stage(scenario)


def test_what_was_typed_settles_after_its_output_and_in_time_also_without_any(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await page.says(b"show")
        await page.says({"mark": 1})
        assert await page.output(b"show") == b"show"  # no answer overtakes it
        assert await page.news() == {"settled": 1}
        at.relay.echoes = False
        await page.says(b"secret")
        await page.says({"mark": 2})
        assert await page.news() == {"settled": 2}
        assert bytes(at.relay.viewers[0].typed) == b"showsecret"
        await page.leaves()

    stage(scenario)


def test_an_echo_that_is_late_comes_before_what_was_typed_settles(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        at.relay.echoes = False
        await page.says(b"s")
        await page.says({"mark": 1})
        await asyncio.sleep(effect_of_keys.SETTLES_IN + 0.1)
        at.relay.say(b"s")
        assert await page.output(b"s") == b"s"
        assert await page.news() == {"settled": 1}
        await page.leaves()

    stage(scenario)


def test_a_reload_finds_the_scrollback(stage):
    async def scenario(at):
        page = await at.opens()
        await page.says(b"ping6 h2\r")
        await page.output(b"ping6 h2")
        await page.leaves()
        again = await at.opens()
        assert await again.output(b"ping6 h2\r\nr1# ")
        await again.leaves()

    stage(scenario)


def test_an_observer_sees_everything_and_cannot_type(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        observer = await at.opens(mode="view")
        await observer.output(b"r1# ")
        await observer.says(b"reboot\r")
        await observer.says({"resize": [2, 2]})
        await page.says(b"show version\r")
        assert b"reboot" not in await observer.output(b"show version")
        assert at.relay.viewers[1].typed == b""
        assert at.relay.viewers[1].said == []
        await page.leaves()
        await observer.leaves()

    stage(scenario)


def test_the_end_of_a_shell_is_reported(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await page.says(b"\x04")
        assert await page.news() == {"exited": 0}
        assert await page.closed() == (1000, "The shell has ended.")

    stage(scenario)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:8001"),
        ("", "localhost:8001"),
        ("null", "localhost:8001"),
        ("http://evil.example", "evil.example:8001"),
        ("http://localhost.evil.example", "localhost:8001"),
        ("http://[", "localhost:8001"),
        ("file://localhost", "localhost:8001"),
    ],
)
def test_a_page_of_another_site_opens_no_terminal(stage, ada, session, origin, host):
    async def scenario(at):
        page = await at.opens(origin=origin, host=host)
        assert await page.closed() == (4403, "Terminals can be opened from the pages of this site only.")
        # The token that it brought was not used up
        await tokens.use(tokens.read(tokens.issue(ada.pk, session.pk, "r1", "1", "view")), at.application._the_redis)

    stage(scenario)


def test_the_site_may_be_served_from_an_ip_address(stage):
    async def scenario(at):
        page = await at.opens(origin="http://[::1]:8000", host="[::1]:8001")
        await page.output(b"r1# ")
        await page.leaves()

    stage(scenario)


def test_without_a_relay_the_page_learns_it(stage):
    async def scenario(at):
        code, sentence = await (await at.opens()).closed()
        assert code == 4503
        assert "relay" in sentence

    stage(scenario, with_relay=False)


def test_without_a_broker_the_page_learns_it(stage, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    async def scenario(at):
        code, sentence = await (await at.opens()).closed()
        assert code == 4503
        assert "broker" in sentence

    stage(scenario)


def test_a_lab_has_sixteen_terminals_and_no_more(stage):
    async def scenario(at):
        pages = [await at.opens(name=str(n)) for n in range(gateway.IN_A_SESSION)]
        for page in pages:
            await page.output(b"r1# ")
        code, sentence = await (await at.opens(name="17")).closed()
        assert code == 4429
        assert "16" in sentence
        for page in pages:
            await page.leaves()
        page = await at.opens(name="17")
        await page.output(b"r1# ")
        await page.leaves()

    stage(scenario)


def test_other_paths_are_refused_and_the_health_check_answers(stage):
    async def scenario(at):
        page = await Page(at.application, path="/").connects()
        assert (await page.closed())[0] == 4400
        for path, status in [("/health", 200), ("/", 404)]:
            http = ApplicationCommunicator(at.application, {"type": "http", "path": path, "headers": []})
            assert (await http.receive_output(1))["status"] == status

    stage(scenario)


HANDSHAKE = (
    b"GET /terminal HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MASK = b"\0\0\0\0"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(b"\x82\x01x", 1002, id="not masked"),
        pytest.param(b"\x8b\x80" + MASK, 1002, id="an opcode that is reserved"),
        pytest.param(b"\xf2\x81" + MASK + b"x", 1002, id="bits that are reserved"),
        pytest.param(b"\x80\x81" + MASK + b"x", 1002, id="a continuation of nothing"),
        pytest.param(b"\x89\xfe\x00\x80" + MASK + b"x" * 128, 1002, id="a ping too long"),
        pytest.param(b"\x81\x82" + MASK + b"\xff\xfe", 1007, id="text that is no text"),
        pytest.param(b"\x82\xff" + struct.pack("!Q", 1 << 30) + MASK, 1009, id="a gigabyte"),
        pytest.param(b"\x82", None, id="half a frame, then nobody"),
    ],
)
def test_invalid_websocket_frames_do_no_harm(broker, caplog, frame, code):
    with servers.served(gateway.Gateway()) as port:
        with socket.create_connection(("127.0.0.1", port), 3) as connection:
            connection.sendall(HANDSHAKE)
            assert connection.recv(4096).startswith(b"HTTP/1.1 101")
            connection.sendall(frame)
            if code:
                answer = connection.recv(4096)
                assert answer[0] == 0x88
                assert struct.unpack("!H", answer[2:4])[0] == code
            else:
                connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )  # as when a cable is pulled
        with socket.create_connection(("127.0.0.1", port), 3) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
