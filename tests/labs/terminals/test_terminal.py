"""One open terminal: its flow, its limits, and the failures of the lab behind it."""

import asyncio

import pytest

from labs.terminals import terminal, tokens
from tests.fake_relay import FakeRelay
from tests.labs.terminals.browsers import SlowBrowser

pytestmark = pytest.mark.django_db


def test_on_a_full_connection_keys_do_not_wait_for_the_answer_to_a_ping(tmp_path):
    async def play():
        path = tmp_path / "relay.sock"
        async with FakeRelay().listening(path) as relay:
            where = {"session": "s", "node": "r1", "terminal": "1", "mode": tokens.Mode.CONTROL}
            token = tokens.TerminalToken(**where, id="1", user=1, language="en", issued=0)
            slow = terminal.Terminal(token, SlowBrowser('{"ping": 1}', b"\x03"), await terminal.connect(path))
            running = asyncio.create_task(slow.run(24, 80))
            async with asyncio.timeout(20):
                while not (relay.viewers and b"\x03" in relay.viewers[0].typed):
                    await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())


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
