"""Check types ``dns.*``: what a name server answers."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress, AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Number, Word

SECONDS = 2
NAMED = Field(
    Word("a name such as www.example.net", r"[A-Za-z0-9._-]{1,253}", 253), "the name in the question.", required=True
)
SERVER = Field(Address("address"), "the name server's address.", required=True)
PORT = Field(Number(1, 65535), "its port; 53 if left out.")
RECORD = Choice(("A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "SRV", "DS", "DNSKEY"))
NO_SERVER = _(
    "No answer came back. Check that the server runs, that it listens on this address, and that there is a route there and back."
)
RCODE_CAUSES: Mapping[str, str] = {
    "NXDOMAIN": _("The name does not exist on this server: the zone does not have it, or another server has the zone."),
    "REFUSED": _(
        "The server refuses to answer this client, or it does not answer for this zone (access control, or no recursion)."
    ),
    "SERVFAIL": _(
        "The server could not resolve the name: the servers that it asks do not answer, or DNSSEC signatures are wrong."
    ),
}


def records_of(answer: Answer, record: str) -> list[str]:
    """The values of the records of this type in an answer."""
    entries = map(untrusted.fields, untrusted.items(answer.get("answers")))
    return [untrusted.text(entry.get("value")) for entry in entries if entry.get("type") == record]


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsCheck(CheckType):
    """One query to one name server."""

    TYPE: ClassVar[str] = ""
    DNSSEC: ClassVar[bool] = False
    server: AnyAddress
    name: str = "ipv4only.arpa"
    port: int = 53

    def record(self) -> str:
        return self.TYPE

    def asks_of(self, node: Node) -> list[Ask]:
        ask = {"ask": "dns", "node": node.name, "server": str(self.server), "port": self.port, "name": self.name}
        return [ask | {"type": self.record(), "dnssec": self.DNSSEC, "seconds": SECONDS}]

    def command_on(self, node: Node) -> str:
        port = "" if self.port == 53 else f" -p {self.port}"
        return f"dig{port} @{self.server} {self.name} {self.record()}{' +dnssec' if self.DNSSEC else ''}"

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        rcode = answers[0].get("rcode")
        if not isinstance(rcode, str):
            seen = Text(
                _("%(server)s did not answer: %(error)s"),
                server=self.server,
                error=untrusted.text(answers[0].get("error")),
            )
            return self.failed(node, seen, Text(NO_SERVER))
        values = records_of(answers[0], self.record())
        words = {"server": self.server, "rcode": untrusted.text(rcode), "answers": listed(values) or "–"}
        seen = Text(_("%(server)s answers %(rcode)s: %(answers)s"), **words)
        return self.judge_answer(node, untrusted.text(rcode), values, answers[0], seen)

    @abstractmethod
    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord(DnsCheck):
    NAME: ClassVar = "dns.record"
    ABOUT: ClassVar = "The server answers with these records for a name."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": NAMED,
        "type": Field(RECORD, "the type of record.", required=True),
        "values": Field(CompareSet("text"), "the values, as dig prints them without the last dot; any if left out."),
        "addresses": Field(CompareSet("address"), "the values of A and AAAA records, compared as addresses."),
        "rcode": Field(Compare("text"), "NOERROR if left out."),
        "present": PRESENT,
    }
    type: str
    values: Want | None = None
    addresses: Want | None = None
    rcode: Want | None = None
    present: bool = True

    def record(self) -> str:
        return self.type

    def expected(self) -> Text:
        fields = {"values": self.values, "addresses": self.addresses, "rcode": self.rcode}
        words = {"name": self.name, "type": self.type, "server": self.server, "fields": expected_values(fields)}
        if self.present:
            return Text(_("%(server)s answers for %(name)s %(type)s %(fields)s"), **words)
        return Text(_("%(server)s does not answer for %(name)s %(type)s %(fields)s"), **words)

    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding:
        wrong = differing(
            {"values": (self.values, values), "addresses": (self.addresses, values), "rcode": (self.rcode, rcode)}
        )
        there = bool(values) if self.rcode is None else True
        if (there and not wrong) is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if rcode in RCODE_CAUSES:
            return self.failed(node, seen, Text(RCODE_CAUSES[rcode]))
        if wrong:
            return self.failed(node, seen, not_as_expected([wrong]))
        return self.failed(node, seen, Text(_("The name exists, but it has no record of this type.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAaaaSynth(DnsCheck):
    NAME: ClassVar = "dns.aaaa_synth"
    ABOUT: ClassVar = (
        "The server synthesises an AAAA record inside this prefix from the A record of a name (DNS64, RFC 6147)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": Field(NAMED.shape, "a name that has an A record only; ipv4only.arpa if left out."),
        "prefix": Field(Address("prefix", 6), "the NAT64 prefix.", required=True),
        "present": PRESENT,
    }
    TYPE: ClassVar = "AAAA"
    prefix: AnyNetwork
    present: bool = True

    def expected(self) -> Text:
        words = {"server": self.server, "name": self.name, "prefix": self.prefix}
        if self.present:
            return Text(_("%(server)s synthesises an AAAA record of %(name)s inside %(prefix)s"), **words)
        return Text(_("%(server)s synthesises no AAAA record of %(name)s inside %(prefix)s"), **words)

    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding:
        addresses = [untrusted.address(value) for value in values]
        inside = [address for address in addresses if address is not None and address in self.prefix]
        if bool(inside) is self.present:
            return self.passed(node, seen)
        if values and self.present:
            return self.failed(
                node, seen, Text(_("The name has an AAAA record of its own, or the server uses another prefix."))
            )
        return self.failed(
            node,
            seen,
            Text(
                _(
                    "The server does not synthesise the record. Check that DNS64 is enabled, and that the server can "
                    "resolve the A record."
                )
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsValidated(DnsCheck):
    NAME: ClassVar = "dns.validated"
    ABOUT: ClassVar = "The server has validated the answer with DNSSEC (the AD flag, RFC 6840)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": NAMED,
        "type": Field(RECORD, "the type of record; AAAA if left out."),
        "present": Field(
            PRESENT.shape,
            "false: the answer must not have the flag, or the server must answer SERVFAIL to a forged record.",
        ),
    }
    DNSSEC: ClassVar = True
    type: str = "AAAA"
    present: bool = True

    def record(self) -> str:
        return self.type

    def expected(self) -> Text:
        words = {"server": self.server, "name": self.name}
        if self.present:
            return Text(_("%(server)s has validated %(name)s"), **words)
        return Text(_("%(server)s has not validated %(name)s"), **words)

    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding:
        validated = answer.get("validated") is True and rcode == "NOERROR" and bool(values)
        if validated is self.present:
            return self.passed(node, seen)
        if rcode in RCODE_CAUSES and self.present:
            return self.failed(node, seen, Text(RCODE_CAUSES[rcode]))
        if self.present:
            return self.failed(
                node,
                seen,
                Text(_("The answer has no AD flag. Check that the server validates, and that the zone is signed.")),
            )
        return self.failed(node, seen)
