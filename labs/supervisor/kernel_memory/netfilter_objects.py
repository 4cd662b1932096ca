"""Weigh what netfilter keeps for a node and charges to nobody: extensions of x_tables in rules, and objects with names.

Rules of nftables are charged to the lab. A rule can also have an extension of x_tables (nft_compat), though the image has no
iptables, and what an extension keeps is not charged: 2 KB for each match ``string``. Some are shared by all networks (IDLETIMER).
"""

import errno
from pathlib import Path

from labs.supervisor.kernel_memory.packets import FAMILY
from labs.supervisor.netlink import attributes, count_bytes, dump, kernel_socket, messages

# linux/netfilter/nf_tables.h, nfnetlink.h
NETLINK_NETFILTER = 12
NEW_RULE, GET_RULE, GET_OBJECT = 0x0A06, 0x0A07, 0x0A13
EXPRESSIONS, ELEMENT, NAME = 4, 1, 1
EXTENSIONS = (b"match\0", b"target\0")
MOST_RULES = 8 << 20  # bytes of a dump of all rules, 200 to 400 of each; with more a node counts as full
OF_OBJECT = 8  # bytes for each byte that is told of an object: a tunnel takes 700, and 100 tell of it
# Counters and timeouts that are no part of a table. To ask where the kernel has no module for them would load it
MODULES = {"nfnetlink_acct": 0x0701, "nfnetlink_cttimeout": 0x0801}
LOADED = Path("/sys/module")


def weigh(pid: int, most: int) -> int:
    """The bytes of a node, at least up to a little above MOST."""
    held = 0
    for part in (_extensions, _objects):
        try:
            held += part(pid, most)
        except OSError as error:
            if error.errno != errno.EPROTONOSUPPORT:  # a kernel without netfilter keeps nothing for it
                raise
    return held


def has_extension(rule: bytes) -> bool:
    """Whether a rule, the body of its message, has a match or a target of x_tables."""
    listed = dict(attributes(rule[FAMILY.size :])).get(EXPRESSIONS, b"")
    return any(
        number == ELEMENT and dict(attributes(one)).get(NAME) in EXTENSIONS for number, one in attributes(listed)
    )


def _extensions(pid: int, most: int) -> int:
    told = 0
    with kernel_socket(pid, NETLINK_NETFILTER) as asking:
        for received in dump(asking, GET_RULE, FAMILY.pack(0, 0, 0)):
            told += len(received)
            if told > MOST_RULES or any(kind == NEW_RULE and has_extension(body) for kind, body in messages(received)):
                return most + 1
    return 0


def _objects(pid: int, most: int) -> int:
    held = 0
    asks = [GET_OBJECT, *(ask for module, ask in MODULES.items() if (LOADED / module).exists())]
    for ask in asks:
        with kernel_socket(pid, NETLINK_NETFILTER) as asking:
            held += OF_OBJECT * count_bytes(asking, ask, FAMILY.pack(0, 0, 0), most // OF_OBJECT)
    return held
