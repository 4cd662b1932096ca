"""The families of attacks. Each attack says what counts as success; docs/threat-model.md lists the remaining risks."""

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
