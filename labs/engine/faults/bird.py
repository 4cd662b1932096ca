"""Faults of BIRD: the same that FRR can have, in BIRD's configuration language."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from labs.engine.adapters.config_blocks import Line
from labs.engine.adapters.node_state import Network, Seen
from labs.engine.definition.spec import Kind
from labs.engine.faults.base import Fault, Spot, bird_edit, of_kind

type Edit = tuple[str, str]  # the text that is there, and its replacement


def _protocols(network: Network, kind: str) -> Iterator[tuple[Seen, str]]:
    for seen in of_kind(network, Kind.BIRD):
        for head in seen.config.heads(f"protocol {kind}"):
            yield seen, head


def _inside(seen: Seen, head: str) -> list[Line]:
    return [line for line in seen.config.lines if line.heads[:1] == (head,)]


def _edited(kind: str, change: Callable[[Seen, str], Edit | None], network: Network) -> Iterator[Spot]:
    for seen, head in _protocols(network, kind):
        if edit := change(seen, head):
            inject, repair = bird_edit(head, *edit)
            yield Spot(seen.node.name, head, (inject,), (repair,))


def _replaced(pattern: str, new: Callable[[re.Match[str]], str]) -> Callable[[Seen, str], Edit | None]:
    """Replace the first text of the protocol that matches the pattern."""
    expression = re.compile(pattern)

    def change(seen: Seen, head: str) -> Edit | None:
        found = next((m for line in _inside(seen, head) if (m := expression.search(line.text))), None)
        return (found[0], new(found)) if found else None

    return change


def _number(word: str, other: int) -> Callable[[Seen, str], Edit | None]:
    return _replaced(rf"\b{word} (\d+)\b", lambda found: f"{word} {other if int(found[1]) != other else other + 1}")


def _disabled(kind: str, network: Network) -> Iterator[Spot]:
    for seen, head in _protocols(network, kind):
        name = head.split()[-1]
        # BIRD names a protocol without a name by its type and a number.
        if name not in ("v2", "v3", kind):
            yield Spot(seen.node.name, head, (f"birdc disable {name}",), (f"birdc enable {name}",))


def _far_as(seen: Seen, head: str) -> Edit | None:
    for line in _inside(seen, head):
        if line.text.startswith("neighbor ") and (found := re.search(r"\bas (\d+)", line.text)):
            return found[0], "as 65551"
    return None


def _no_import(seen: Seen, head: str) -> Edit | None:
    return ("import all", "import none") if any(line.text == "import all" for line in _inside(seen, head)) else None


def _no_export(seen: Seen, head: str) -> Edit | None:
    line = next((line for line in _inside(seen, head) if line.text.startswith(("export all", "export where"))), None)
    return (line.text, "export none") if line else None


def _channel(seen: Seen, head: str) -> Edit | None:
    there = {line.text for line in _inside(seen, head)}
    return ("ipv6 {", "ipv4 {") if "ipv6" in there and "ipv4" not in there else None


FAULTS = (
    Fault("bird-ospf-hello", "ospf-timers", partial(_edited, "ospf", _number("hello", 3))),
    Fault("bird-ospf-dead", "ospf-timers", partial(_edited, "ospf", _number("dead", 9))),
    Fault("bird-ospf-area", "ospf-area", partial(_edited, "ospf", _number("area", 77))),
    Fault("bird-ospf-type", "ospf-type", partial(_edited, "ospf", _replaced(r"type ptp", lambda _m: "type broadcast"))),
    Fault("bird-ospf-passive", "ospf-passive", partial(_edited, "ospf", _replaced(r"type ptp", lambda _m: "stub"))),
    Fault("bird-ospf-off", "protocol-off", partial(_disabled, "ospf")),
    Fault("bird-bgp-as", "bgp-as", partial(_edited, "bgp", _far_as)),
    Fault("bird-bgp-off", "bgp-shutdown", partial(_disabled, "bgp")),
    Fault("bird-bgp-channel", "bgp-family", partial(_edited, "bgp", _channel)),
    Fault("bird-bgp-import", "bgp-denied", partial(_edited, "bgp", _no_import)),
    Fault("bird-bgp-export", "bgp-denied-out", partial(_edited, "bgp", _no_export)),
)
