"""A check that a draft may have. Whether it is worth having, only the running lab can tell."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.state.facts import State
from labs.engine.state.routing import owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``expect`` and ``title`` have the author's own values; placeholders come in when the draft is written."""

    type: str
    title: str
    on: str  # the node that looks
    expect: Mapping[str, Any]
    do: tuple[Mapping[str, Any], ...] = ()
    hold: int = 0
    with_node: str = ""  # the other end of the session or adjacency that it rests on
    absent: bool = False  # it says that something is not there, so it needs a control
    of_neighbor: str = ""  # of an absence in BGP: the AS that would send it
    trap: bool = False  # only a network with a mistake has shown it, so a learner should not read it before

    @property
    def key(self) -> str:
        """The same for two candidates that ask the same."""
        return json.dumps([self.type, self.on, self.expect, list(self.do)], sort_keys=True, default=str)

    def nodes(self) -> set[str]:
        """The nodes from which it looks: those of a probe see both ends."""
        witness = self.expect.get("at") or self.expect.get("to")
        return {self.on, *([witness] if isinstance(witness, str) else [])}

    def is_own(self, lab: Lab) -> bool:
        """Whether it rests on the learner's nodes alone, who can forge what we read there."""
        return all(lab.nodes[name].learner for name in self.nodes() if name in lab.nodes)


def holder(state: State, address: str) -> str:
    """Return the node that has an address, or "" if none has it, or if it is no address."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return ""
    return owner(state, ip) or ""
