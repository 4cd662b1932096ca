"""The sentences for a learner whose lab has used up a resource: which node, which resource, and what to do."""

from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.shared import pace
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

FULL = 0.97  # of a limit: the next use will fail
MUCH_PACKETS = 20_000  # per second, sent by one node
MUCH_TRACKED = 65_536  # connections of one node; their kernel memory is charged to no container
# Bytes per second, of one node's terminals, on a machine of pace 1; there each is read at 1 MB per second at most
MUCH_TEXT = 3 << 18

OF_A_NODE = {
    "processes": _(
        "Your node %(node)s has used up its processes (%(used)s of %(most)s). New commands fail there. "
        "End the programs that you started, or reset the node."
    ),
    "disk": _(
        "Your node %(node)s has used up its disk (%(used)s of %(most)s KB). Nothing can be written there. "
        "Remove files that you do not need, or reset the node."
    ),
    "files": _(
        "Your node %(node)s has used up its files (%(used)s of %(most)s). No new file can be created there. "
        "Remove files that you do not need, or reset the node."
    ),
    "descriptors": _(
        "A program on your node %(node)s has used up its open files (%(used)s of %(most)s). "
        "It cannot open another file. End the program, or make it close some files."
    ),
    "connections": _(
        "Your node %(node)s has used up its tracked connections (%(used)s of %(most)s). New connections are dropped. "
        "Stop the program that opens them, or reset the node."
    ),
}
KERNEL_MEMORY = _(
    "Your node %(node)s has stopped, because it used more kernel memory than a lab may: by thousands of connections, neighbours, "
    "routes or waiting packets. Reset the node."
)
DOWN = _("Your node %(node)s does not run any more: its first process has ended. Reset the node.")
CONNECTIONS = _(
    "Your node %(node)s tracks %(count)s connections, far more than a lab needs. "
    "Stop the program that opens them, or reset the node."
)
PACKETS = _(
    "Your node %(node)s sends %(count)s packets per second. This makes your lab slow. "
    "Stop the program that sends them, or reset the node."
)
PRINTED = _(
    "A terminal of your node %(node)s prints %(count)s KB per second, more than anyone can read. "
    "We slow it down. Press Ctrl+C in the terminal."
)
MEMORY = _(
    "Your lab has used up its memory (%(used)s of %(most)s MB). The kernel may end programs in any of its nodes. "
    "End the programs that use much memory, or reset their node."
)
ENDED = _(
    "Your lab has used up its memory (%(most)s MB), and the kernel has ended %(count)s of its programs. "
    "If a node has lost its daemons, reset it."
)
CPU = _(
    "Your lab needs more CPU than it gets, so all its programs are slow. None of our checks was running. "
    "If you have started programs that run without pause, end them, or reset their node. "
    "If you have not, wait a little: the daemons of the lab, or this server, are busy."
)


def sentences(measured: Mapping[str, Any]) -> list[Text]:
    """Return a sentence for each resource that is used up, the worst first. MEASURED comes from the supervisor."""
    try:
        return list(_sentences(measured))
    except (KeyError, TypeError, ValueError, AttributeError):  # an older supervisor, or a hostile one
        return []


def _sentences(measured: Mapping[str, Any]) -> Iterator[Text]:
    used, most = (int(number) for number in measured["memory"])
    if measured["ended"]:
        yield Text(ENDED, count=int(measured["ended"]), most=most >> 10)
    elif most and used >= FULL * most:
        yield Text(MEMORY, used=used >> 10, most=most >> 10)
    for node, of_node in measured["nodes"].items():
        if not of_node["up"]:
            yield Text(KERNEL_MEMORY if of_node["kernel_memory"] else DOWN, node=node)
        for what, msgid in OF_A_NODE.items():
            used, most = (int(number) for number in of_node[what])
            if most and used >= FULL * most:
                yield Text(msgid, node=node, used=used, most=most)
        tracked, most = (int(number) for number in of_node["connections"])
        if MUCH_TRACKED <= tracked < FULL * most:
            yield Text(CONNECTIONS, node=node, count=tracked)
        if int(of_node["packets"]) >= MUCH_PACKETS:
            yield Text(PACKETS, node=node, count=int(of_node["packets"]))
        if int(of_node["printed"]) >= MUCH_TEXT / pace.factor():
            yield Text(PRINTED, node=node, count=int(of_node["printed"]) >> 10)
    wanted, most = (int(number) for number in measured["cpu"])
    if most and wanted >= FULL * most:
        yield Text(CPU)
