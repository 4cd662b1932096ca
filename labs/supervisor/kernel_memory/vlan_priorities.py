"""Weigh the priorities that VLAN interfaces map (``egress-qos-map``), which are charged to nobody.

A VLAN interface may map each of 2^32 priorities of a packet. The kernel lists those that it maps to 0 in these files only, and
walks a sixteenth of them for each new one.
"""

from labs.supervisor.network_files import names, text

FOLDER = "vlan"  # below /proc/net: a file for each VLAN interface, and "config"
OF_TEXT = 8  # bytes of memory for each byte of a file: 32 for a priority, which takes four or more in it ("9:0 ")


def weigh_files(pid: int) -> int:
    """The bytes of all priorities that the network of PID maps."""
    return OF_TEXT * sum(len(text(pid, f"{FOLDER}/{name}")) for name in names(pid, FOLDER))
