"""The families of attacks. Each attack says what counts as success; docs/threat-model.md lists the remaining risks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rigs.audit.attack import Family
from rigs.audit.families import (
    abuse,
    calls,
    devices,
    known_exploits,
    limits,
    neighbours,
    relay,
    resources,
    saved,
    settings,
    supervisor,
    uncharged,
)

ALL = (
    devices.FAMILY,
    settings.FAMILY,
    calls.FAMILY,
    neighbours.FAMILY,
    relay.FAMILY,
    limits.FAMILY,
    resources.FAMILY,
    uncharged.FAMILY,
    known_exploits.FAMILY,
    supervisor.FAMILY,
    saved.FAMILY,
)
EVERY = (*ALL, abuse.FAMILY)  # abuse takes a minute, and a machine that is otherwise idle


def chosen(families: Iterable[Family], words: Sequence[str]) -> list[Family]:
    """Return the families whose names contain one of these words, and of others the attacks with one of these numbers.

    Without words: all.
    """
    found = []
    for family in families:
        if not words or any(word in family.name for word in words):
            found.append(family)
        elif attacks := tuple(attack for attack in family.attacks if attack.id in words):
            found.append(replace(family, attacks=attacks))
    return found
