"""Sockets that bring no terminal token, or a wrong first message."""

import asyncio

import pytest

from labs.terminals import gateway, tokens, unauthenticated
from tests.labs.terminals.browsers import Page

pytestmark = pytest.mark.django_db


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


def test_a_line_with_many_networks_closes_its_own_sockets_and_not_those_of_others(stage):
    async def scenario(at):
        at.application._unauthenticated = unauthenticated.Unauthenticated(in_all=6, of_an_address=5)
        honest = [await Page(at.application, client="203.0.113.9").connects() for _ in range(2)]
        flood = [await Page(at.application, client=f"2001:db8:7:{n:x}::1").connects() for n in range(8)]
        assert (await flood[0].closed())[0] == 4429
        for page in honest:
            await page.says("{")
            assert (await page.closed())[0] == 4400, "the gateway still read it"
        for page in flood[4:]:
            await page.leaves()

    stage(scenario)
