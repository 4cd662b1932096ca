"""Checks of addresses, neighbour discovery and router advertisements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import linux, reading
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, listed, not_as_wanted, wanted
from labs.engine.checks.compare import Compare, CompareSet, Want
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag, ListOf, Word

INTERFACE = Field(
    Word("an interface name such as eth1", r"[a-z][a-z0-9._-]{0,14}", 15), "the interface.", required=True
)
ANY_INTERFACE = Field(INTERFACE.shape, "the interface; any if left out.")
PRESENT = Field(Flag(), "false: it must not be there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrPresent(CheckType):
    NAME: ClassVar = "addr.present"
    ABOUT: ClassVar = "The interface holds these addresses, and the network has not found them twice."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "addresses": Field(ListOf(Address("interface"), 1), "addresses with their length.", required=True),
        "present": PRESENT,
    }
    interface: str
    addresses: tuple[Any, ...]
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip addr show dev {self.interface}"

    def expected(self) -> Text:
        words = {"interface": self.interface, "addresses": listed(self.addresses)}
        if self.present:
            return Text(_("%(interface)s holds %(addresses)s"), **words)
        return Text(_("%(interface)s does not hold %(addresses)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        printed = answers[0].get("json")
        here = [held for held in linux.addresses(printed) if held.interface == self.interface]
        if self.interface not in linux.interfaces(printed):
            seen = Text(_("%(node)s has no interface %(interface)s"), node=node.name, interface=self.interface)
            return self.failed(node, seen)
        usable = {(held.address, held.length) for held in here if not (held.tentative or held.duplicate)}
        shown = Text(_("%(interface)s holds %(seen)s"), interface=self.interface, seen=_held(here))
        found = [a for a in self.addresses if (a.ip, a.network.prefixlen) in usable]
        if len(found) == (len(self.addresses) if self.present else 0):
            return self.passed(node, shown)
        return self.failed(node, shown, self._cause(here))

    def _cause(self, here: Sequence[linux.Held]) -> Text | None:
        wanted_here = {a.ip for a in self.addresses}
        mine = [held for held in here if held.address in wanted_here]
        if not self.present:
            return None
        if any(held.duplicate for held in mine):
            return Text(_("Duplicate address detection found another owner of this address on the link (RFC 4862)."))
        if any(held.tentative for held in mine):
            return Text(_("Duplicate address detection is still running. It takes a second."))
        if mine:
            return Text(_("The address is there with another prefix length."))
        return Text(_("The address was not set on this interface, or was set on another one."))


def _held(here: Iterable[linux.Held]) -> str:
    words = [
        f"{h.address}/{h.length}" + (" (dadfailed)" if h.duplicate else " (tentative)" if h.tentative else "")
        for h in here
    ]
    return listed(words) or "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddrSlaac(CheckType):
    NAME: ClassVar = "addr.slaac"
    ABOUT: ClassVar = "The interface made itself an address from a router advertisement (RFC 4862)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "prefix": Field(Address("prefix"), "the advertised prefix.", required=True),
        "temporary": Field(Flag(), "true: a temporary address (RFC 8981) is wanted too."),
        "present": PRESENT,
    }
    interface: str
    prefix: AnyNetwork
    temporary: bool = False
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["addr"]}]

    def command_on(self, node: Node) -> str:
        return f"ip -6 addr show dev {self.interface} scope global"

    def expected(self) -> Text:
        words = {"interface": self.interface, "prefix": self.prefix}
        if not self.present:
            return Text(_("%(interface)s made no address from %(prefix)s"), **words)
        if self.temporary:
            return Text(_("%(interface)s made a stable and a temporary address from %(prefix)s"), **words)
        return Text(_("%(interface)s made itself an address from %(prefix)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        here = [held for held in linux.addresses(answers[0].get("json")) if held.interface == self.interface]
        inside = [held for held in here if held.address in self.prefix]
        made = [held for held in inside if held.dynamic and not held.tentative and not held.duplicate]
        stable, temporary = any(not held.temporary for held in made), any(held.temporary for held in made)
        seen = Text(_("%(interface)s holds %(seen)s"), interface=self.interface, seen=_held(here))
        if (stable and (temporary or not self.temporary)) if self.present else not made:
            return self.passed(node, seen)
        if self.present and inside and not made:
            return self.failed(
                node, seen, Text(_("The address in this prefix was set by hand, or its check for duplicates failed."))
            )
        if not self.present:
            return self.failed(
                node,
                seen,
                Text(_("A router still advertises this prefix, or the lifetime of the address is not over.")),
            )
        return self.failed(
            node,
            seen,
            Text(
                _(
                    "No advertisement with this prefix and its A flag arrived, or the host does not accept it "
                    "(accept_ra, autoconf)."
                )
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NdNeighbor(CheckType):
    NAME: ClassVar = "nd.neighbor"
    ABOUT: ClassVar = "The node's neighbour cache knows this address (RFC 4861)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "address": Field(Address("address"), "the neighbour.", required=True),
        "interface": ANY_INTERFACE,
        "state": Field(Compare("text"), "REACHABLE, STALE and so on; any with a link-layer address if left out."),
        "mac": Field(Compare("text"), "its link-layer address, in small letters."),
        "present": PRESENT,
    }
    address: AnyAddress
    interface: str = ""
    state: Want | None = None
    mac: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ip", "node": node.name, "args": ["neigh"]}]

    def command_on(self, node: Node) -> str:
        return f"ip neigh show {self.address}"

    def expected(self) -> Text:
        words = {
            "address": self.address,
            "fields": wanted({"dev": self.interface or None, "state": self.state, "mac": self.mac}),
        }
        if not self.present:
            return Text(_("%(address)s is not in the neighbour cache"), **words)
        return Text(_("%(address)s is in the neighbour cache %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        known = [
            n
            for n in linux.neighbours(answers[0].get("json"))
            if n.address == self.address and self.interface in ("", n.interface)
        ]
        fit = [
            n
            for n in known
            if n.mac and n.state != "FAILED" and not differing({"s": (self.state, n.state), "m": (self.mac, n.mac)})
        ]
        seen = Text(
            _("The neighbour cache has %(seen)s"),
            seen=listed(f"{n.address} dev {n.interface} {n.mac or '–'} {n.state}" for n in known),
        )
        if not known:
            seen = Text(_("The neighbour cache does not know %(address)s"), address=self.address)
        if bool(fit) is self.present:
            return self.passed(node, seen)
        if known and self.present:
            return self.failed(
                node, seen, Text(_("The neighbour did not answer the solicitation, or it is known with other values."))
            )
        if self.present:
            return self.failed(
                node, seen, Text(_("An entry is made when the node first sends to this address. Did it?"))
            )
        return self.failed(node, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaContent(CheckType):
    NAME: ClassVar = "ra.content"
    ABOUT: ClassVar = "A router advertisement heard on this interface says these things (RFC 4861, 4191, 8106)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "source": Field(Address("address"), "the link-local address of the router; any if left out."),
        "managed": Field(Flag(), "the M flag."),
        "other": Field(Flag(), "the O flag."),
        "lifetime": Field(Compare(), "router lifetime in seconds; 0 means no default router."),
        "preference": Field(Compare("text"), "low, medium or high."),
        "hop_limit": Field(Compare(), "the hop limit for hosts."),
        "mtu": Field(Compare(), "the MTU option."),
        "prefixes": Field(CompareSet("prefix"), "the advertised prefixes."),
        "autonomous": Field(Flag(), "the A flag of all its prefixes."),
        "on_link": Field(Flag(), "the L flag of all its prefixes."),
        "rdnss": Field(CompareSet("address"), "the resolvers."),
        "pref64": Field(CompareSet("prefix"), "the NAT64 prefixes (RFC 8781)."),
        "present": PRESENT,
    }
    interface: str
    source: AnyAddress | None = None
    managed: bool | None = None
    other: bool | None = None
    lifetime: Want | None = None
    preference: Want | None = None
    hop_limit: Want | None = None
    mtu: Want | None = None
    prefixes: Want | None = None
    autonomous: bool | None = None
    on_link: bool | None = None
    rdnss: Want | None = None
    pref64: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ra", "node": node.name, "interface": self.interface, "seconds": LISTEN}]

    def command_on(self, node: Node) -> str:
        return f"rdisc6 -1 {self.interface}"

    def expected(self) -> Text:
        named = {name: getattr(self, name) for name in self.FIELDS if name not in ("interface", "present", "source")}
        words = {"interface": self.interface, "source": self.source or "", "fields": wanted(_flags(named))}
        if not self.present:
            return Text(_("No such router advertisement on %(interface)s: %(source)s %(fields)s"), **words)
        return Text(_("A router advertisement on %(interface)s: %(source)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        heard = [reading.fields(entry) for entry in reading.items(answers[0].get("advertisements"))]
        heard = [ra for ra in heard if self.source is None or reading.address(ra.get("source")) == self.source]
        wrong = [self._wrong(ra) for ra in heard]
        if not heard:
            seen = Text(_("No router advertisement in %(seconds)s seconds"), seconds=LISTEN)
            cause = Text(_("The router does not send advertisements on this link, or something on the way drops them."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        seen = Text(_("Heard: %(seen)s"), seen=listed(map(_summary, heard), 3))
        if ([] in wrong) is self.present:
            return self.passed(node, seen, heard=heard[:4])
        if not self.present:
            return self.failed(node, seen, heard=heard[:4])
        return self.failed(node, seen, not_as_wanted(wrong), heard=heard[:4])

    def _wrong(self, ra: Mapping[str, Any]) -> list[str]:
        prefixes = [reading.fields(entry) for entry in reading.items(ra.get("prefixes"))]
        named = {_prefix(entry) for entry in prefixes} - {None}
        wrong = differing(
            {
                "lifetime": (self.lifetime, ra.get("lifetime")),
                "preference": (self.preference, ra.get("preference")),
                "hop_limit": (self.hop_limit, ra.get("hop_limit")),
                "mtu": (self.mtu, ra.get("mtu")),
                "prefixes": (self.prefixes, named),
                "rdnss": (self.rdnss, reading.items(ra.get("rdnss"))),
                "pref64": (self.pref64, reading.items(ra.get("pref64"))),
            }
        )
        flags = {"managed": (self.managed, [ra]), "other": (self.other, [ra])}
        flags |= {"autonomous": (self.autonomous, prefixes), "on_link": (self.on_link, prefixes)}
        for name, (want, entries) in flags.items():
            if want is not None and not (entries and all(entry.get(name) is want for entry in entries)):
                wrong.append(name)
        return wrong


LISTEN = 3  # seconds: an answer to a solicitation comes within half a second (RFC 4861, 6.2.6)


def _prefix(entry: Mapping[str, Any]) -> AnyNetwork | None:
    return reading.network(f"{reading.text(entry.get('prefix'))}/{reading.text(entry.get('length'))}")


def _flags(named: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in named.items()}


def _summary(ra: Mapping[str, Any]) -> str:
    """What an advertisement says, by the names that the expectation has."""
    prefixes = listed(map(_with_flags, map(reading.fields, reading.items(ra.get("prefixes")))), 3)
    resolvers = listed(map(reading.text, reading.items(ra.get("rdnss"))), 3)
    said = [f"{name} {reading.text(ra.get(name))}" for name in ("lifetime", "preference")]
    said += [f"prefixes {prefixes or '–'}", f"rdnss {resolvers or '–'}"]
    said += [f"{name} true" for name in ("managed", "other") if ra.get(name) is True]
    return f"{reading.text(ra.get('source'))} {', '.join(said)}"


def _with_flags(prefix: Mapping[str, Any]) -> str:
    missing = ", ".join(f"{name} false" for name in ("on_link", "autonomous") if prefix.get(name) is False)
    return f"{_prefix(prefix)}{f' ({missing})' if missing else ''}"
