"""What FRR's prefix lists and route-maps do with a prefix, as far as their words can be understood without the whole route."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.engine.adapters import reading
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.reading import AnyNetwork


@dataclass(frozen=True, slots=True)
class Answer:
    """``permits`` is None where we do not understand enough to know; ``by`` is the line that decided."""

    permits: bool | None
    by: str = ""


def prefix_list(seen: Seen, name: str, prefix: AnyNetwork) -> Answer:
    """The first line that fits decides; without one it is a no. A list that is not there lets all through."""
    start = f"{'ipv6' if prefix.version == 6 else 'ip'} prefix-list {name}"
    lines = [found.split() for line in seen.config.within() if (found := line.rest(start))]
    if not lines:
        return Answer(permits=True)
    for words in lines:
        rest = words[2:] if words[0] == "seq" else words
        if len(rest) >= 2 and _fits(rest[1:], prefix):
            return Answer(rest[0] == "permit", f"{start} {' '.join(words)}")
    return Answer(permits=False, by=start)


def _fits(words: Sequence[str], prefix: AnyNetwork) -> bool:
    if words[0] == "any":
        return True
    of = reading.network(words[0])
    if (
        of is None
        or of.version != prefix.version
        or prefix.network_address not in of
        or prefix.prefixlen < of.prefixlen
    ):
        return False
    bounds = {word: reading.whole(value) for word, value in zip(words[1::2], words[2::2], strict=False)}
    least, most = bounds.get("ge"), bounds.get("le")
    if least is None and most is None:
        return prefix.prefixlen == of.prefixlen
    longest = most if most is not None else prefix.max_prefixlen
    return (least if least is not None else of.prefixlen) <= prefix.prefixlen <= longest


def route_map(seen: Seen, name: str, prefix: AnyNetwork, rpki: str = "") -> Answer:
    """What the entries do, in their order. ``rpki`` is valid, invalid or notfound where it is known."""
    heads = sorted(_entries(seen, name), key=lambda head: reading.whole(head.split()[3]) or 0)
    if not heads:
        return Answer(permits=False, by=f"route-map {name}")
    for head in heads:
        fits = _entry_fits(seen, head, prefix, rpki)
        if fits is None:
            return Answer(permits=None)
        if not fits:
            continue
        if head.split()[2] == "deny":
            return Answer(permits=False, by=head)
        if not any(line.text.startswith(("on-match", "call", "continue")) for line in seen.config.within(head)):
            return Answer(permits=True, by=head)
    return Answer(permits=False, by=f"route-map {name}")


def _entries(seen: Seen, name: str) -> Iterator[str]:
    for head in seen.config.heads(f"route-map {name} "):
        if len(head.split()) >= 4:
            yield head


def _entry_fits(seen: Seen, head: str, prefix: AnyNetwork, rpki: str) -> bool | None:
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


def looks_at_rpki(seen: Seen, name: str) -> bool:
    """Whether an entry that denies what is invalid is in this route-map."""
    return any(
        head.split()[2] == "deny" and any(line.text == "match rpki invalid" for line in seen.config.within(head))
        for head in _entries(seen, name)
    )
