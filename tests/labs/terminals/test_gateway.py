"""Terminals as a browser sees them: a real gateway and broker, and a fake relay whose labs behave in several ways."""

import asyncio
import json
import logging
import socket
import struct
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from redis import Redis

from labs import events
from labs.lifecycle import class_labs
from labs.models import LabSession, State
from labs.terminals import activity, gateway, permissions, terminal, tokens, unauthenticated
from tests import servers
from tests.fake_relay import FakeRelay

pytestmark = pytest.mark.django_db


class Page:
    """A page of the site with a terminal in it."""

    def __init__(
        self,
        application,
        *,
        origin="http://localhost:8000",
        host="localhost:8001",
        path="/terminal",
        client="127.0.0.1",
    ):
        headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
        scope = {"type": "websocket", "path": path, "headers": headers, "client": (client, 9)}
        self.socket = ApplicationCommunicator(application, scope)

    async def connects(self):
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.hears())["type"] == "websocket.accept"
        return self

    async def hears(self, seconds=3):
        return await self.socket.receive_output(seconds)

    async def says(self, value):
        kind = "bytes" if isinstance(value, bytes) else "text"
        text = value if isinstance(value, bytes | str) else json.dumps(value)
        await self.socket.send_input({"type": "websocket.receive", kind: text})

    async def news(self):
        """Return the next JSON message, after any output."""
        while True:
            event = await self.hears()
            if "text" in event:
                return json.loads(event["text"])

    async def output(self, until: bytes) -> bytes:
        seen = b""
        while until not in seen:
            seen += (await self.hears()).get("bytes") or b""
        return seen

    async def closed(self):
        """Return the code and the sentence with which the gateway closes."""
        sentence = None
        while True:
            event = await self.hears(8)
            if event["type"] == "websocket.close":
                assert event["reason"] in sentence
                await self.socket.wait(1)
                return event["code"], sentence
            if "text" in event and "closed" in (said := json.loads(event["text"])):
                sentence = said["closed"]

    async def leaves(self):
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(2)


@pytest.fixture
def session(ada):
    return LabSession.objects.create(learner=ada, lab="ospfv3-one-area", lab_version="0" * 12, state=State.READY)


@pytest.fixture
def stage(broker, settings, tmp_path, session, ada, monkeypatch):
    """Run a scenario with gateway, broker and relay. Nothing that it opened may be left afterwards."""
    # The test's own transaction is on this connection; Django's test client keeps it open in the same way
    monkeypatch.setattr(permissions, "close_old_connections", lambda: None)
    monkeypatch.setattr(activity, "close_old_connections", lambda: None)
    settings.RELAY_SOCKET = tmp_path / "relay.sock"

    @asynccontextmanager
    async def gateway_with(relay):
        application = gateway.Gateway()
        await application.start()
        try:
            yield application
            if relay:
                assert not application._the_watch.held()
                for viewer in relay.viewers:
                    await asyncio.wait_for(viewer.left.wait(), 2)
        finally:
            await application.stop()

    def run(scenario, *, with_relay=True):
        async def play():
            if with_relay:
                async with FakeRelay().listening(settings.RELAY_SOCKET) as relay, gateway_with(relay) as application:
                    await scenario(
                        SimpleNamespace(
                            relay=relay, application=application, opens=opens(application), ada=ada, session=session
                        )
                    )
            else:
                async with gateway_with(None) as application:
                    await scenario(SimpleNamespace(relay=None, application=application, opens=opens(application)))

        def opens(application):
            async def one(node="r1", mode="control", name="1", token=None, **how):
                page = await Page(application, **how).connects()
                text = token or tokens.issue(ada.pk, session.pk, node, name, mode)
                await page.says({"token": text, "rows": 24, "cols": 80})
                return page

            return one

        async_to_sync(play)()

    return run


class SlowBrowser:
    """A browser whose connection takes nothing more: what is sent to it waits."""

    def __init__(self, *says):
        self.says = list(says)

    async def receive(self):
        return self.says.pop(0) if self.says else await asyncio.Event().wait()

    async def send(self, value):
        if isinstance(value, dict) and "pong" in value:
            await asyncio.Event().wait()


