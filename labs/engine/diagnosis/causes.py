"""The causes that a diagnosis may name, each with its sentence, and the command that shows it."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from labs.engine.adapters.node_state import Answers, Asks
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

CAUSES: Mapping[str, str] = {
    # links and addresses
    "link-down": _(
        "%(end)s is down, so no packet passes this link. To bring it up, type “ip link set %(dev)s up”. If FRR has shut it down, "
        "type “no shutdown” under the interface in vtysh. If /etc/network/interfaces configures it, type “ifup %(dev)s”."
    ),
    "cable": _("%(end)s has no carrier: its cable is disconnected."),
    "no-interface": _("There is no interface %(dev)s on %(node)s."),
    "no-carrier": _("%(end)s has no carrier: its cable is disconnected, or the other end is down."),
    "cable-worse": _(
        "The cable %(a)s is changed on the page of the lab: %(b)s. Restore it there, under “Cables”, and check again."
    ),
    "cable-elsewhere": _("The cable of %(end)s leads to %(other)s, and not to %(a)s as in the drawing of the lab."),
    "port-taken": _(
        "%(end)s belongs to %(a)s (a bridge or a VRF), but it should be an interface of its own (ip link set %(dev)s nomaster)."
    ),
    "ipv6-disabled": _("IPv6 is disabled on %(end)s: disable_ipv6 is 1, but it should be 0."),
    "address-missing": _("%(node)s does not have the address %(a)s."),
    "address-prefix": _(
        "%(end)s has the address %(a)s. %(other)s, on the same link, has %(b)s: the two are in different prefixes, so they do not "
        "reach each other."
    ),
    "address-duplicate": _("Another node on the link also has the address %(a)s, so %(node)s does not use it."),
    "address-left-over": _(
        "%(node)s still has the address %(a)s and sends from it, but no router on its link has that prefix any more. A host keeps "
        "such an address until its lifetime is over. Remove it with “ip -6 addr del”, or reset %(node)s."
    ),
    "unapplied-address": _(
        "The configuration of %(node)s has “%(a)s”, but the interface does not have this address. Entering the line again has no "
        "effect. First remove it with “no …”."
    ),
    "unapplied-interface": _("The configuration of %(node)s has “%(a)s”, but %(node)s has no interface of this name."),
    "unapplied-route": _(
        "The configuration of %(node)s has “%(a)s”, but its routing table does not have this route. Its next hop may not be "
        "reachable."
    ),
    "unapplied-forwarding": _(
        "The configuration of %(node)s has “%(a)s”, but the kernel's setting is the opposite. First remove the line with “no …”, "
        "then enter it again."
    ),
    "address-taken": _("%(node)s also has the address %(a)s of %(other)s, and replies in its place."),
    "daemon-down": _("%(a)s does not run on %(node)s, or it does not answer."),
    "bird-unread": _(
        "The configuration file of BIRD on %(node)s has changed since BIRD read it. Nobody has typed “birdc configure” since then, "
        "or BIRD has rejected the file."
    ),
    # OSPFv3
    "protocol-off": _(
        "The protocol %(a)s is disabled on %(node)s. To enable it, type “birdc enable %(a)s”. If the configuration "
        "file does not disable it, BIRD may not have read the file: type “birdc configure”."
    ),
    "ospf-not-on": _("OSPFv3 is not enabled on %(end)s. Add the interface to its area there."),
    "ospf2-not-on": _("OSPF is not enabled on %(end)s. Add the interface to its area there (ip ospf area)."),
    "ospf-passive": _(
        "%(end)s is passive: OSPF advertises its prefix, but sends no hello on it. Between two routers it should not be passive."
    ),
    "ospf-area": _(
        "The two ends are in different areas: %(end)s in %(a)s, %(other)s in %(b)s. Both must be in the same one."
    ),
    "ospf-instance": _("The instance IDs differ: %(end)s has %(a)s, %(other)s has %(b)s. Both must have the same one."),
    "ospf-timers": _(
        "The hello and dead intervals differ, so both ends drop the hellos: %(end)s has %(a)s, %(other)s has %(b)s (hello/dead). "
        "They must be the same."
    ),
    "ospf-auth": _(
        "The authentication of OSPF differs: %(end)s has %(a)s, %(other)s has %(b)s. Both must have the same key."
    ),
    "ospf-filter": _("A packet filter on %(node)s drops OSPF packets (IP protocol 89)."),
    "mtu": _(
        "The MTUs differ, so the database exchange does not finish: %(end)s has %(a)s, %(other)s has %(b)s. They must be the same."
    ),
    "router-id": _(
        "%(end)s and %(other)s have the same router ID %(a)s, so each router treats the other's LSAs as its own. "
        "Each needs its own router ID."
    ),
    "ospf-type": _("The network types differ: %(end)s is %(a)s, %(other)s is %(b)s. They must be the same."),
    "ospf-unannounced": _(
        "%(node)s is connected to this prefix on %(a)s, but OSPFv3 is not enabled there. Add the interface to its area."
    ),
    # BGP sessions
    "bgp-no-neighbor": _("%(node)s has no neighbor %(a)s in its configuration."),
    "bgp-wrong-address": _(
        "%(node)s has the neighbor %(a)s in its configuration, but no node on that link has this address."
    ),
    "bgp-shutdown": _(
        "The session with %(peer)s is shut down on %(node)s, but it should be enabled. FRR has “shutdown” for it. In BIRD its "
        "protocol is disabled: by “disabled” in the configuration file, or by “birdc disable”. “birdc enable” enables it again."
    ),
    "bgp-no-route": _("%(node)s has no route to %(a)s, so it cannot open the session."),
    "bgp-as": _("The AS numbers do not match: %(node)s expects %(peer)s in AS %(a)s, but this peer is in AS %(b)s."),
    "bgp-password": _(
        "Only %(node)s has a password for the session with its peer %(peer)s, so TCP segments are dropped (RFC 2385). Both ends "
        "need the same one."
    ),
    "bgp-passwords": _(
        "%(node)s and %(other)s have different passwords for the session of %(node)s with %(peer)s, so TCP segments are dropped "
        "(RFC 2385). Both need the same one."
    ),
    "bgp-ttl": _(
        "Only %(node)s has ttl-security for the session with %(peer)s (RFC 5082). Its peer sends packets with a small TTL, so they "
        "are dropped. Both ends need it, or neither."
    ),
    "bgp-multihop": _("The peer %(peer)s is not on a link of %(node)s, but the session has no ebgp-multihop there."),
    "bgp-filter": _("A packet filter on %(node)s drops packets from or to TCP port 179 of %(peer)s."),
    # BGP routes
    "bgp-family": _(
        "The address family IPv%(version)s is not activated on %(node)s for the session with %(peer)s, so none of its routes pass. "
        "FRR needs “activate” for this neighbour, BIRD a channel of the family."
    ),
    "bgp-policy": _(
        "%(node)s has no policy for the neighbour %(peer)s. Without a policy no route passes an eBGP session (RFC 8212)."
    ),
    "bgp-limit": _(
        "%(node)s closed the session with %(peer)s: this peer sent more prefixes than the configured maximum."
    ),
    "bgp-prefix-list": _("The prefix list %(a)s on %(node)s for %(peer)s denies the route."),
    "bgp-as-path": _(
        "The AS path list %(a)s on %(node)s for %(peer)s denies the route, whose AS path there is “%(b)s”."
    ),
    "bgp-denied": _("The import policy of %(node)s for %(peer)s drops the route: %(a)s."),
    "bgp-denied-out": _("The export policy of %(node)s for %(peer)s drops the route: %(a)s."),
    "bgp-next-hop": _("%(node)s has the route, but it has no route to the next hop %(a)s."),
    "bgp-loop": _("The AS path contains AS %(a)s of %(node)s itself, so %(node)s drops the route as a loop."),
    "bgp-unoriginated": _(
        "No router here originates %(a)s: a network statement is missing, or the route that it needs is missing."
    ),
    "rpki-invalid": _("%(node)s drops the route as invalid: the ROA allows AS %(a)s, but the origin is AS %(b)s."),
    "rpki-maxlength": _(
        "%(node)s drops the route as invalid: the ROA allows prefixes up to /%(a)s, but this is a /%(b)s."
    ),
    # RPKI
    "rpki-no-cache": _("No RPKI cache is configured on %(node)s."),
    "rpki-other-cache": _("%(node)s is configured with the cache %(a)s, not with the cache %(b)s."),
    "rpki-no-route": _("%(node)s has no route to the cache %(a)s."),
    "rpki-refused": _("Nothing listens at %(a)s, port %(b)s: the cache does not run, or it uses another port."),
    "rpki-stopped": _(
        "The cache accepts connections, but %(node)s is not connected. Either the connection was stopped there (“rpki start” "
        "starts it), or %(node)s waits before it tries again (rpki retry_interval)."
    ),
    "rpki-no-policy": _("%(node)s knows that a route is invalid, but none of its policies drops invalid routes."),
    # addresses by advertisement
    "slaac-forwarding": _(
        "%(node)s forwards packets, so it does not accept router advertisements (forwarding is on, accept_ra is not 2)."
    ),
    "slaac-accept": _(
        "%(node)s does not accept router advertisements on %(a)s: accept_ra is 0, but it should be 1 (2 on a node that forwards "
        "packets)."
    ),
    "slaac-autoconf": _(
        "%(node)s does not make addresses from router advertisements on %(a)s: autoconf is 0, but it should be 1."
    ),
    "slaac-guard": _("A packet filter on %(node)s drops router advertisements."),
    "slaac-silent": _("No router sends router advertisements on the link of %(node)s."),
    "slaac-prefix": _("The router on the link of %(node)s does not advertise this prefix. It advertises: %(a)s."),
    "slaac-flag": _(
        "The router on the link of %(node)s advertises the prefix without the A flag, so hosts do not make addresses from it."
    ),
    "slaac-length": _(
        "The router on the link of %(node)s advertises the prefix with the length %(a)s, but hosts make addresses only from a /64."
    ),
    # the path of packets
    "ra-lifetime": _("%(other)s advertises a router lifetime of 0, so %(node)s has no default route."),
    "route-missing": _("%(node)s has no route to %(a)s."),
    "route-hop": _("%(node)s sends packets for %(a)s to %(b)s, but no node on that link has this address."),
    "route-drops": _("%(node)s has a route to %(a)s that drops packets (%(b)s)."),
    "route-loop": _("Packets for %(a)s come back to %(node)s: there is a routing loop."),
    "rule-drops": _("A policy rule on %(node)s drops packets for %(a)s before any route is looked up (ip rule)."),
    "forwarding": _("%(node)s does not forward packets: forwarding is 0, but it should be 1."),
    "neighbour-wrong": _(
        "%(node)s has a permanent neighbour entry with a wrong link-layer address for %(a)s (ip neigh)."
    ),
    "firewall": _("A packet filter on %(node)s drops packets that should pass."),
    "firewall-state": _(
        "A packet filter on %(node)s drops the replies. It must accept packets of established connections."
    ),
    "urpf": _(
        "%(node)s drops packets that do not arrive on the interface of the route back to their source (reverse path "
        "filtering, RFC 3704)."
    ),
    "hop-limit": _("%(node)s changes the hop limit of packets, so a later router drops them."),
    # what differs from the solved network
    "differs-mtu": _("%(end)s has the MTU %(a)s, but it should be %(b)s."),
    "differs-mtu-untold": _("%(end)s has the MTU %(a)s, which is not the one that this lab needs there."),
    "address-untold": _("%(end)s has no address in the subnet that it needs."),
    "differs-address": _("%(end)s has the address %(a)s, but it should have %(b)s."),
    "differs-address-extra": _("%(end)s has the address %(a)s, which should not be there."),
    "differs-address-untold": _("%(end)s has the address %(a)s, which is not the one that it needs."),
    "differs-master": _("%(end)s should be in a bridge or a VRF, but it is in none."),
    "differs-setting": _("On %(node)s the setting %(key)s is %(a)s, but it should be %(b)s."),
    "differs-setting-untold": _(
        "On %(node)s the setting %(key)s is %(a)s, which is not the value that this check needs."
    ),
    "differs-missing": _("The configuration of %(node)s lacks a statement%(place)s: “%(a)s”."),
    "differs-extra": _("The configuration of %(node)s has a statement that should not be there%(place)s: “%(a)s”."),
    "differs-value": _("The configuration of %(node)s has a statement with a wrong value%(place)s: “%(a)s”."),
    "differs-order": _("The statements in the configuration of %(node)s are in the wrong order%(place)s."),
    "differs-file-missing": _("The file %(key)s on %(node)s lacks a line: “%(a)s”."),
    "differs-file-extra": _("The file %(key)s on %(node)s has a line that should not be there: “%(a)s”."),
    "differs-file-value": _("The file %(key)s on %(node)s has a line with a wrong value: “%(a)s”."),
    "differs-file-order": _("The lines of the file %(key)s on %(node)s are in the wrong order."),
    "differs-rule": _("The packet filter on %(node)s has a rule that should not be there, in %(place)s: “%(a)s”."),
    "differs-rule-order": _("The rules of the packet filter on %(node)s are in the wrong order, in %(place)s."),
    "differs-rule-missing": _("The packet filter on %(node)s lacks a rule, in %(place)s."),
    "program-down": _("The program %(a)s does not run on %(node)s."),
    "differs-rules": _("%(node)s has a policy rule (ip rule) that is not as it should be: “%(a)s”."),
    "differs-rules-extra": _("%(node)s has a policy rule (ip rule) that should not be there: “%(a)s”."),
    "differs-rules-missing": _("%(node)s lacks a policy rule (ip rule)."),
    "differs-route": _("%(node)s has a wrong route to %(a)s: “%(b)s”."),
    "differs-route-extra": _("%(node)s has a route to %(a)s that should not be there: “%(b)s”."),
    "too-big": _(
        "%(node)s drops Packet Too Big, so a sender does not learn that a link carries at most %(a)s bytes (RFC 8201)."
    ),
}
NOT_KNOWN = _("The cause is not known. Observed:")
OBSERVED = _("Observed in this network:")  # behind the sentence of the lab's author, which may fit or not
SHOWN = _("To see it, on %(node)s: %(command)s")
# Where the learner cannot type on the node that is blamed
SEEN_FROM = _("You cannot type on %(other)s. To see what follows from it, on %(node)s: %(command)s")

type Search = Generator[Asks, Answers, "Cause | None"]
type Causes = Iterable["Cause"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The nearest cause; without a name, what was observed instead."""

    name: str
    text: Text
    adds: bool = False  # the check's own cause stays, and this text follows it
    node: str = ""  # the node that it blames
    # The words by which a configuration names what it is about: a neighbour, its group, a port. Empty: those of its text
    about: frozenset[str] = frozenset()
    observed: tuple[Text, ...] = ()  # without a name: what was seen
    # False: something else may bring what is missing, so it is named only if the solved network supports it
    is_sure: bool = True
    others: tuple["Cause", ...] = ()  # the other candidates
    is_late: bool = False  # nothing was found because answers came too late: it says nothing against an earlier cause

    def with_command(self, command: str, on: str) -> "Cause":
        """Add a command that shows this cause, perhaps on another node than the one that it blames."""
        return replace(self, text=Text.of(self.text, Text(SHOWN, node=on, command=command)))

    def beside(self, general: Text) -> Text:
        """Return the text for a learner where the lab's author wrote a cause, and this one has no name."""
        seen = (self.text,) if self.adds else self.observed
        return Text.of(general, Text(OBSERVED), *seen) if seen else general


