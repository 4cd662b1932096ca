"""Check types ``dns.*``: what a name server answers."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import reading
from labs.engine.adapters.reading import AnyAddress, AnyNetwork
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, listed, not_as_wanted, wanted
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.fields import PRESENT
from labs.engine.definition.spec import Node
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Number, Word

SECONDS = 2


NAMED = Field(
    Word("a name such as www.example.net", r"[A-Za-z0-9._-]{1,253}", 253), "the name to ask for.", required=True
)


SERVER = Field(Address("address"), "the server that is asked.", required=True)


PORT = Field(Number(1, 65535), "its port; 53 if left out.")


RECORD = Choice(("A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "SRV", "DS"))


NO_SERVER = _("No answer: does a server run, does it listen on this address, and is there a way there and back?")


RCODE_CAUSES: Mapping[str, str] = {
    "NXDOMAIN": _(
        "The server says that there is no such name: it is missing in the zone, or the zone is another server's."
    ),
    "REFUSED": _("The server does not answer for this client or this zone (access control, or no recursion)."),
    "SERVFAIL": _("The server tried and failed: the servers that it asks do not answer, or the signatures are wrong."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsCheck(CheckType):
    """One question to one server."""

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
                error=reading.text(answers[0].get("error")),
            )
            return self.failed(node, seen, Text(NO_SERVER))
        records = [reading.fields(entry) for entry in reading.items(answers[0].get("answers"))]
        values = [reading.text(entry.get("value")) for entry in records if entry.get("type") == self.record()]
        words = {"server": self.server, "rcode": reading.text(rcode), "answers": listed(values) or "–"}
        seen = Text(_("%(server)s says %(rcode)s: %(answers)s"), **words)
        return self.judge_answer(node, reading.text(rcode), values, answers[0], seen)

    @abstractmethod
    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecord(DnsCheck):
    NAME: ClassVar = "dns.record"
    ABOUT: ClassVar = "The server gives these records for a name."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": NAMED,
        "type": Field(RECORD, "the type of record.", required=True),
        "values": Field(CompareSet("text"), "the values, as dig writes them without the last dot; any if left out."),
        "addresses": Field(CompareSet("address"), "the same for A and AAAA, compared as addresses."),
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
        words = {"name": self.name, "type": self.type, "server": self.server, "fields": wanted(fields)}
        if self.present:
            return Text(_("%(server)s gives %(name)s %(type)s %(fields)s"), **words)
        return Text(_("%(server)s does not give %(name)s %(type)s %(fields)s"), **words)

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
            return self.failed(node, seen, not_as_wanted([wrong]))
        return self.failed(node, seen, Text(_("The name is there, and has no record of this type.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAaaaSynth(DnsCheck):
    NAME: ClassVar = "dns.aaaa_synth"
    ABOUT: ClassVar = (
        "The server makes an AAAA record from the A record of a name, inside this prefix (DNS64, RFC 6147)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": Field(NAMED.shape, "a name that has an A record only; ipv4only.arpa if left out."),
        "prefix": Field(Address("prefix"), "the NAT64 prefix.", required=True),
        "present": PRESENT,
    }
    TYPE: ClassVar = "AAAA"
    prefix: AnyNetwork
    present: bool = True

    def expected(self) -> Text:
        words = {"server": self.server, "name": self.name, "prefix": self.prefix}
        if self.present:
            return Text(_("%(server)s makes an AAAA of %(name)s inside %(prefix)s"), **words)
        return Text(_("%(server)s makes no AAAA of %(name)s inside %(prefix)s"), **words)

    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding:
        addresses = [reading.address(value) for value in values]
        inside = [address for address in addresses if address is not None and address in self.prefix]
        if bool(inside) is self.present:
            return self.passed(node, seen)
        if values and self.present:
            return self.failed(
                node, seen, Text(_("The name has an AAAA of its own, or the server uses another prefix."))
            )
        return self.failed(
            node, seen, Text(_("The server does not synthesise: is DNS64 on, and may it ask for the A record?"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsValidated(DnsCheck):
    NAME: ClassVar = "dns.validated"
    ABOUT: ClassVar = "The server says that it has validated the answer with DNSSEC (the AD flag, RFC 6840)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": NAMED,
        "type": Field(RECORD, "the type of record; AAAA if left out."),
        "present": Field(
            PRESENT.shape, "false: it must answer without the flag, or refuse a forged answer with SERVFAIL."
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
                node, seen, Text(_("The answer has no AD flag: does the server validate, and is the zone signed?"))
            )
        return self.failed(node, seen)
