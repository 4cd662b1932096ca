"""The sentences for a diagnosis that found no cause because answers came too late: which node, what was asked, what to do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labs.engine.diagnosis.deadline import Ask
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

LATE_NODE = _("%(node)s did not answer within %(seconds)s seconds when we asked for %(what)s.")
NO_NODE = _("No node answered within %(seconds)s seconds when we asked for %(what)s. The lab or this server is busy.")
OVER = _("The diagnosis was not ready after %(seconds)s seconds, because this server is busy.")
CHECK_AGAIN = _("Check again in a moment.")
SILENT_AGAIN = _(
    "Check again in a moment. If %(node)s is late again, run top in a terminal to find the cause, or reset the node."
)
MOST_NODES = 2  # that are named

WHAT: Mapping[str, str] = {
    "vty": _("the state of its daemons"),
    "bird": _("the state of its daemons"),
    "nft": _("its packet filters"),
    "sysctl": _("its kernel settings"),
    "file": _("its files"),
    "capture": _("packets that it receives"),
    "ra": _("router advertisements that it receives"),
}
OTHERWISE = _("its interfaces and routes")


def observed(late: Sequence[Ask], asked: Iterable[Ask], seconds: float) -> list[Text]:
    """Return what a learner reads of asks without an answer. SECONDS were waited for them; ASKED are all of the same round."""
    nodes = list(dict.fromkeys(_node(ask) for ask in late))
    answered = {_node(ask) for ask in asked if ask not in late}
    waited = f"{seconds:.1f}"
    if len(nodes) > 1 and not answered:
        return [Text(NO_NODE, seconds=waited, what=_first(late)), Text(CHECK_AGAIN)]
    said = [
        Text(LATE_NODE, node=node, seconds=waited, what=_first(ask for ask in late if _node(ask) == node))
        for node in nodes[:MOST_NODES]
    ]
    return [*said, Text(SILENT_AGAIN, node=nodes[0])]


def over(seconds: float) -> list[Text]:
    """Return the same where every answer came, and the time was over before they were read."""
    return [Text(OVER, seconds=f"{seconds:.1f}"), Text(CHECK_AGAIN)]


def _node(ask: Mapping[str, Any]) -> str:
    return str(ask.get("node", ""))


def _first(asks: Iterable[Ask]) -> Text:
    """Name what was asked for: daemons first, because they hang more often than the kernel."""
    ask = min(asks, key=lambda one: one.get("ask") not in ("vty", "bird"))
    return Text(WHAT.get(str(ask.get("ask")), OTHERWISE))
