"""Check type ``ra.content``: what router advertisements on a link carry (RFC 4861)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import INTERFACE, PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field, Flag

OTHER_NUMBER = _("The number of routers that advertise this is not the expected one.")
# Seconds. The answer to a solicitation comes within half a second, but multicast advertisements are at least three seconds
# apart (RFC 4861, 6.2.6). Most routers answer at once, so the first try is shorter
LISTEN, FIRST_LISTEN = 3, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RaContent(CheckType):
    NAME: ClassVar = "ra.content"
    ABOUT: ClassVar = "A router advertisement received on this interface has these values (RFC 4861, 4191, 8106)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "interface": INTERFACE,
        "source": Field(Address("address", 6), "the link-local address of the router; any if left out."),
        "managed": Field(Flag(), "the M flag."),
        "other": Field(Flag(), "the O flag."),
        "lifetime": Field(
            Compare(), "the router lifetime, in seconds; with 0 hosts do not use the router as a default router."
        ),
        "preference": Field(Compare("text"), "the default router preference: low, medium or high (RFC 4191)."),
        "hop_limit": Field(Compare(), "the hop limit for hosts."),
        "mtu": Field(Compare(), "the MTU option."),
        "prefixes": Field(CompareSet("prefix"), "the advertised prefixes."),
        "autonomous": Field(Flag(), "the A flag of all its prefixes."),
        "on_link": Field(Flag(), "the L flag of all its prefixes."),
        "rdnss": Field(CompareSet("address"), "the addresses of DNS resolvers (RFC 8106)."),
        "pref64": Field(CompareSet("prefix"), "the NAT64 prefixes (RFC 8781)."),
        "every": Field(
            Flag(), "true: the advertisements of all routers on the link must match; otherwise one is enough."
        ),
        "count": Field(Compare(), "the number of routers whose advertisements match."),
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
    every: bool = False
    count: Want | None = None
    present: bool = True
    seconds: int = LISTEN

    def sooner(self) -> "RaContent":
        """Listen for a shorter time, unless all routers must be heard, or none: that shows only after the full time."""
        waits = self.every or self.count is not None or not self.present or self.proves_absence()
        return self if waits else replace(self, seconds=FIRST_LISTEN)

    def asks_of(self, node: Node) -> list[Ask]:
        return [{"ask": "ra", "node": node.name, "interface": self.interface, "seconds": self.seconds}]

    def command_on(self, node: Node) -> str:
        # Without -1: that ends with the first answer, which may be another router's
        whose = f"  # the answer that is from {self.source}" if self.source else ""
        return f"rdisc6 {self.interface}{whose}"

    def expected(self) -> Text:
        aside = ("interface", "present", "source", "every")
        named = {name: getattr(self, name) for name in self.FIELDS if name not in aside}
        words = {"interface": self.interface, "source": self.source or "", "fields": expected_values(_flags(named))}
        if not self.present:
            return Text(_("no such router advertisement on %(interface)s: %(source)s %(fields)s"), **words)
        return Text(_("a router advertisement on %(interface)s: %(source)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        heard = [untrusted.fields(entry) for entry in untrusted.items(answers[0].get("advertisements"))]
        heard = [ra for ra in heard if self.source is None or untrusted.address(ra.get("source")) == self.source]
        wrong = [self._wrong(ra) for ra in heard]
        if not heard:
            seen = Text(_("No router advertisement within %(seconds)s seconds"), seconds=self.seconds)
            cause = Text(_("The router does not send router advertisements on this link, or a filter drops them."))
            return self.failed(node, seen, cause) if self.present else self.passed(node, seen)
        seen = Text(_("Received: %(seen)s"), seen=listed(map(self._summary, heard), 3))
        fitting = wrong.count([])
        enough = self.count.accepts(fitting) if self.count else bool(fitting)
        if (enough and not (self.every and fitting < len(wrong))) is self.present:
            return self.passed(node, seen, heard=heard[:4])
        if not self.present:
            return self.failed(node, seen, heard=heard[:4])
        off = [fields for fields in wrong if fields]
        return self.failed(node, seen, not_as_expected(off) if off else Text(OTHER_NUMBER), heard=heard[:4])

    def _wrong(self, ra: Mapping[str, Any]) -> list[str]:
        prefixes = [untrusted.fields(entry) for entry in untrusted.items(ra.get("prefixes"))]
        named = {_prefix(entry) for entry in prefixes} - {None}
        wrong = differing(
            {
                "lifetime": (self.lifetime, ra.get("lifetime")),
                "preference": (self.preference, ra.get("preference")),
                "hop_limit": (self.hop_limit, ra.get("hop_limit")),
                "mtu": (self.mtu, ra.get("mtu")),
                "prefixes": (self.prefixes, named),
                "rdnss": (self.rdnss, untrusted.items(ra.get("rdnss"))),
                "pref64": (self.pref64, untrusted.items(ra.get("pref64"))),
            }
        )
        flags = {"managed": (self.managed, [ra]), "other": (self.other, [ra])}
        flags |= {"autonomous": (self.autonomous, prefixes), "on_link": (self.on_link, prefixes)}
        for name, (want, entries) in flags.items():
            if want is not None and not (entries and all(entry.get(name) is want for entry in entries)):
                wrong.append(name)
        return wrong

    def _summary(self, ra: Mapping[str, Any]) -> str:
        """The values of an advertisement, by the names of the fields: the usual ones, and those that the check asks for."""
        asked = [name for name in ("hop_limit", "mtu", "pref64") if getattr(self, name) is not None]
        return f"{_summary(ra)}{''.join(f', {name} {_word(ra.get(name))}' for name in asked)}"


def _prefix(entry: Mapping[str, Any]) -> AnyNetwork | None:
    return untrusted.network(f"{untrusted.text(entry.get('prefix'))}/{untrusted.text(entry.get('length'))}")


def _flags(named: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in named.items()}


def _word(value: object) -> str:
    return (listed(map(untrusted.text, value), 3) if isinstance(value, list) else untrusted.text(value)) or "–"


def _summary(ra: Mapping[str, Any]) -> str:
    prefixes = listed(map(_with_flags, map(untrusted.fields, untrusted.items(ra.get("prefixes")))), 3)
    resolvers = listed(map(untrusted.text, untrusted.items(ra.get("rdnss"))), 3)
    said = [f"{name} {untrusted.text(ra.get(name))}" for name in ("lifetime", "preference")]
    said += [f"prefixes {prefixes or '–'}", f"rdnss {resolvers or '–'}"]
    said += [f"{name} true" for name in ("managed", "other") if ra.get(name) is True]
    return f"{untrusted.text(ra.get('source'))} {', '.join(said)}"


def _with_flags(prefix: Mapping[str, Any]) -> str:
    missing = ", ".join(f"{name} false" for name in ("on_link", "autonomous") if prefix.get(name) is False)
    return f"{_prefix(prefix)}{f' ({missing})' if missing else ''}"
