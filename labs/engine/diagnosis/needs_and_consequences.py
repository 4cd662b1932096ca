"""Explains why a cause makes this check fail, and gives a command that shows it on a node where the learner can type."""

from collections.abc import Iterator
from dataclasses import replace

from labs.engine.adapters import untrusted
from labs.engine.adapters.daemons import daemon_of, is_router
from labs.engine.adapters.node_state import beside
from labs.engine.checks import CheckType
from labs.engine.definition.spec import Lab, Node
from labs.engine.diagnosis.causes import SEEN_FROM, SHOWN, Cause
from labs.engine.diagnosis.items import Item, Kind
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

# Sentences for items that do not work because of their own difference, by the item that differs
SO = {
    Kind.LINK: _("So packets do not pass the link of %(node)s:%(at)s as they should."),
    Kind.ADDRESS: _("So %(node)s does not reply as %(at)s."),
    Kind.FORWARDING: _("So %(node)s does not forward the packets that should pass it."),
    Kind.REVERSE_PATH: _("So %(node)s drops packets that arrive on %(at)s."),
    Kind.SERVICE: _("So %(node)s does not provide the service that this check needs."),
    Kind.ADJACENCY: _("So the routers on the link of %(node)s:%(at)s do not become neighbours."),
    Kind.SESSION: _("So the session of %(node)s with %(at)s is not established."),
    Kind.ROUTE: _("So %(node)s does not send packets for %(at)s as it should."),
    Kind.IGP_ROUTE: _("So %(node)s does not learn the route to %(at)s as it should."),
    Kind.BGP_ROUTE: _("So %(node)s does not have the right route to %(at)s."),
    Kind.FILTER: _("The packets of this check pass through %(node)s."),
    Kind.ADVERTISEMENTS: _("So %(node)s is not configured by router advertisements on %(at)s as it should be."),
    Kind.LEASE: _("So %(node)s does not get the right configuration by DHCP."),
    Kind.RPKI: _("So %(node)s does not validate routes as it should."),
}
# The same of items that work, but not as they should
SO_THOUGH_UP = {
    Kind.ADJACENCY: _("So the routing protocol does not use the link of %(node)s:%(at)s as it should."),
    Kind.SESSION: _("So the session of %(node)s with %(at)s is not as it should be."),
}
NO_ROUTES = _("So %(node)s does not have the BGP routes that this check needs.")
LOOPBACK = "lo"
WITHOUT_PLACE = (Kind.FILTER, Kind.SERVICE, Kind.LEASE, Kind.RPKI)  # kinds whose sentences name the node alone
# Sentences for the needs of a check, by the item where its search begins
NEEDS = {
    Kind.LINK: _("This check needs the link of %(node)s:%(at)s."),
    Kind.ADJACENCY: _("This check needs the adjacency on %(node)s:%(at)s."),
    Kind.SESSION: _("This check needs the session of %(node)s with %(at)s."),
    Kind.PATH: _("This check needs packets from %(node)s to %(at)s and back."),
    Kind.ROUTE: _("This check needs the route of %(node)s to %(at)s."),
    Kind.IGP_ROUTE: _("This check needs what %(node)s learns about %(at)s from the routing protocol."),
    Kind.BGP_ROUTE: _("This check needs what %(node)s learns about %(at)s from BGP."),
    Kind.ADVERTISEMENTS: _("This check needs the router advertisements that %(node)s receives on %(at)s."),
    Kind.LEASE: _("This check needs the configuration that %(node)s gets by DHCP."),
    Kind.RPKI: _("This check needs the route origin validation of %(node)s."),
}


def consequence(item: Item, *, is_up: bool = False) -> Text | None:
    """Return what does not work because this item differs from the solved network. IS_UP: an adjacency or a session that is up."""
    if item.kind is Kind.BGP_ROUTE and not item.at:
        return Text(NO_ROUTES, node=item.node)
    has_place = _has_place(item)
    every = SO | SO_THOUGH_UP if is_up else SO
    return Text(every[item.kind], node=item.node, at=item.at) if item.kind in every and has_place else None


def need(item: Item) -> Text | None:
    """Return the sentence on what a check needs whose search begins with this item."""
    return Text(NEEDS[item.kind], node=item.node, at=item.at) if item.kind in NEEDS and _has_place(item) else None


def _has_place(item: Item) -> bool:
    """Whether a sentence can say where the item is. No link is at a loopback interface."""
    return (bool(item.at) or item.kind in WITHOUT_PLACE) and (item.kind, item.at) != (Kind.LINK, LOOPBACK)


def completed(
    found: Cause | None, check: CheckType, node: Node, lab: Lab, root: Item | None, *, unwanted: bool
) -> Cause | None:
    """The cause with a sentence about this check, and with commands only for nodes where the learner can type.

    The check looks on NODE and needs ROOT there; UNWANTED: it fails because of something that should not be there.
    """
    if found is None:
        return None
    parts = [one for one in found.text.sentences() if not _is_closed(one, lab)]
    observed = tuple(one for one in found.observed if not _is_closed(one, lab))
    if found.name:
        said = [one for one in parts if one.msgid != SHOWN]
        shown = [one for one in parts if one.msgid == SHOWN][:1] or list(_from_elsewhere(found, check, node, lab, root))
        is_said = root is not None and any(consequence(root, is_up=one) in said for one in (False, True))
        needs = [] if root is None or unwanted or is_said else [need(root)]
        parts = [*said, *(one for one in needs if one), *shown]
    if not parts:
        return found
    return replace(found, text=parts[0] if len(parts) == 1 else Text.of(*parts), observed=observed)


def _is_closed(one: Text, lab: Lab) -> bool:
    """Whether the sentence has a command for a node on which the learner cannot type."""
    node = lab.nodes.get(str(one.params.get("node")))
    return "command" in one.params and node is not None and not node.learner


def _from_elsewhere(found: Cause, check: CheckType, node: Node, lab: Lab, root: Item | None) -> Iterator[Text]:
    """A command that shows what follows from the cause: the check's own, or one on the learner's node nearest to the cause."""
    blamed = lab.nodes.get(found.node)
    if blamed is None or blamed.learner:
        return
    if node.learner:
        where, command = node, check.command_on(node)
    else:
        near = _nearest(lab, blamed.name)
        where, command = near or node, _shows(near, root) if near and root else ""
    if command:
        yield Text(SEEN_FROM, other=blamed.name, node=where.name, command=command)


def _nearest(lab: Lab, name: str) -> Node | None:
    """The node nearest to this one on which the learner can type."""
    found = [name]
    for here in found:
        for end in lab.interfaces(here):
            found += [other.node for other in beside(lab, here, end.name) if other.node not in found]
    return next((node for one in found if (node := lab.nodes[one]).learner and node.has_shell), None)


def _shows(node: Node, root: Item) -> str:
    """A command on this node that shows whether what the check needs works, as far as it is seen from here."""
    prefix = untrusted.network(root.at)
    if prefix is None:
        return "ip -s link"
    match root.kind:
        case Kind.SESSION if is_router(node):
            return daemon_of(node).show_bgp_summary()
        case Kind.BGP_ROUTE if is_router(node):
            return daemon_of(node).show_bgp_route(prefix)
        case Kind.ROUTE | Kind.IGP_ROUTE:
            return f"ip -{prefix.version} route get {prefix.network_address}"
    return f"traceroute -n {prefix.network_address}"
