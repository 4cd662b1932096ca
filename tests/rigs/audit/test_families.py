"""The attacks that are made."""

import pytest

from rigs.audit.attack import Family
from rigs.audit.families import EVERY, chosen


def numbers(families: list[Family]) -> list[str]:
    return [attack.id for family in families for attack in family.attacks]


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (["A4", "M17"], ["M17", "A4"]),
        (["A4", "abuse"], [f"A{number}" for number in range(1, 9)]),
        (["A"], []),
        (["x"], []),
    ],
)
def test_attacks_are_chosen_by_the_name_of_their_family_or_by_their_number(words, made):
    assert numbers(chosen(EVERY, words)) == made


def test_without_a_choice_all_attacks_are_made():
    assert chosen(EVERY, []) == list(EVERY)
