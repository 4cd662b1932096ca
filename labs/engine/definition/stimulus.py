"""What a check may do to the network before it looks. Each stimulus is done to one thing, and undone by naming that thing alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.engine.definition.spec import Check
from labs.engine.shared.cable import WORSE

THINGS = ("link", "roas")  # a cable, by one of its ends; a file of ROAs that a cache serves, as NODE:/PATH
OF_LINK = ("up", *WORSE)
OF_ROAS = ("prefix", "origin_as", "max_length")

type Thing = tuple[str, str]  # which of THINGS, and its name


def thing(action: Mapping[str, Any]) -> Thing:
    """What the stimulus is done to."""
    return next((name, str(action[name])) for name in THINGS if name in action)


def undo(thing: Thing) -> dict[str, Any]:
    """The action that puts it back as it was before the first stimulus; done twice it is done once."""
    return {thing[0]: thing[1], "undo": True}


def things(checks: Iterable[Check]) -> list[Thing]:
    """All that the checks disturb."""
    return sorted({thing(action) for check in checks for action in check.do})
