"""A rule or a chain of nftables in the words of ``nft list ruleset``, for people. The state keeps it as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs.engine.adapters import untrusted

MOST = 160  # characters of a rule that are shown
VERDICTS = ("accept", "drop", "return", "continue")


def rule_text(stored: str) -> str:
    """The rule in words; empty if the stored text cannot be read."""
    try:
        read = json.loads(stored)
        words = _chain(read) if isinstance(read, Mapping) else " ".join(_statements(read))
    except (ValueError, RecursionError):
        return ""
    return words if len(words) <= MOST else words[: MOST - 1] + "…"


def _chain(head: Mapping[str, Any]) -> str:
    said = [f"{word} {untrusted.text(head[word])}" for word in ("hook", "policy") if word in head]
    return f"chain {untrusted.text(head.get('name'))} {' '.join(said)}".strip()


def _statements(rule: object) -> Iterator[str]:
    for entry in map(untrusted.fields, untrusted.items(rule)):
        for name, value in untrusted.pairs(entry):
            yield _statement(untrusted.text(name), value)


def _statement(name: str, value: object) -> str:
    of = untrusted.fields(value)
    if name == "match":
        operator = untrusted.text(of.get("op"))
        return " ".join(
            word
            for word in (_value(of.get("left")), operator if operator == "!=" else "", _value(of.get("right")))
            if word
        )
    if name in VERDICTS:
        return name
    if name in ("jump", "goto"):
        return f"{name} {untrusted.text(of.get('target'))}"
    if name == "reject":
        return "reject"
    return f"{name} …" if value else name


def _value(value: object) -> str:
    if isinstance(value, str | int):
        return untrusted.text(value)
    if isinstance(value, Sequence):
        return ", ".join(_value(one) for one in value)
    of = untrusted.fields(value)
    for name, inner in untrusted.pairs(of):
        fields = untrusted.fields(inner)
        match untrusted.text(name):
            case "payload":
                return f"{untrusted.text(fields.get('protocol'))} {untrusted.text(fields.get('field'))}"
            case "meta" | "ct" as word:
                return f"{word} {untrusted.text(fields.get('key'))}"
            case "prefix":
                return f"{untrusted.text(fields.get('addr'))}/{untrusted.text(fields.get('len'))}"
            case "set":
                return "{ " + _value(inner) + " }"
            case "range":
                return "-".join(_value(one) for one in untrusted.items(inner))
            case other:
                return f"{other} …"
    return "…"
