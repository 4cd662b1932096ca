"""The RPKI caches that a router is configured to use, and the test whether its policy drops invalid routes."""

from labs.engine.adapters import untrusted
from labs.engine.adapters.node_state import Seen
from labs.engine.adapters.untrusted import AnyAddress


def configured_caches(seen: Seen) -> list[tuple[AnyAddress, int]]:
    """Address and port of each cache in the configuration of FRR or BIRD."""
    found: list[tuple[AnyAddress, int]] = []
    for line in seen.config.lines:
        words = line.text.split()
        if words[:3] == ["rpki", "cache", "tcp"] and len(words) > 4:
            found += _pair(words[3], words[4])
        if line.heads[:1] and line.heads[0].startswith("protocol rpki") and words[:1] == ["remote"]:
            port = words[words.index("port") + 1] if "port" in words[:-1] else "323"
            found += _pair(words[1].strip('"'), port)
    return found


def _pair(address: str, port: str) -> list[tuple[AnyAddress, int]]:
    ip, number = untrusted.address(address), untrusted.whole(port)
    return [(ip, number)] if ip is not None and number is not None else []


def has_cache(seen: Seen) -> bool:
    """Whether FRR's ``rpki`` block names any cache, with whichever transport."""
    return any(line.text.startswith("rpki cache") for line in seen.config.within("rpki"))


def drops_invalid(seen: Seen) -> bool:
    return any(line.text == "match rpki invalid" for line in seen.config.lines)
