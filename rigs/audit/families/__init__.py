"""The families of attempts. What success looks like is in each attempt; what is left over is in docs/threat-model.md."""

from rigs.audit.families import (
    abuse,
    calls,
    devices,
    limits,
    neighbours,
    ours,
    published,
    relay,
    resources,
    saved,
    settings,
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
    published.FAMILY,
    ours.FAMILY,
    saved.FAMILY,
)
EVERY = (*ALL, abuse.FAMILY)  # the last takes a minute, and a machine that has nothing else to do
