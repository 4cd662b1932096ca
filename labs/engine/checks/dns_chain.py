"""Check type ``dns.chain``: the link of the chain of trust between a signed zone and its parent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from labs.engine.adapters import dnssec, untrusted
from labs.engine.adapters.dnssec import Delegation, Key, Signature
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, Want
from labs.engine.checks.dns import NO_SERVER, PORT, SERVER
from labs.engine.checks.dns_zone import ZONE, at_port, query
from labs.engine.checks.fields import PRESENT
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Field

NOT_SIGNED = _("The zone is not signed: its server has no DNSKEY record.")
NO_DELEGATION = _(
    "The parent has no DS record for the zone, so resolvers treat it as unsigned. Publish the DS record of its key in the parent."
)
OTHER_KEY = _(
    "No DS record in the parent belongs to a key of the zone. Resolvers answer SERVFAIL: publish the DS record of the key that "
    "signs, or bring that key back."
)
UNSIGNED_KEYS = _("The key that the DS record names does not sign the zone's DNSKEY records.")
STATES: Mapping[str, str] = {
    "expired": _(
        "The signature over the DNSKEY records has expired. Sign the zone again, and check that this happens by itself."
    ),
    "early": _("The signature over the DNSKEY records is not valid yet. Check the clock of the server that signed."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsChain(CheckType):
    """It compares digests and times. Signatures are verified by resolvers: ``dns.validated``."""

    NAME: ClassVar = "dns.chain"
    ABOUT: ClassVar = (
        "The parent's DS record belongs to a key of the zone, and that key signs the zone's keys, with a signature that is valid "
        "now (RFC 4035, 5.2)."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "zone": ZONE,
        "parent": Field(Address("address"), "a name server of the parent zone.", required=True),
        "server": Field(SERVER.shape, "a name server of the zone.", required=True),
        "port": Field(PORT.shape, "the port of both; 53 if left out."),
        "algorithm": Field(
            Compare(), "the algorithm of the key that the DS record names; 13 is ECDSA P-256, 15 Ed25519."
        ),
        "digest": Field(Compare(), "the type of digest in that DS record; 2 is SHA-256."),
        "keys": Field(Compare(), "the number of the zone's DNSKEY records."),
        "ds": Field(Compare(), "the number of the parent's DS records."),
        "present": Field(PRESENT.shape, "false: the zone must not be linked to its parent in this way."),
    }
    zone: str
    parent: AnyAddress
    server: AnyAddress
    port: int = 53
    algorithm: Want | None = None
    digest: Want | None = None
    keys: Want | None = None
    ds: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        asked = ((self.parent, "DS"), (self.server, "DNSKEY"))
        return [query(node, server, self.port, self.zone, record) | {"dnssec": True} for server, record in asked]

    def command_on(self, node: Node) -> str:
        port = at_port(self.port)
        return (
            f"dig{port} @{self.parent} {self.zone} DS; dig{port} +dnssec +multiline @{self.server} {self.zone} DNSKEY"
        )

    def expected(self) -> Text:
        fields = {"algorithm": self.algorithm, "digest": self.digest, "keys": self.keys, "ds": self.ds}
        words = {"zone": self.zone, "fields": expected_values(fields)}
        if self.present:
            return Text(_("a chain of trust from the parent to %(zone)s %(fields)s"), **words)
        return Text(_("no chain of trust from the parent to %(zone)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        for server, answer in zip((self.parent, self.server), answers, strict=True):
            if not isinstance(answer.get("rcode"), str):
                error = untrusted.text(answer.get("error"))
                seen = Text(_("%(server)s did not answer: %(error)s"), server=server, error=error)
                return self.failed(node, seen, Text(NO_SERVER))
        above, below = (_records(answer) for answer in answers)
        delegations = [d for value, _s in above.get("DS", ()) if (d := dnssec.read_delegation(value))]
        keys = [key for value, _s in below.get("DNSKEY", ()) if (key := dnssec.read_key(value))]
        signatures = [s for value, state in below.get("RRSIG", ()) if (s := dnssec.read_signature(value, state))]
        words = {
            "ds": listed(str(d.tag) for d in delegations) or "–",
            "keys": listed(str(key.tag) for key in keys) or "–",
        }
        signers = [f"{s.tag} ({s.state})" for s in signatures if s.covers == "DNSKEY"]
        words |= {"signers": listed(signers) or "–"}
        seen = Text(_("DS of key %(ds)s in the parent; keys %(keys)s in the zone, signed by %(signers)s"), **words)
        cause = self._broken(delegations, keys, signatures)
        if (cause is None) is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, cause)

    def _broken(
        self, delegations: Sequence[Delegation], keys: Sequence[Key], signatures: Sequence[Signature]
    ) -> Text | None:
        """Return the reason why the chain does not hold, or is not the expected one; None if it is."""
        if not keys:
            return Text(NOT_SIGNED)
        if not delegations:
            return Text(NO_DELEGATION)
        linked = [(d, key) for d in delegations for key in keys if d.names(key, self.zone)]
        if not linked:
            return Text(OTHER_KEY)
        tags = {key.tag for _d, key in linked}
        states = [s.state for s in signatures if s.covers == "DNSKEY" and s.tag in tags]
        if not states:
            return Text(UNSIGNED_KEYS)
        if "valid" not in states:
            return Text(STATES.get(states[0], STATES["expired"]))
        counts = differing({"keys": (self.keys, len(keys)), "ds": (self.ds, len(delegations))})
        wrong = [
            counts + differing({"algorithm": (self.algorithm, key.algorithm), "digest": (self.digest, d.kind)})
            for d, key in linked
        ]
        return None if [] in wrong else not_as_expected(wrong)


def _records(answer: Answer) -> dict[str, list[tuple[str, str]]]:
    """The values by type, each with the state of a signature."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in map(untrusted.fields, untrusted.items(answer.get("answers"))):
        value, state = untrusted.long_text(entry.get("value")), untrusted.text(entry.get("state"))
        found.setdefault(untrusted.text(entry.get("type")), []).append((value, state))
    return found
