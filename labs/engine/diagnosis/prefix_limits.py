"""Tells a session of BIRD that its own prefix limit has stopped from one that is disabled. BIRD lists both as down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from labs.engine.adapters import bird, untrusted
from labs.engine.adapters.node_state import PROTOCOLS, Answers, Seen

STOPPED = re.compile(r"^(?P<name>\S+)\s+\S+\s+\S+\s+(?!up\b)\S+.*\bRoute limit exceeded")


@dataclass(frozen=True, slots=True)
class Limited(Seen):
    """A node with sessions that a limit has stopped: their names in BIRD."""

    over_limit: frozenset[str] = frozenset()


def marked(seen: Seen, answers: Answers) -> Seen:
    """The node with these sessions marked. They are not among those that somebody has disabled."""
    said: Mapping[str, Any] = untrusted.fields(answers.get((seen.node.name, PROTOCOLS)))
    rows = bird.lines(said) if said.get("ok") is True else []
    stopped = frozenset(found["name"] for row in rows if (found := STOPPED.match(row)))
    if not stopped:
        return seen
    of = {one.name: getattr(seen, one.name) for one in fields(Seen)}
    return Limited(**of | {"off": seen.off - stopped}, over_limit=stopped)


def has_stopped(seen: Seen, protocol: str) -> bool:
    return isinstance(seen, Limited) and protocol in seen.over_limit