def test_on_a_full_connection_keys_do_not_wait_for_the_answer_to_a_ping(tmp_path):
    async def play():
        path = tmp_path / "relay.sock"
        async with FakeRelay().listening(path) as relay:
            where = {"session": "s", "node": "r1", "terminal": "1", "mode": tokens.Mode.CONTROL}
            token = tokens.TerminalToken(**where, id="1", user=1, language="en", issued=0)
            slow = terminal.Terminal(token, SlowBrowser('{"ping": 1}', b"\x03"), await terminal.connect(path))
            running = asyncio.create_task(slow.run(24, 80))
            async with asyncio.timeout(2):
                while not (relay.viewers and b"\x03" in relay.viewers[0].typed):
                    await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())


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


def test_what_was_typed_has_settled_after_its_output_and_in_time_also_without_any(stage):
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


def test_an_echo_that_is_late_comes_before_what_was_typed_has_settled(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        at.relay.echoes = False
        await page.says(b"s")
        await page.says({"mark": 1})
        await asyncio.sleep(terminal.SETTLES_IN + 0.1)
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


def test_a_used_token_opens_no_terminal(stage, ada, session):
    text = tokens.issue(ada.pk, session.pk, "r1", "1", "control")

    async def scenario(at):
        page = await at.opens(token=text)
        await page.output(b"r1# ")
        thief = await at.opens(token=text)
        assert await thief.closed() == (
            4401,
            "The terminal token of this page was used before. Open the terminal again.",
        )
        await page.leaves()

    stage(scenario)


def test_an_old_token_opens_no_terminal(stage, monkeypatch):
    async def scenario(at):
        monkeypatch.setattr(tokens, "LIFE", -1)
        code, sentence = await (await at.opens()).closed()
        assert code == 4401
        assert "waited too long" in sentence

    stage(scenario)


def test_a_learner_cannot_open_a_terminal_of_another_learners_lab(stage, linus, session):
    async def scenario(at):
        page = await at.opens(token=tokens.issue(linus.pk, session.pk, "r1", "1", "view"))
        assert await page.closed() == (4403, "You do not have permission to open this terminal.")
        assert at.relay.viewers == []

    stage(scenario)


def test_a_seat_opens_terminals_on_its_own_nodes_until_it_is_removed(stage, session, grace, linus):
    class_labs.put(session, grace, ["r1"])
    class_labs.put(session, linus, ["h1"])

    async def scenario(at):
        own = await at.opens(token=tokens.issue(grace.pk, session.pk, "r1", "1", "control"))
        await own.output(b"r1# ")
        for mode in ("control", "view"):
            others = await at.opens(token=tokens.issue(grace.pk, session.pk, "h1", "1", mode))
            assert await others.closed() == (4403, "You do not have permission to open this terminal.")
        moved = await at.opens(token=tokens.issue(linus.pk, session.pk, "h1", "1", "control"))
        await moved.output(b"r1# ")
        await sync_to_async(class_labs.remove)(session, grace)
        await sync_to_async(events.send)(
            session.pk, events.text("seats")
        )  # by hand, because the test's transaction never commits
        assert await own.closed() == (4404, "You do not have permission to open this terminal.")
        await moved.says({"ping": 3})
        assert await moved.news() == {"pong": 3}
        assert [viewer.asked["node"] for viewer in at.relay.viewers] == ["r1", "h1"]
        await moved.leaves()

    stage(scenario)


def test_a_lab_that_is_not_ready_has_no_terminals(stage, session):
    LabSession.objects.filter(pk=session.pk).update(state=State.STARTING)

    async def scenario(at):
        assert await (await at.opens()).closed() == (4403, "The lab is not running.")

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


@pytest.mark.parametrize(
    "first",
    [
        "hello", "[]", "{", "null", '{"rows":24,"cols":80}', '{"token":7,"rows":24,"cols":80}', "[" * 100_000,
        '{"token":"x","rows":"24","cols":80}', '{"token":"x","rows":true,"cols":80}',
        '{"token":"x","rows":-1,"cols":80}',
        '{"token":"' + "x" * 5000 + '","rows":24,"cols":80}', b"\x00\xff",
    ],
)  # fmt: skip
def test_a_malformed_first_message_is_refused(stage, first):
    async def scenario(at):
        page = await Page(at.application).connects()
        await page.says(first)
        code, sentence = await page.closed()
        assert code == 4400
        assert sentence.endswith(".")

    stage(scenario)


@pytest.mark.parametrize("forged", ["not:a:token", "", "token"])
def test_a_forged_token_is_refused(stage, forged):
    async def scenario(at):
        page = await Page(at.application).connects()
        await page.says({"token": forged, "rows": 24, "cols": 80})
        assert (await page.closed())[0] == 4401

    stage(scenario)


def test_a_socket_without_a_token_is_closed_after_a_while(stage, monkeypatch):
    monkeypatch.setattr(gateway, "FIRST_WITHIN", 0.05)

    async def scenario(at):
        page = await Page(at.application).connects()
        assert (await page.closed())[0] == 4401

    stage(scenario)


def test_many_sockets_without_a_token_do_not_block_new_terminals(stage):
    """Regression: two hundred of them blocked all terminals."""

    async def scenario(at):
        silent = [await Page(at.application, client="203.0.113.9").connects() for _ in range(260)]
        await asyncio.sleep(0.05)
        page = await at.opens(client="203.0.113.9")
        await page.output(b"r1# ")
        assert (
            len(at.application._unauthenticated) == unauthenticated.OF_AN_ADDRESS - 1
        )  # the page's place took one of them
        assert (await silent[0].closed())[0] == 4429, "the oldest is closed"
        await page.leaves()
        for one in silent[-unauthenticated.OF_AN_ADDRESS :]:
            await one.leaves()
        assert len(at.application._unauthenticated) == 0

    stage(scenario)


def test_a_flood_from_one_address_closes_only_its_own_sockets(stage):
    async def scenario(at):
        at.application._unauthenticated = unauthenticated.Unauthenticated(in_all=6, of_an_address=5)
        slow = await Page(at.application, client="198.51.100.7").connects()
        await asyncio.sleep(0.01)
        flood = [await Page(at.application, client="203.0.113.9").connects() for _ in range(40)]
        await asyncio.sleep(0.05)
        others = [await Page(at.application, client=f"192.0.2.{n}").connects() for n in range(3)]
        await asyncio.sleep(0.05)
        await slow.says({"token": tokens.issue(at.ada.pk, at.session.pk, "r1", "1", "control"), "rows": 24, "cols": 80})
        await slow.output(b"r1# ")
        for page in (slow, *flood, *others):
            await page.leaves()

    stage(scenario)


def test_one_network_of_ipv6_counts_as_one_address(stage):
    async def scenario(at):
        at.application._unauthenticated = unauthenticated.Unauthenticated(in_all=9, of_an_address=2)
        pages = [await Page(at.application, client=f"2001:db8:7:8::{n}").connects() for n in range(1, 4)]
        assert (await pages[0].closed())[0] == 4429
        for page in pages[1:]:
            await page.leaves()

    stage(scenario)


@pytest.mark.parametrize(
    "rubbish",
    [
        "hello", "[]", '{"resize":[1]}', '{"resize":["1",2]}', '{"resize":7}', '{"ack":"all"}', '{"ack":-1}',
        '{"ack":1.5}', '{"ping":{}}', '{"op":"do"}', b"k" * (64 * 1024 + 1),
    ],
)  # fmt: skip
def test_a_malformed_message_closes_with_a_sentence(stage, rubbish):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await page.says(rubbish)
        assert (await page.closed())[0] == 4400

    stage(scenario)


def test_an_acknowledgement_of_what_was_never_sent_counts_for_what_was(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await page.says({"ack": 10**12})
        await page.says(b"\r")
        await page.output(b"r1# ")
        assert at.relay.viewers[0].acked == 4
        await page.leaves()

    stage(scenario)


def test_a_flood_of_messages_closes_only_its_own_terminal(stage):
    async def scenario(at):
        quiet = await at.opens(name="2")
        page = await at.opens()
        for _ in range(terminal.AT_ONCE + 50):
            await page.says('{"ack":0}')
        assert (await page.closed())[0] == 4429
        await quiet.says(b"still here\r")
        await quiet.output(b"still here")
        await quiet.leaves()

    stage(scenario)


def test_a_flooding_program_waits_for_a_slow_browser_and_ctrl_c_works_at_once(stage):
    async def scenario(at):
        page = await at.opens("flood")
        seen = 0
        while seen < 100_000:
            seen += len((await page.hears()).get("bytes") or b"")
        await asyncio.sleep(0.1)  # the browser draws nothing meanwhile
        assert at.relay.viewers[0].sent <= 128 * 1024
        await page.says(b"\x03")
        await page.says({"ack": seen})
        rest = await page.output(b"^C\r\nr1# ")
        assert len(rest) < 160 * 1024
        await page.leaves()

    stage(scenario)


def test_a_lab_that_ignores_acknowledgements_does_not_fill_the_gateways_memory(stage):
    async def scenario(at):
        page = await at.opens("deaf")
        seen = 0
        while seen <= terminal.WINDOW:
            seen += len((await page.hears()).get("bytes") or b"")
        assert await page.socket.receive_nothing(0.3)
        await page.says({"ack": seen})
        assert (await page.hears())["bytes"]
        await page.leaves()

    stage(scenario)


@pytest.mark.parametrize(("node", "code", "sentence"), [
    ("gone", 4404, "The lab is gone."),
    ("rude", 4503, "The connection to the lab broke. Try again in a moment."),
])  # fmt: skip
def test_a_failure_of_the_lab_is_reported(stage, node, code, sentence):
    async def scenario(at):
        assert await (await at.opens(node)).closed() == (code, sentence)

    stage(scenario)


BROKEN = "The connection to the lab broke. Try again in a moment."


def test_a_lab_that_does_not_answer_closes_its_terminal(stage, monkeypatch):
    monkeypatch.setattr(terminal, "OPENS_WITHIN", 0.1)

    async def scenario(at):
        code, sentence = await (await at.opens("mute")).closed()
        assert (code, sentence) == (4503, "The lab does not answer. Try again in a moment.")

    stage(scenario)


def test_a_lab_that_is_lost_closes_its_terminals(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        at.relay.lose_the_lab()
        assert await page.closed() == (4404, "The lab is gone.")

    stage(scenario)


def test_a_relay_that_dies_closes_its_terminals(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        at.relay.vanish()
        assert await page.closed() == (4503, BROKEN)

    stage(scenario)


def test_a_connection_that_ends_without_a_close_frame_counts_as_broken(stage):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        for viewer in at.relay.viewers:
            viewer.writer.close()
        assert await page.closed() == (4503, BROKEN)

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


def test_a_lab_that_stops_closes_its_terminals_at_once(stage, broker, session):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await asyncio.sleep(0.1)
        await LabSession.objects.filter(pk=session.pk).aupdate(state=State.STOPPING)
        await sync_to_async(Redis.from_url(broker).publish)(f"vaka:session:{session.pk}", '{"event":"state"}')
        async with asyncio.timeout(1.5):
            assert await page.closed() == (4404, "The lab is not running.")

    stage(scenario)


def test_a_lab_that_stops_closes_its_terminals_soon_even_without_an_event(stage, session, monkeypatch):
    monkeypatch.setattr(permissions, "EVERY", 0.2)

    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await LabSession.objects.filter(pk=session.pk).aupdate(state=State.STOPPING)
        assert (await page.closed())[0] == 4404

    stage(scenario)


def test_signing_out_closes_the_users_terminals(stage, ada_client):
    async def scenario(at):
        page = await at.opens()
        await page.output(b"r1# ")
        await asyncio.sleep(0.1)
        await sync_to_async(ada_client.logout)()
        async with asyncio.timeout(1.5):
            assert await page.closed() == (4404, "You have signed out.")

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
