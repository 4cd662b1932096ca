"""The moment at which typed keys have had their effect: after the output that they brought, or when there was time for it."""

import asyncio
import time

from labs.terminals.effect_of_keys import MARKS, SETTLES_IN, SETTLES_WITHIN, EffectOfKeys


async def settles(effect, output_after=None):
    """Type, mark, and return the mark's number with the seconds until its answer."""
    effect.typed()
    began = time.monotonic()
    effect.mark(7)
    waiting = asyncio.create_task(effect.settled())
    if output_after is not None:
        await asyncio.sleep(output_after)
        effect.sent += 1
        effect.printed()
    return await waiting, time.monotonic() - began


def test_a_silent_program_has_settled_when_it_has_had_its_time():
    number, took = asyncio.run(settles(EffectOfKeys()))
    assert number == 7
    assert took >= SETTLES_WITHIN - 0.01


def test_an_echo_settles_the_mark_but_not_before_a_second_piece_of_output_could_follow():
    number, took = asyncio.run(settles(EffectOfKeys(), output_after=0.01))
    assert number == 7
    assert took >= SETTLES_IN - 0.01


def test_output_from_before_the_keys_settles_nothing():
    effect = EffectOfKeys()
    effect.sent = 4  # a prompt
    effect.printed()
    _number, took = asyncio.run(settles(effect))
    assert took >= SETTLES_WITHIN - 0.01


def test_of_many_marks_the_newest_are_answered_in_order():
    async def all_of():
        effect = EffectOfKeys()
        for number in range(MARKS + 2):
            effect.mark(number)
        effect.sent = 1
        return [await effect.settled() for _ in range(MARKS)]

    assert asyncio.run(all_of()) == list(range(2, MARKS + 2))
