"""What the prefix lists and route-maps of FRR do with a prefix, as far as the prefix alone decides it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.untrusted import AnyNetwork


@dataclass(frozen=True, slots=True)
class Decision:
    """``permits`` is None where this module cannot decide; ``by`` is the line that decided."""

    permits: bool | None
    by: str = ""


def prefix_list(seen: Seen, name: str, prefix: AnyNetwork) -> Decision:
    """The first matching line decides. Without one the list denies; a list that does not exist permits everything."""
    start = f"{'ipv6' if prefix.version == 6 else 'ip'} prefix-list {name}"
    lines = [found.split() for line in seen.config.within() if (found := line.rest(start))]
    if not lines:
        return Decision(permits=True)
    for words in lines:
        rest = words[2:] if words[0] == "seq" else words
        if len(rest) >= 2 and _matches(rest[1:], prefix):
            return Decision(rest[0] == "permit", f"{start} {' '.join(words)}")
    return Decision(permits=False, by=start)


def _matches(words: Sequence[str], prefix: AnyNetwork) -> bool:
    if words[0] == "any":
        return True
    of = untrusted.network(words[0])
    if (
        of is None
        or of.version != prefix.version
        or prefix.network_address not in of
        or prefix.prefixlen < of.prefixlen
    ):
        return False
    bounds = {word: untrusted.whole(value) for word, value in zip(words[1::2], words[2::2], strict=False)}
    least, most = bounds.get("ge"), bounds.get("le")
    if least is None and most is None:
        return prefix.prefixlen == of.prefixlen
    longest = most if most is not None else prefix.max_prefixlen
    return (least if least is not None else of.prefixlen) <= prefix.prefixlen <= longest


def route_map(seen: Seen, name: str, prefix: AnyNetwork, rpki: str = "") -> Decision:
    """What the entries do, in their order. ``rpki`` is valid, invalid or notfound; "" if it is not known."""
    heads = sorted(_entries(seen, name), key=lambda head: untrusted.whole(head.split()[3]) or 0)
    if not heads:
        return Decision(permits=False, by=f"route-map {name}")
    for head in heads:
        matches = _entry_matches(seen, head, prefix, rpki)
        if matches is None:
            return Decision(permits=None)
        if not matches:
            continue
        if head.split()[2] == "deny":
            return Decision(permits=False, by=head)
        if not any(line.text.startswith(("on-match", "call", "continue")) for line in seen.config.within(head)):
            return Decision(permits=True, by=head)
    return Decision(permits=False, by=f"route-map {name}")


def _entries(seen: Seen, name: str) -> Iterator[str]:
    for head in seen.config.heads(f"route-map {name} "):
        if len(head.split()) >= 4:
            yield head


def _entry_matches(seen: Seen, head: str, prefix: AnyNetwork, rpki: str) -> bool | None:
    sure = True
    for line in seen.config.within(head):
        words = line.text.split()
        if words[0] != "match":
            continue
        if line.text.startswith(("match ipv6 address prefix-list ", "match ip address prefix-list ")):
            wrong_family = (words[1] == "ipv6") is not (prefix.version == 6)
            if wrong_family or prefix_list(seen, words[4], prefix).permits is False:
                return False
        elif words[1] == "rpki" and rpki:
            if words[2] != rpki:
                return False
        else:
            sure = False
    return True if sure else None


def denies_invalid(seen: Seen, name: str) -> bool:
    """Whether an entry of this route-map denies invalid routes."""
    return any(
        head.split()[2] == "deny" and any(line.text == "match rpki invalid" for line in seen.config.within(head))
        for head in _entries(seen, name)
    )
