"""Check types ``service.*``: services, used as a client uses them. Ask from a node that the learner does not control."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from labs.engine.adapters import untrusted
from labs.engine.adapters.untrusted import AnyAddress
from labs.engine.checks.base import Answer, Ask, CheckType, Finding, differing, expected_values, listed, not_as_expected
from labs.engine.checks.comparison import Compare, CompareMap, Want
from labs.engine.checks.dns import NAMED, NO_SERVER, PORT, RCODE_CAUSES, SECONDS, SERVER, DnsCheck
from labs.engine.checks.fields import PRESENT, SOURCE
from labs.engine.definition.spec import Node
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _
from labs.typed_yaml.shapes import Address, Choice, Field, Flag, Number, Word

NOTHING_LISTENS = _("The node is reachable, but nothing listens on this port and address.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDns(DnsCheck):
    NAME: ClassVar = "service.dns"
    ABOUT: ClassVar = "A name server answers queries from this node. The content of the answer does not matter."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "server": SERVER,
        "port": PORT,
        "name": Field(NAMED.shape, "the name in the question; ipv4only.arpa if left out."),
        "rcode": Field(
            Compare("text"), "NOERROR, NXDOMAIN, REFUSED or SERVFAIL; any but REFUSED and SERVFAIL if left out."
        ),
        "present": PRESENT,
    }
    TYPE: ClassVar = "AAAA"
    rcode: Want | None = None
    present: bool = True

    def expected(self) -> Text:
        words = {"server": self.server, "fields": expected_values({"rcode": self.rcode})}
        if self.present:
            return Text(_("a name server answers at %(server)s %(fields)s"), **words)
        return Text(_("no name server answers at %(server)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        finding = DnsCheck.judge_of(self, node, answers)
        if not self.present and not isinstance(answers[0].get("rcode"), str):
            return self.passed(node, finding.seen)
        return finding

    def judge_answer(self, node: Node, rcode: str, values: list[str], answer: Answer, seen: Text) -> Finding:
        good = self.rcode.accepts(rcode) if self.rcode else rcode not in ("REFUSED", "SERVFAIL")
        if good is self.present:
            return self.passed(node, seen)
        cause = RCODE_CAUSES.get(rcode)
        return self.failed(node, seen, Text(cause) if cause and self.present else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTcp(CheckType):
    NAME: ClassVar = "service.tcp"
    ABOUT: ClassVar = "A service accepts connections on this TCP port."
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": Field(Address("address"), "the address.", required=True),
        "port": Field(Number(1, 65535), "the port.", required=True),
        "source": SOURCE,
        "banner": Field(Compare("text"), "the first text that the service sends."),
        "present": PRESENT,
    }
    to: AnyAddress
    port: int
    source: AnyAddress | None = None
    banner: Want | None = None
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        ask = {"ask": "tcp", "node": node.name, "dst": str(self.to), "port": self.port, "seconds": SECONDS}
        return [ask | {"source": str(self.source) if self.source else None, "listen": self.banner is not None}]

    def command_on(self, node: Node) -> str:
        return f"nc -vz -w {SECONDS} {f'-s {self.source} ' if self.source else ''}{self.to} {self.port}"

    def expected(self) -> Text:
        words = {"to": self.to, "port": self.port, "fields": expected_values({"banner": self.banner})}
        if self.present:
            return Text(_("a service on TCP port %(port)s of %(to)s %(fields)s"), **words)
        return Text(_("no service on TCP port %(port)s of %(to)s %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        connected, banner = answers[0].get("connected"), untrusted.text(answers[0].get("banner"))
        if not isinstance(connected, bool):
            return self.unknown(node, "the answer does not say whether the connection was made")
        words = banner if connected else untrusted.text(answers[0].get("error"))
        seen = Text(_("Connected: %(words)s") if connected else _("Not connected: %(words)s"), words=words or "–")
        good = connected and not (self.banner and not self.banner.accepts(banner))
        if good is self.present:
            return self.passed(node, seen)
        if not self.present:
            return self.failed(node, seen)
        if connected:
            return self.failed(node, seen, Text(_("Another service listens on this port.")))
        if "refused" in words.lower():
            return self.failed(node, seen, Text(NOTHING_LISTENS), refused=True)
        return self.failed(
            node, seen, Text(_("No answer came back: a filter drops the packets, or there is no route there and back."))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHttp(CheckType):
    NAME: ClassVar = "service.http"
    ABOUT: ClassVar = (
        "A web server answers with this status and body. Redirects are not followed, and only 32 KB of the "
        "answer are read."
    )
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "to": Field(Address("address"), "the address.", required=True),
        "port": Field(Number(1, 65535), "the port; 80 if left out."),
        "host": Field(NAMED.shape, "the name in the Host header; the address if left out."),
        "path": Field(Word("a path such as /index.html", r"/[!-~]{0,200}", 201), "the path; / if left out."),
        "method": Field(Choice(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")), "the method; GET if left out."),
        "sends": Field(Word("a text", longest=1000), "the body of the request."),
        "status": Field(Compare(), "200 if left out."),
        "body": Field(Compare("text"), "the whole body; use {regex: …} for a part of it."),
        "headers": Field(
            CompareMap("text"),
            "headers of the answer by name, such as {content-type: {regex: ^text/}}; each must be there.",
        ),
        "secure": Field(Flag(), "true: the answer must also have a Strict-Transport-Security header."),
        "present": PRESENT,
    }
    to: AnyAddress
    port: int = 80
    host: str = ""
    path: str = "/"
    method: str = "GET"
    sends: str = ""
    status: Want | None = None
    headers: Mapping[str, Want] = field(default_factory=dict)
    body: Want | None = None
    secure: bool = False
    present: bool = True

    def asks_of(self, node: Node) -> list[Ask]:
        ask = {"ask": "http", "node": node.name, "dst": str(self.to), "port": self.port, "seconds": SECONDS}
        ask |= {"host": self.host or str(self.to), "path": self.path}
        more = {"method": self.method, "sends": self.sends}
        return [ask | {name: value for name, value in more.items() if value not in ("GET", "")}]

    def command_on(self, node: Node) -> str:
        host = f"[{self.to}]" if self.to.version == 6 else str(self.to)
        name = f"-H 'Host: {self.host}' " if self.host else ""
        how = "" if self.method == "GET" else "-I " if self.method == "HEAD" else f"-X {self.method} "
        data = f"--data-raw {shlex.quote(self.sends)} " if self.sends else ""
        return f"curl -i {how}{data}{name}'http://{host}{'' if self.port == 80 else f':{self.port}'}{self.path}'"

    def expected(self) -> Text:
        words = {
            "to": self.to,
            "fields": expected_values(
                {
                    "method": None if self.method == "GET" else self.method,
                    "status": self.status or 200,
                    "body": self.body,
                }
                | {"path": self.path}
                | dict(self.headers)
            ),
        }
        if self.present:
            return Text(_("a web server at %(to)s, %(fields)s"), **words)
        return Text(_("no web server at %(to)s, %(fields)s"), **words)

    def judge_of(self, node: Node, answers: Sequence[Answer]) -> Finding:
        status = untrusted.whole(answers[0].get("status"))
        body = untrusted.long_text(answers[0].get("body"))
        if status is None:
            error = untrusted.text(answers[0].get("error"))
            seen = Text(_("No answer: %(error)s"), error=error)
            if not self.present:
                return self.passed(node, seen)
            refused = "refused" in error.lower()
            return self.failed(node, seen, Text(NOTHING_LISTENS if refused else NO_SERVER), refused=refused)
        headers = untrusted.fields(answers[0].get("headers"))
        seen = Text(_("Status %(status)s: %(body)s"), status=status, body=body[:120])
        if self.headers:
            shown = listed((f"{name}: {untrusted.text(headers.get(name)) or '–'}" for name in self.headers), 4)
            seen = Text(_("Status %(status)s, %(headers)s: %(body)s"), status=status, headers=shown, body=body[:120])
        secure = "strict-transport-security" in headers
        wrong = differing({"status": (self.status, status), "body": (self.body, body)})
        wrong += ["status"] if self.status is None and status != 200 else []
        wrong += differing({name: (want, headers.get(name)) for name, want in self.headers.items()})
        wrong += ["secure"] if self.secure and not secure else []
        if (not wrong) is self.present:
            return self.passed(node, seen)
        return self.failed(node, seen, not_as_expected([wrong]) if wrong else None)
