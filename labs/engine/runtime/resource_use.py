"""What a learner reads when his lab has used up what it may have: which node, what, and what to do."""

from collections.abc import Iterator, Mapping
from typing import Any

from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

FULL = 0.97  # of what there is: then the next one fails
MUCH_PACKETS = 20_000  # a second, sent by one node
MUCH_TRACKED = 65_536  # connections of one node; the kernel's memory for them is nobody's
MUCH_TEXT = 3 << 18  # bytes a second, of one node's terminals; each is read at 1 MB a second at most

OF_A_NODE = {
    "processes": _(
        "Your node %(node)s has used up its processes (%(used)s of %(most)s). New commands fail there. "
        "End what you started, or reset the node."
    ),
    "disk": _(
        "Your node %(node)s has used up its disk (%(used)s of %(most)s KB). Nothing can be written there. "
        "Remove what you do not need, or reset the node."
    ),
    "files": _(
        "Your node %(node)s has used up its files (%(used)s of %(most)s). No new one can be made there. "
        "Remove what you do not need, or reset the node."
    ),
    "descriptors": _(
        "A program on your node %(node)s has used up its open files (%(used)s of %(most)s). "
        "It cannot open another one. End it, or have it close some."
    ),
    "connections": _(
        "Your node %(node)s has used up its tracked connections (%(used)s of %(most)s). New ones are dropped. "
        "Stop what opens them, or reset the node."
    ),
}
DOWN = _("Your node %(node)s does not run any more: its first process was ended. Reset it.")
CONNECTIONS = _(
    "Your node %(node)s tracks %(count)s connections, far more than a lab needs. "
    "Stop what opens them, or reset the node."
)
PACKETS = _(
    "Your node %(node)s sends %(count)s packets a second. Your lab is slow because of it. "
    "Stop what sends them, or reset the node."
)
PRINTED = _(
    "A terminal of your node %(node)s prints %(count)s KB a second, more than anyone can read. "
    "It is slowed down. Press Ctrl-C in it."
)
MEMORY = _(
    "Your lab has used up its memory (%(used)s of %(most)s MB). Programs may be ended in any of its nodes. "
    "End what uses much, or reset the node."
)
ENDED = _(
    "Your lab has used up its memory (%(most)s MB), and %(count)s of its programs were ended for it. "
    "A node that misses its daemons is made anew by a reset."
)
CPU = _(
    "Your lab has used up its CPU: it wants more than it may have, so all of it is slow. "
    "End what runs without pause, or reset the node."
)


def sentences(measured: Mapping[str, Any]) -> list[Text]:
    """Return what is used up, the worst first. MEASURED is what the supervisor says."""
    try:
        return list(_sentences(measured))
    except (KeyError, TypeError, ValueError, AttributeError):  # an older supervisor, or one that lies
        return []


def _sentences(measured: Mapping[str, Any]) -> Iterator[Text]:
    used, most = (int(number) for number in measured["memory"])
    if measured["ended"]:
        yield Text(ENDED, count=int(measured["ended"]), most=most >> 10)
    elif most and used >= FULL * most:
        yield Text(MEMORY, used=used >> 10, most=most >> 10)
    for node, of_node in measured["nodes"].items():
        if not of_node["up"]:
            yield Text(DOWN, node=node)
        for what, msgid in OF_A_NODE.items():
            used, most = (int(number) for number in of_node[what])
            if most and used >= FULL * most:
                yield Text(msgid, node=node, used=used, most=most)
        tracked, most = (int(number) for number in of_node["connections"])
        if MUCH_TRACKED <= tracked < FULL * most:
            yield Text(CONNECTIONS, node=node, count=tracked)
        if int(of_node["packets"]) >= MUCH_PACKETS:
            yield Text(PACKETS, node=node, count=int(of_node["packets"]))
        if int(of_node["printed"]) >= MUCH_TEXT:
            yield Text(PRINTED, node=node, count=int(of_node["printed"]) >> 10)
    wanted, most = (int(number) for number in measured["cpu"])
    if most and wanted >= FULL * most:
        yield Text(CPU)
