"""Applies the prefix lists and route-maps of FRR to a prefix, as far as the prefix alone decides it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import re2

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.untrusted import AnyNetwork
from labs.engine.cpu_budget import step

LONGEST_PATTERN = 500  # characters


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


def as_path_list(seen: Seen, name: str, path: Sequence[str]) -> Decision:
    """The first matching line decides. Without one the list denies, and so does a list that does not exist."""
    start = f"bgp as-path access-list {name}"
    for line in seen.config.within():
        words = (line.rest(start) or "").split()
        action, *pattern = words[2:] if words[:1] == ["seq"] else words or [""]
        matched = _matches_path(" ".join(pattern), path) if pattern else False
        if matched is None:
            return Decision(permits=None)
        if matched:
            return Decision(action == "permit", f"{start} {' '.join(words)}")
    return Decision(permits=False, by=start)


def _matches_path(pattern: str, path: Sequence[str]) -> bool | None:
    """FRR's regular expressions: ``_`` matches a space, or an end of the AS path. None for one that RE2 cannot read."""
    step(len(pattern) + len(path))
    options = re2.Options()
    options.log_errors = False
    try:
        written = pattern[:LONGEST_PATTERN].replace("_", "(?:^|[ ,{}()]|$)").encode()
        return re2.compile(written, options).search(" ".join(path).encode()) is not None
    except re2.error:
        return None


def route_map(seen: Seen, name: str, prefix: AnyNetwork, rpki: str = "", path: Sequence[str] | None = None) -> Decision:
    """Apply the entries in their order. ``rpki`` is valid, invalid or not found; "" if it is not known. ``path``: AS path."""
    heads = sorted(_entries(seen, name), key=lambda head: untrusted.whole(head.split()[3]) or 0)
    if not heads:
        return Decision(permits=False, by=f"route-map {name}")
    for head in heads:
        matches = _entry_matches(seen, head, prefix, rpki, path)
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


def _entry_matches(seen: Seen, head: str, prefix: AnyNetwork, rpki: str, path: Sequence[str] | None) -> bool | None:
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
            if words[2] != rpki.replace(" ", ""):  # FRR writes notfound
                return False
        elif words[1] == "as-path" and path is not None and len(words) > 2:
            decided = as_path_list(seen, words[2], path).permits
            if decided is False:
                return False
            sure = sure and decided is True
        else:
            sure = False
    return True if sure else None


def denies_invalid(seen: Seen, name: str) -> bool:
    """Whether an entry of this route-map denies invalid routes."""
    return any(
        head.split()[2] == "deny" and any(line.text == "match rpki invalid" for line in seen.config.within(head))
        for head in _entries(seen, name)
    )
