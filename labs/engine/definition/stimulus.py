"""Stimuli: the changes that a check may make in the network before it looks. Each changes one thing, and can be undone."""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.engine.definition.spec import Check
from labs.engine.shared.cable import WORSE

# A cable, by one of its ends; a file of ROAs that a cache serves, as NODE:/PATH; a node of the instructor
THINGS = ("link", "roas", "run")
OF_LINK = ("up", *WORSE)
OF_ROAS = ("prefix", "origin_as", "max_length")
OF_RUN = ("commands", "restore")
OF: Mapping[str, tuple[str, ...]] = {"link": OF_LINK, "roas": OF_ROAS, "run": OF_RUN}

type Thing = tuple[str, str]  # which of THINGS, and its name


def thing(action: Mapping[str, Any]) -> Thing:
    """Return the thing that the stimulus changes."""
    return next((name, str(action[name])) for name in THINGS if name in action)


def undo(thing: Thing) -> dict[str, Any]:
    """Return the action that restores the thing to its state before the first stimulus. It is idempotent."""
    return {thing[0]: thing[1], "undo": True}


def things(checks: Iterable[Check]) -> list[Thing]:
    """Return all things that the checks change."""
    return sorted({thing(action) for check in checks for action in check.do})