def cause(
    name: str, shown: str = "", on: str = "", *, so: Text | None = None, about: Iterable[object] = (), **words: object
) -> Cause:
    """The cause with this name; ``shown`` is a command that a learner can paste on the node ``on`` to see it.

    ``so``: why the check fails by it. ``about``: as in ``Cause``.
    """
    said = [Text(CAUSES[name], **words), *([so] if so else [])]
    if shown and on:
        said.append(Text(SHOWN, node=on, command=shown))
    blamed = on or str(words.get("node") or words.get("end") or "").partition(":")[0]
    told = said[0] if len(said) == 1 else Text.of(*said)
    return Cause(name, told, node=blamed, about=frozenset(str(one) for one in about if one))


def one_of(every: Sequence[Cause], *, is_sure: bool) -> Cause | None:
    """The first of these candidates, with the others. None of them is surer than IS_SURE."""
    candidates = [replace(one, is_sure=is_sure and one.is_sure) for one in every]
    return replace(candidates[0], others=tuple(candidates[1:])) if candidates else None


def nearest(causes: Causes) -> Cause | None:
    """The first cause; if it is not sure, with those behind it as candidates, of which one may be sure."""
    every = iter(causes)
    found = next(every, None)
    if found is None or found.is_sure:
        return found
    return replace(found, others=(*found.others, *(each for one in every for each in (one, *one.others))))


def with_each(candidates: Sequence[Cause | None]) -> Cause | None:
    """Combine the first cause found with each of the other routers on a link. It is sure only if it is the same with all of them.

    The live network does not show which of several routers should be the neighbour.
    """
    found = list({str(one.text): one for one in candidates if one}.values())
    return one_of(found, is_sure=len(found) == 1 and all(candidates))


def not_known(seen: Iterable[Text]) -> Cause | None:
    """Only what was observed, because a wrong cause is worse than none. None if nothing was observed."""
    observed = tuple(seen)[:4]
    return Cause("", Text.of(Text(NOT_KNOWN), *observed), observed=observed) if observed else None


def first(causes: Causes, seen: Iterable[Text] = ()) -> Cause | None:
    """The first cause; without any, what was observed."""
    return next(iter(causes), None) or not_known(seen)
