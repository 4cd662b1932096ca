"""Check types ``dns.zone``, ``dns.transfer`` and ``dns.reverse``: what the servers of a zone say about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareSet, Want
from labs.engine.checks.dns import NAMED, NO_SERVER, PORT, RCODE_CAUSES, SECONDS, SERVER, records_of
from labs.engine.checks.fields import PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, ListOf, Record, Word

ZONE = Field(NAMED.shape, "the zone, such as example.net.", required=True)
SERIAL = Field(Compare(), "the serial number of the zone.")
SOA_FIELDS = 7  # primary, contact, serial, refresh, retry, expire and minimum (RFC 1035, 3.3.13)
NOT_AUTHORITATIVE = _(
    "The server does not hold the zone: the zone is missing in its configuration, its file has an error, or a secondary has "
    "not transferred it yet."
)
KEY_CAUSES: Mapping[str, str] = {
    "BADKEY": _("The server does not know a key of this name and algorithm (TSIG, RFC 8945, 5.2.1)."),
    "BADSIG": _("The server knows a key of this name, but its secret differs (TSIG, RFC 8945, 5.2.2)."),
    "BADTIME": _("The clocks of the two ends differ by more than 300 seconds (TSIG, RFC 8945, 5.2.3)."),
}
REFUSES = _(
    "The server refuses the transfer to this client. Check which addresses and keys its access list for transfers permits."
)


def query(node: Node, server: AnyAddress, port: int, name: str, record: str) -> Ask:
    ask = {"ask": "dns", "node": node.name, "server": str(server), "port": port, "name": name, "type": record}
    return ask | {"dnssec": False, "seconds": SECONDS}


def at_port(port: int) -> str:
    return "" if port == 53 else f" -p {port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsZone(CheckType):
    NAME: ClassVar = "dns.zone"
    ABOUT: ClassVar = "The server is authoritative for the zone (the AA flag, RFC 1035, 4.1.1), with these values."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "zone": ZONE,
        "serial": SERIAL,
        "primary": Field(Compare("text"), "the primary server in the SOA record, without the last dot."),
        "nameservers": Field(CompareSet("text"), "the names in the zone's NS records, without the last dot."),
        "same_serial_at": Field(
            ListOf(Address("address"), 1),
            "further servers, which must be authoritative and have the same serial number.",
        ),
        "present": Field(PRESENT.shape, "false: the server must not be authoritative for the zone."),
    }
    server: AnyAddress
    zone: str
    port: int = 53
    serial: Want | None = None
    primary: Want | None = None
    nameservers: Want | None = None
    same_serial_at: tuple[AnyAddress, ...] = ()
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        others = [query(node, server, self.port, self.zone, "SOA") for server in self.same_serial_at]
        return [query(node, self.server, self.port, self.zone, record) for record in ("SOA", "NS")] + others

    def command_on(self, node: Node) -> str:
        return f"dig{at_port(self.port)} +norecurse @{self.server} {self.zone} SOA"

    def expected(self) -> Text:
        fields: dict[str, object] = {name: getattr(self, name) for name in ("serial", "primary", "nameservers")}
        fields["same_serial_at"] = listed(self.same_serial_at) or None
        words = {"server": self.server, "zone": self.zone, "fields": expected_values(fields)}
        if self.present:
            return Text(_("%(server)s is authoritative for %(zone)s %(fields)s"), **words)
        return Text(_("%(server)s is not authoritative for %(zone)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        soa, names, *others = answers
        rcode = untrusted.text(soa.get("rcode"))
        if not rcode:
            error = untrusted.text(soa.get("error"))
            seen = Text(_("%(server)s did not answer: %(error)s"), server=self.server, error=error)
            return self.failed(node, seen, Text(NO_SERVER))
        primary, serial = _start(soa)
        nameservers = records_of(names, "NS")
        words: dict[str, object] = {"server": self.server, "zone": self.zone, "rcode": rcode}
        if serial is None:
            seen = Text(_("%(server)s is not authoritative for %(zone)s (%(rcode)s)"), **words)
            return self.failed(node, seen, Text(NOT_AUTHORITATIVE)) if self.present else self.passed(node, seen)
        words |= {"serial": serial, "primary": primary, "nameservers": listed(nameservers) or "–"}
        seen = Text(
            _("%(server)s has %(zone)s with serial %(serial)s, primary %(primary)s and name servers %(nameservers)s"),
            **words,
        )
        if not self.present:
            return self.failed(node, seen)
        wrong = differing(
            {
                "serial": (self.serial, serial),
                "primary": (self.primary, primary),
                "nameservers": (self.nameservers, nameservers),
            }
        )
        if wrong:
            return self.failed(node, seen, not_as_expected([wrong]))
        return self._compared(node, serial, others, seen)

    def _compared(self, node: Node, serial: int, others: Sequence[Answer], seen: Text) -> Finding:
        """Compare the serial number with that of each other server."""
        for server, answer in zip(self.same_serial_at, others, strict=True):
            there = _start(answer)[1]
            if there == serial:
                continue
            words = {"server": self.server, "serial": serial, "other": server, "there": "–" if there is None else there}
            seen = Text(_("%(server)s has serial %(serial)s, %(other)s has %(there)s"), **words)
            cause = _(
                "The secondary has another version of the zone. Check that it may transfer the zone, that it is notified, and "
                "that the serial number was increased after the last change."
            )
            return self.failed(node, seen, Text(NOT_AUTHORITATIVE if there is None else cause))
        return self.passed(node, seen)


def _start(answer: Answer) -> tuple[str, int | None]:
    """The primary server and the serial number; no number if the answer is not authoritative, or has no SOA."""
    found = records_of(answer, "SOA")
    words = found[0].split(" ") if found and answer.get("authoritative") is True else []
    serial = untrusted.whole(words[2]) if len(words) == SOA_FIELDS else None
    return (words[0], serial) if serial is not None else ("", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsTransfer(CheckType):
    """The secret of the key stands in ``lab.yaml``, which no lab contains: give a learner their own copy."""

    NAME: ClassVar = "dns.transfer"
    ABOUT: ClassVar = (
        "The server gives this node the whole zone (AXFR, RFC 5936), where a key is named with that key (TSIG)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "zone": ZONE,
        "key": Field(
            Record(
                "a key",
                {
                    "name": Field(NAMED.shape, "the name of the key.", required=True),
                    "secret": Field(
                        Word("a secret in base64", r"[A-Za-z0-9+/]{4,200}={0,2}", 202), "the secret.", required=True
                    ),
                    "algorithm": Field(
                        Choice(("hmac-sha256", "hmac-sha1", "hmac-sha384", "hmac-sha512")), "hmac-sha256 if left out."
                    ),
                },
            ),
            "the key with which the request is signed; none if left out.",
        ),
        "records": Field(Compare(), "the number of records, the SOA counted once."),
        "serial": SERIAL,
        "present": Field(PRESENT.shape, "false: the server must refuse."),
    }
    server: AnyAddress
    zone: str
    port: int = 53
    key: Mapping[str, Any] | None = None
    records: Want | None = None
    serial: Want | None = None
    present: bool = True

    def _key(self) -> dict[str, str] | None:
        if self.key is None:
            return None
        return {
            "name": self.key["name"],
            "secret": self.key["secret"],
            "algorithm": self.key.get("algorithm", "hmac-sha256"),
        }

    def asks_of(self, node: Node) -> list[Ask]:
        ask = {"ask": "axfr", "node": node.name, "server": str(self.server), "port": self.port, "zone": self.zone}
        return [ask | {"key": self._key(), "seconds": SECONDS}]

    def command_on(self, node: Node) -> str:
        key = self._key()
        signed = f" -y {key['algorithm']}:{key['name']}:{key['secret']}" if key else ""
        return f"dig{at_port(self.port)} @{self.server} {self.zone} AXFR{signed}"

    def expected(self) -> Text:
        fields = {"key": self.key["name"] if self.key else None, "records": self.records, "serial": self.serial}
        words = {"server": self.server, "zone": self.zone, "fields": expected_values(fields)}
        if self.present:
            return Text(_("%(server)s transfers %(zone)s %(fields)s"), **words)
        return Text(_("%(server)s does not transfer %(zone)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        answer = answers[0]
        rcode, error = untrusted.text(answer.get("rcode")), untrusted.text(answer.get("error"))
        complete, serial = answer.get("complete") is True, untrusted.whole(answer.get("serial"))
        count = untrusted.whole(answer.get("records")) or 0
        words = {"server": self.server, "zone": self.zone, "count": count, "serial": "–" if serial is None else serial}
        if complete:
            seen = Text(_("%(server)s transferred %(zone)s: %(count)s records, serial %(serial)s"), **words)
            wrong = differing({"records": (self.records, count), "serial": (self.serial, serial)})
            if (not wrong) is self.present:
                return self.passed(node, seen)
            return self.failed(node, seen, not_as_expected([wrong]) if wrong else None)
        said = " ".join(part for part in (rcode, error) if part and part != "NOERROR") or "–"
        seen = Text(_("%(server)s did not transfer %(zone)s: %(said)s"), server=self.server, zone=self.zone, said=said)
        if not self.present:
            if rcode in ("", "NOERROR"):  # a server that is down refuses nothing
                return self.failed(node, seen, Text(NO_SERVER))
            return self.passed(node, seen)
        if not rcode:
            return self.failed(node, seen, Text(NO_SERVER))
        return self.failed(node, seen, Text(KEY_CAUSES.get(error) or _refusal(rcode)))


def _refusal(rcode: str) -> str:
    return (
        REFUSES if rcode == "REFUSED" else NOT_AUTHORITATIVE if rcode == "NOTAUTH" else RCODE_CAUSES.get(rcode, REFUSES)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsReverse(CheckType):
    NAME: ClassVar = "dns.reverse"
    ABOUT: ClassVar = "The reverse name of the address is this name, and this name has the address (RFC 1912, 2.1)."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "address": Field(Address("address"), "the address.", required=True),
        "name": Field(NAMED.shape, "the name, without the last dot.", required=True),
        "present": Field(PRESENT.shape, "false: the address must not have this name."),
    }
    server: AnyAddress
    address: AnyAddress
    name: str
    port: int = 53
    present: bool = True

    def _record(self) -> str:
        return "AAAA" if self.address.version == 6 else "A"

    def asks_of(self, node: Node) -> list[Ask]:
        pairs = ((self.address.reverse_pointer, "PTR"), (self.name, self._record()))
        return [query(node, self.server, self.port, name, record) for name, record in pairs]

    def command_on(self, node: Node) -> str:
        return f"dig{at_port(self.port)} @{self.server} -x {self.address}"

    def expected(self) -> Text:
        words = {"address": self.address, "name": self.name}
        if self.present:
            return Text(_("%(address)s has the name %(name)s, and the name has the address"), **words)
        return Text(_("%(address)s does not have the name %(name)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        back, forth = answers
        rcode = untrusted.text(back.get("rcode"))
        if not rcode:
            error = untrusted.text(back.get("error"))
            seen = Text(_("%(server)s did not answer: %(error)s"), server=self.server, error=error)
            return self.failed(node, seen, Text(NO_SERVER))
        names = records_of(back, "PTR")
        addresses = [untrusted.address(value) for value in records_of(forth, self._record())]
        words = {"address": self.address, "names": listed(names) or rcode, "name": self.name}
        words |= {"addresses": listed(address for address in addresses if address) or "–"}
        seen = Text(_("%(address)s has the name %(names)s; %(name)s has the address %(addresses)s"), **words)
        named = self.name.lower().rstrip(".") in [name.lower() for name in names]
        if not self.present:
            return self.failed(node, seen) if named else self.passed(node, seen)
        if not named:
            cause = _("The reverse zone has no PTR record for this address, or the record has another name.")
            other = RCODE_CAUSES.get(rcode) if not names and rcode != "NXDOMAIN" else None
            return self.failed(node, seen, Text(other or cause))
        if self.address not in addresses:
            return self.failed(node, seen, Text(_("The name in the reverse zone does not lead back to the address.")))
        return self.passed(node, seen)
