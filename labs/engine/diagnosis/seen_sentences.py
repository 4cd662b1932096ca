"""Words a cause that the comparison with the solved network does not support as something seen: the fact without a judgement.

It says neither what should be there nor what to type, because this may be as it should be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from labs.engine.diagnosis.causes import OBSERVED, SHOWN, Cause, not_known
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

MOST_DOUBTFUL = 2  # doubtful causes beside a sure one
# Instead of the sentences of ``causes.CAUSES`` that judge or give an instruction
SEEN: Mapping[str, str] = {
    "link-down": _("%(end)s is down."),
    "port-taken": _("%(end)s belongs to %(a)s (a bridge or a VRF)."),
    "ipv6-disabled": _("IPv6 is disabled on %(end)s."),
    "address-left-over": _("%(node)s sends from the address %(a)s, whose prefix no router on its link has."),
    "address-prefix": _("%(end)s has the address %(a)s. %(other)s, on the same link, has %(b)s."),
    "address-taken": _("%(node)s also has the address %(a)s of %(other)s."),
    "protocol-off": _("The protocol %(a)s is not up on %(node)s."),
    "ospf-not-on": _("OSPFv3 is not enabled on %(end)s."),
    "ospf2-not-on": _("OSPF is not enabled on %(end)s."),
    "ospf-passive": _("OSPF sends no hello on %(end)s, which is passive."),
    "ospf-area": _("The two ends are in different areas: %(end)s in %(a)s, %(other)s in %(b)s."),
    "ospf-instance": _("The instance IDs differ: %(end)s has %(a)s, %(other)s has %(b)s."),
    "ospf-timers": _("The hello and dead intervals differ: %(end)s has %(a)s, %(other)s has %(b)s (hello/dead)."),
    "ospf-auth": _("The authentication of OSPF differs: %(end)s has %(a)s, %(other)s has %(b)s."),
    "ospf-type": _("The network types differ: %(end)s is %(a)s, %(other)s is %(b)s."),
    "ospf-unannounced": _("%(node)s is connected to this prefix on %(a)s, where OSPFv3 is not enabled."),
    "mtu": _("The MTUs differ: %(end)s has %(a)s, %(other)s has %(b)s."),
    "router-id": _("%(end)s and %(other)s have the same router ID %(a)s."),
    "bgp-shutdown": _("The session with %(peer)s is shut down on %(node)s."),
    "bgp-as": _("%(node)s expects %(peer)s in AS %(a)s. This peer is in AS %(b)s."),
    "bgp-password": _("Only %(node)s has a password for the session with its peer %(peer)s."),
    "bgp-passwords": _("%(node)s and %(other)s have different passwords for the session of %(node)s with %(peer)s."),
    "bgp-ttl": _("Only %(node)s has ttl-security for the session with %(peer)s."),
    "bgp-family": _("The address family IPv%(version)s is not activated on %(node)s for the session with %(peer)s."),
    "bgp-policy": _("%(node)s has no policy for the neighbour %(peer)s."),
    "bgp-limit": _("A maximum number of prefixes closed the session. %(node)s has one for its peer %(peer)s."),
    "bgp-unoriginated": _("No router here originates %(a)s."),
    "slaac-forwarding": _("%(node)s forwards packets, and its accept_ra is not 2."),
    "slaac-accept": _("%(node)s has accept_ra 0 on %(a)s."),
    "slaac-autoconf": _("%(node)s has autoconf 0 on %(a)s."),
    "forwarding": _("%(node)s does not forward packets."),
    "firewall": _("A packet filter on %(node)s drops packets."),
    "firewall-state": _("A packet filter on %(node)s drops the replies."),
    "rpki-stopped": _("The cache accepts connections, but %(node)s is not connected."),
}


def of(found: Cause) -> Iterator[Text]:
    """Yield the sentence about this cause, and its command apart, so that it can be left out where the learner cannot type."""
    told, *others = found.text.sentences()
    yield Text(SEEN[found.name], **told.params) if found.name in SEEN else told
    yield from (one for one in others if one.msgid == SHOWN)


def only_seen(found: Cause) -> Cause | None:
    """Return the cause and its other candidates as observations."""
    return not_known(text for one in (found, *found.others) for text in of(one))


def without_doubt(found: Cause | None) -> Cause | None:
    """The cause if the live network alone shows it, or the nearest one behind it that is sure; else what was seen."""
    if found is None or found.is_sure:
        return found
    sure = next((one for one in found.others if one.is_sure), None)
    if sure is None:
        return only_seen(found)
    doubtful = [next(of(one)) for one in (found, *found.others) if not one.is_sure][:MOST_DOUBTFUL]
    return replace(sure, text=Text.of(sure.text, Text(OBSERVED), *doubtful))
