"""Turns the tests of Kathara's checker (kathara-lab-checker, JSON or YAML) into our checks, as far as our types go."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from labs.engine.definition.spec import Kind
from labs.engine.foreign_labs import kathara_tables as tables
from labs.engine.foreign_labs.foreign_lab import ForeignCheck, ForeignLab, Place
from labs.engine.foreign_labs.source_folder import Refused, SourceFolder
from labs.typed_yaml.shapes import Path
from labs.typed_yaml.yaml_file import Marked, mark


def add_checks(lab: ForeignLab, folder: SourceFolder, file: str) -> None:
    """Add the tests of one configuration of the checker. A file without tests adds nothing."""
    try:
        # A tab is white space in JSON and refused by YAML; inside a text JSON has none
        marked = mark(folder.text(file).replace("\t", " "), aliases=True)
    except Refused as why:
        lab.leave_out(Place(file), file, str(why))
        return
    if not isinstance(marked.value, Mapping) or not isinstance(marked.value.get("test"), Mapping):
        if marked.errors and '"test"' in folder.text(file):
            line, message = marked.errors[0]
            lab.leave_out(Place(file, line), file, message)
        return
    _Tests(lab, file, marked).add(marked.value["test"])


@dataclass(slots=True)
class _Test:
    """One test: on which device, what its configuration says, and where."""

    device: str
    value: Any
    place: Place


class _Tests:
    def __init__(self, lab: ForeignLab, file: str, marked: Marked) -> None:
        self.lab, self.file, self.marked = lab, file, marked
        # By the section's path; each list below it has its tests by device
        self.sections: dict[str, Callable[[_Test], None]] = {
            "ip_mapping": self._addresses,
            "daemons": self._daemons,
            "kernel_routes": self._kernel_route,
            "sysctls": self._sysctl,
            "ipv6_enabled": self._ipv6,
            "reachability": self._reach,
            "protocols.*.networks": self._network,
            "protocols.*.injections": self._injection,
            "protocols.bgpd.peerings": self._peering,
            "protocols.bgpd.neighbors": self._peering,
            "protocols.bgpd.routes": self._bgp_route,
            "protocols.ospfd.neighbors": self._ospf_neighbor,
            "protocols.ospfd.routes": self._ospf_route,
            "protocols.ospfd.interfaces": self._ospf_interface,
            "applications.http": self._http,
            "applications.dns.local_ns": self._name_server,
            "applications.dns.records": self._record,
            "applications.dns.reachability": self._named,
        }
        self.daemon = ""  # of the section protocols.DAEMON
        self.servers: list[str] = []
        self.reach: dict[str, tuple[list[str], Place]] = {}

    def add(self, test: Mapping[str, Any]) -> None:
        dns = (test.get("applications") or {}).get("dns") if isinstance(test.get("applications"), Mapping) else None
        self.servers = [str(one) for one in (dns or {}).get("local_ns", {})] if isinstance(dns, Mapping) else []
        self._section(test, ("test",), "")
        for device, (to, place) in self.reach.items():
            own = {given.partition("/")[0] for one in self.lab.nodes[device].addresses.values() for given in one}
            if others := [address for address in dict.fromkeys(to) if address not in own]:
                self._check("reach.matrix", f"{device} reaches the other nodes", device, {"to": others}, place)

    def _place(self, path: Path) -> Place:
        return Place(self.file, self.marked.line(path))

    def _section(self, value: object, path: Path, name: str) -> None:
        """Walk down to the sections that hold tests."""
        if not isinstance(value, Mapping):
            self.lab.leave_out(self._place(path), name or "test", "this section is not a mapping")
            return
        for key, below in value.items():
            full = f"{name}.{key}" if name else str(key)
            at = (*path, key)
            pattern = re.sub(r"^protocols\.\w+", "protocols.*", full)
            handler = self.sections.get(full) or self.sections.get(pattern)
            if full.startswith("protocols."):
                self.daemon = full.split(".")[1]
            if full in tables.NEEDLESS_TESTS or below is None:
                continue
            if full in tables.NO_TESTS:
                self.lab.leave_out(self._place(at), f"{full}{_counted(below)}", tables.NO_TESTS[full])
            elif handler:
                for test in self._tests(full, below, at):
                    self._one(handler, test, full)
            elif full in ("protocols", "applications", "applications.dns") or (
                full.startswith("protocols.") and full.count(".") == 1
            ):
                self._section(below, at, full)
            else:
                self.lab.leave_out(self._place(at), full, "this section of the checker is not known")

    def _tests(self, full: str, below: Any, path: Path) -> Iterator[_Test]:
        """Yield the tests of a section: usually lists by device, sometimes a list of devices or a mapping by interface."""
        if isinstance(below, list):
            yield from (_Test(str(device), None, self._place((*path, at))) for at, device in enumerate(below))
            return
        for device, values in below.items() if isinstance(below, Mapping) else ():
            at = (*path, device)
            if isinstance(values, Mapping):
                yield from (_Test(str(device), (str(k), v), self._place((*at, k))) for k, v in values.items())
            elif isinstance(values, list):
                yield from (_Test(str(device), value, self._place((*at, n))) for n, value in enumerate(values))
            else:
                self.lab.leave_out(self._place(at), f"{full} of {device}", "this is neither a list nor a mapping")

    def _one(self, handler: Callable[[_Test], None], test: _Test, full: str) -> None:
        by_device = not full.startswith("applications.dns")
        if by_device and test.device not in self.lab.nodes:
            self.lab.leave_out(test.place, f"{full} of {test.device}", "the scenario has no such device")
            return
        try:
            handler(test)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.lab.leave_out(
                test.place,
                f"{full}: {test.value}",
                f"this test does not have the form that the checker reads ({error})",
            )

    def _check(
        self, kind: str, title: str, device: str, expect: Mapping[str, Any], place: Place, *, absent: bool = False
    ) -> None:
        check = ForeignCheck(type=kind, title=title, on=[device], expect=expect, place=place, is_absence=absent)
        self.lab.checks.append(check)

    def _addresses(self, test: _Test) -> None:
        number, address = test.value
        interface = f"eth{number}" if number.isdigit() else number
        given = str(ipaddress.ip_interface(address))
        title = f"{test.device} has {given} on {interface}"
        self._check("addr.present", title, test.device, {"interface": interface, "addresses": [given]}, test.place)

    def _daemons(self, test: _Test) -> None:
        if test.value.startswith("!"):
            self.lab.leave_out(
                test.place, f"daemons of {test.device}: {test.value}", "no check type asks that a program does not run"
            )
        elif test.value == "watchfrr":
            self.lab.leave_out(
                test.place, f"daemons of {test.device}: watchfrr", "the supervisor watches FRR's daemons in a lab"
            )
        elif test.value in tables.SERVICES_NOT_OFFERED:
            self.lab.leave_out(
                test.place, f"daemons of {test.device}: {test.value}", tables.SERVICES_NOT_OFFERED[test.value]
            )
        else:
            self._check(
                "process.running",
                f"{test.value} runs on {test.device}",
                test.device,
                {"names": [test.value]},
                test.place,
            )

    def _kernel_route(self, test: _Test) -> None:
        route, hops = test.value if isinstance(test.value, list) else (test.value, [])
        absent = route.startswith("!")
        prefix = ipaddress.ip_network(route.removeprefix("!"))
        expect: dict[str, Any] = {"prefix": str(prefix)}
        via = [hop for hop in hops if _is_address(hop)]
        dev = [hop for hop in hops if not _is_address(hop)]
        expect |= {key: {"exact": value} for key, value in (("via", via), ("dev", dev)) if value}
        if absent:
            expect["present"] = False
        title = f"{test.device} has {'no' if absent else 'a'} route to {prefix}"
        self._check("fib.route", title, test.device, expect, test.place, absent=absent)

    def _sysctl(self, test: _Test) -> None:
        key, _, value = test.value.partition("=")
        self._check(
            "sysctl.value",
            f"{key} is {value} on {test.device}",
            test.device,
            {"key": key, "value": int(value)},
            test.place,
        )

    def _ipv6(self, test: _Test) -> None:
        expect = {"key": "net.ipv6.conf.all.disable_ipv6", "value": 0}
        self._check("sysctl.value", f"IPv6 is enabled on {test.device}", test.device, expect, test.place)

    def _reach(self, test: _Test) -> None:
        if test.value.startswith("!"):
            to = str(ipaddress.ip_address(test.value[1:]))
            expect = {"to": to, "present": False}
            self._check("ping", f"{test.device} does not reach {to}", test.device, expect, test.place, absent=True)
        elif not _is_address(test.value):
            self.lab.leave_out(
                test.place,
                f"{test.device} reaches {test.value}",
                "a ping goes to an address, not to a name. Use dns.record for the name",
            )
        else:
            self.reach.setdefault(test.device, ([], test.place))[0].append(test.value)

    def _network(self, test: _Test) -> None:
        prefix = str(ipaddress.ip_network(test.value))
        if self.daemon == "bgpd":
            self._check(
                "bgp.origination", f"{test.device} originates {prefix}", test.device, {"prefix": prefix}, test.place
            )
        else:
            expect = {"daemon": tables.PRINTED_BY.get(self.daemon, self.daemon), "lines": [f"network {prefix}"]}
            self._check(
                "config.contains",
                f"{test.device} has network {prefix} in {self.daemon}",
                test.device,
                expect,
                test.place,
            )

    def _injection(self, test: _Test) -> None:
        absent, name = test.value.startswith("!"), test.value.removeprefix("!")
        expect = {"daemon": tables.PRINTED_BY.get(self.daemon, self.daemon), "lines": [f"redistribute {name}"]}
        title = f"{test.device} redistributes {'no ' if absent else ''}{name} routes into {self.daemon}"
        self._check(
            f"config.{'absent' if absent else 'contains'}", title, test.device, expect, test.place, absent=absent
        )

    def _peering(self, test: _Test) -> None:
        given = test.value if isinstance(test.value, Mapping) else {"ip": test.value}
        if not _is_address(given["ip"]):
            self.lab.leave_out(
                test.place,
                f"the session of {test.device} with {given['ip']}",
                "bgp.session needs an address, and this session is unnumbered",
            )
            return
        expect = {"peer": given["ip"]} | ({"remote_as": given["asn"]} if "asn" in given else {})
        self._check(
            "bgp.session", f"{test.device} has a BGP session with {given['ip']}", test.device, expect, test.place
        )

    def _bgp_route(self, test: _Test) -> None:
        prefix = str(ipaddress.ip_network(test.value["route"]))
        paths = [" ".join(map(str, path)) for path in test.value.get("aspath", [[]]) if path != [""]] or [""]
        for path in paths:
            expect = {"prefix": prefix} | ({"as_path": path} if path else {})
            title = f"{test.device} has {prefix} in its BGP table{f' by way of AS {path}' if path else ''}"
            self._check("bgp.route", title, test.device, expect, test.place)

    def _ospf_neighbor(self, test: _Test) -> None:
        state = str(test.value.get("state", "FULL"))
        expect = {"router_id": test.value["router_id"], "state": tables.OSPF_STATES.get(state.upper(), state)}
        self._check(
            "ospf.neighbor",
            f"{test.device} has the OSPF neighbour {expect['router_id']}",
            test.device,
            expect,
            test.place,
        )

    def _ospf_route(self, test: _Test) -> None:
        prefix = str(ipaddress.ip_network(test.value["route"]))
        expect: dict[str, Any] = {"prefix": prefix} | ({"cost": test.value["cost"]} if "cost" in test.value else {})
        self._check("ospf.route", f"{test.device} has an OSPF route to {prefix}", test.device, expect, test.place)

    def _ospf_interface(self, test: _Test) -> None:
        interface, given = test.value
        known: dict[str, Any] = {"type": tables.OSPF_TYPES.get(str(given.get("networkType")))}
        known |= {
            "role": tables.OSPF_ROLES.get(str(given.get("state"))),
            "cost": given.get("cost"),
            "area": given.get("area"),
        }
        expect = {"interface": interface} | {key: value for key, value in known.items() if value is not None}
        self._check(
            "ospf.interface", f"OSPF on {interface} of {test.device} is as planned", test.device, expect, test.place
        )

    def _http(self, test: _Test) -> None:
        url = urlsplit(test.value["url"])
        host = url.hostname or ""
        if not _is_address(host):
            self.lab.leave_out(
                test.place, test.value["url"], "service.http needs the address of the server. Write host for the name"
            )
            return
        expect: dict[str, Any] = {"to": host, "port": url.port or 80, "path": url.path or "/"}
        expect |= {"method": test.value["method"]} if test.value.get("method", "GET") != "GET" else {}
        expect |= {"status": test.value["status_code"]} if test.value.get("status_code", 200) != 200 else {}
        pattern = test.value.get("regex_body") or re.escape(test.value.get("body_contains", ""))
        expect |= {"body": {"regex": pattern}} if pattern else {}
        self._check("service.http", f"{test.device} gets {test.value['url']}", test.device, expect, test.place)

    def _name_server(self, test: _Test) -> None:
        device, server = str(test.value), test.device
        if device not in self.lab.nodes:
            raise KeyError(device)
        expect = {"path": "/etc/resolv.conf", "contains": [f"nameserver {server}"]}
        self._check("file.content", f"{device} uses the name server {server}", device, expect, test.place)

    def _record(self, test: _Test) -> None:
        kind, (name, values) = test.device, test.value
        hosts = [node.name for node in self.lab.nodes.values() if node.kind is Kind.HOST]
        for server in self.servers[:1]:
            key = "addresses" if kind in ("A", "AAAA") else "values"
            expect = {"server": server, "name": name, "type": kind, key: list(values)}
            self._check("dns.record", f"{name} has the {kind} record of the plan", hosts[0], expect, test.place)

    def _named(self, test: _Test) -> None:
        self.lab.leave_out(
            test.place,
            f"{test.value} reaches {test.device}",
            "a ping goes to an address, not to a name. Use dns.record for the name",
        )


def _counted(section: object) -> str:
    """Return how many tests a section has: a mapping of lists or mappings by device."""
    held = section.values() if isinstance(section, Mapping) else ()
    number = sum(len(one) for one in held if isinstance(one, list | Mapping))
    return f" ({number} test{'s' if number > 1 else ''})" if number else ""


def _is_address(text: object) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True
