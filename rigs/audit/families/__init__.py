"""The families of attempts. What success looks like is in each attempt; what is left over is in docs/threat-model.md."""

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
EVERY = (*ALL, abuse.FAMILY)  # the last takes a minute, and a machine that has nothing else to do
