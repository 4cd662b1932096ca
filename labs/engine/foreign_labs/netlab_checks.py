"""Turns the validation of a netlab topology into our checks. Its plugin calls are read as text, and never evaluated."""

import ast
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labs.engine.foreign_labs import netlab_tables as tables
from labs.engine.foreign_labs.foreign_lab import ForeignCheck, ForeignLab, Place
from labs.engine.foreign_labs.netlab_topology import Topology

MOST_WAIT = 120  # seconds
ASKS = frozenset({"plugin", "valid", "exec", "show", "config", "suzieq"})  # keys of a test that does something
LONGEST_CALL = 500  # characters
OF_ROUTE: Mapping[str, str] = {
    "best": "best",
    "locpref": "local_pref",
    "med": "med",
}  # fields of bgp.route by netlab's names


class NoCheck(Exception):
    """A test has no check of ours; the text says why."""


def add_checks(lab: ForeignLab, topology: Topology, nodes: Mapping[str, Any]) -> None:
    """Add the checks. NODES are netlab's transformed nodes, to which the tests refer."""
    tests = topology.value("validate")
    if not isinstance(tests, Mapping):
        return
    changed = ""  # the test that changes the network, after which the others look at another one
    for name, test in tests.items():
        place = topology.place("validate", name)
        if not isinstance(test, Mapping):
            lab.leave_out(place, name, "the test is not a mapping")
            continue
        if not ASKS & set(test) and "wait" in test:
            continue  # it only waits, and each check of ours has its own time
        if "config" in test:
            changed = changed or str(name)
            lab.leave_out(place, name, "it changes the configuration. Write a check with do")
        elif changed:
            lab.leave_out(place, name, f"it looks at the network after {changed} changed it")
        else:
            _Test(lab, str(name), test, place, nodes).add()


class _Test:
    def __init__(
        self, lab: ForeignLab, name: str, test: Mapping[str, Any], place: Place, nodes: Mapping[str, Any]
    ) -> None:
        self.lab, self.name, self.test, self.place, self.nodes = lab, name, test, place, nodes
        self.plugins: dict[str, Callable[[list[Any], dict[str, Any]], tuple[str, dict[str, Any]]]] = {
            "bgp_neighbor": self._bgp_neighbor,
            "bgp_prefix": self._bgp_prefix,
            "ospf_neighbor": self._ospf_neighbor,
            "ospf6_neighbor": self._ospf6_neighbor,
            "ospf_prefix": self._ospf_prefix,
            "ospf6_prefix": self._ospf6_prefix,
            "isis_neighbor": self._isis_neighbor,
            "isis_prefix": self._isis_prefix,
            "rt_prefix": self._rt_prefix,
            "ping": self._ping,
        }

    def add(self) -> None:
        on = self.test.get("nodes", [])
        on = [str(one) for one in on] if isinstance(on, list) else [str(on)]
        plugin = self.test.get("plugin")
        if not on:
            return self._leave_out("it names no nodes")
        if not isinstance(plugin, str):
            why = tables.PYTHON if ASKS & set(self.test) else "it asks nothing of a node"
            return self._leave_out(why)
        if isinstance(self.test.get("devices"), list) and "frr" not in self.test["devices"]:
            return self._leave_out("it is for other devices than FRR")
        for node in on:
            try:
                self._on(node, plugin)
            except NoCheck as why:
                self._leave_out(str(why), node)
        return None

    def _leave_out(self, why: str, node: str = "") -> None:
        about = self.test.get("plugin") or self.test.get("description") or ""
        self.lab.leave_out(self.place, f"{self.name}{f' on {node}' if node else ''}: {about}", why)

    def _on(self, node: str, plugin: str) -> None:
        if node not in self.lab.nodes:
            raise NoCheck(f"the topology has no node {node}")
        name, args, named = _call(plugin, self._scope(node))
        handler = self.plugins.get(name)
        if handler is None:
            raise NoCheck(tables.NO_PLUGIN)
        if named.get("vrf", "default") != "default":
            raise NoCheck("it looks into a VRF. Write the check with vrf, or with fib.route")
        try:
            kind, expect = handler(args, named)
        except (IndexError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise NoCheck(f"its arguments are not those that netlab's plugin takes ({error})") from error
        title = str(self.test.get("description") or self.name)
        title = title if len(self.test.get("nodes", [])) == 1 else f"{title} ({node})"
        absent = expect.get("present") is False
        check = ForeignCheck(
            type=kind, title=title, on=[node], expect=expect, place=self.place, within=self._wait(), is_absence=absent
        )
        self.lab.checks.append(check)

    def _wait(self) -> float | None:
        wait = self.test.get("wait")
        if isinstance(wait, int | float):
            return min(float(wait), MOST_WAIT)
        return tables.WAITS.get(str(wait))

    def _scope(self, node: str) -> dict[str, Any]:
        return {"nodes": self.nodes, "node": self.nodes.get(node, {})}

    def _bgp_neighbor(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        neighbors, wanted = args[0], args[1]
        family = named.get("af", args[2] if len(args) > 2 else "ipv4")
        found = next((one for one in neighbors if one.get("name") == wanted and one.get(family)), None)
        if found is None:
            raise NoCheck(f"{wanted} is no neighbour of this node in {family}")
        if not isinstance(found[family], str):
            raise NoCheck("bgp.session needs an address, and this session is unnumbered")
        state = named.get("state", "Established")
        expect: dict[str, Any] = {"peer": found[family], "remote_as": found["as"]}
        if activate := named.get("activate"):
            expect["family"] = activate
        if state == "missing":
            return "bgp.session", {"peer": found[family], "present": False}
        if state != "Established":
            expect["state"] = state
        return "bgp.session", expect

    def _bgp_prefix(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        expect = _prefix(args[0], named)
        path = named.get("aspath")
        if path is not None:
            expect["as_path"] = " ".join(map(str, path)) if isinstance(path, list) else str(path)
        for theirs, ours in OF_ROUTE.items():
            if theirs in named:
                expect[ours] = True if theirs == "best" else named[theirs]
        if "nh" in named:
            expect["next_hop"] = [str(named["nh"]).partition("/")[0]]
        if isinstance(named.get("community"), Mapping) and isinstance(named["community"].get("standard"), str | list):
            standard = named["community"]["standard"]
            expect["community"] = standard if isinstance(standard, list) else [standard]
        known = {"aspath", "nh", "state", "af", "vrf", *OF_ROUTE} | ({"community"} if "community" in expect else set())
        return "bgp.route", _only(expect, named, known)

    def _ospf_neighbor(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "ospf.neighbor", self._neighbor(args, named)

    def _ospf6_neighbor(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "ospf6.neighbor", self._neighbor(args, named)

    def _neighbor(self, args: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        expect: dict[str, Any] = {"router_id": str(ipaddress.IPv4Address(args[0]))}
        present = named.get("present", args[1] if len(args) > 1 else True)
        return _only(expect | ({} if present else {"present": False}), named, {"present", "vrf"})

    def _ospf_prefix(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "ospf.route", self._ospf(args, named)

    def _ospf6_prefix(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "ospf6.route", self._ospf(args, named)

    def _ospf(self, args: list[Any], named: dict[str, Any]) -> dict[str, Any]:
        expect = _prefix(args[0], named)
        if "cost" in named:
            expect["cost"] = named["cost"]
        if "rt" in named:
            expect["type"] = tables.OSPF_TYPES[named["rt"]]
        return _only(expect, named, {"cost", "rt", "state", "af", "vrf"})

    def _isis_neighbor(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        expect: dict[str, Any] = {"neighbor": str(args[0])}
        if named.get("present", True) is False:
            expect["present"] = False
        if named.get("level") in ("L1", "L2"):
            expect["level"] = int(named["level"][1])
        if named.get("area"):
            expect["area"] = named["area"]
        return "isis.adjacency", _only(expect, named, {"present", "level", "area", "vrf"})

    def _isis_prefix(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        expect = _prefix(args[0], named) | {"level": int(named.get("level", 2))}
        if "cost" in named:
            expect["metric"] = named["cost"]
        if named.get("present", True) is False:
            expect["present"] = False
        return "isis.route", _only(expect, named, {"level", "af", "cost", "present", "vrf"})

    def _rt_prefix(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        expect = _prefix(args[0], named)
        if named.get("proto"):
            expect["protocol"] = named["proto"]
        return "fib.route", _only(expect, named, {"proto", "state", "af", "vrf"})

    def _ping(self, args: list[Any], named: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        host = str(args[0] if args else named["host"])
        expect: dict[str, Any] = {"to": self._address(host, named.get("af"))}
        if source := named.get("src"):
            expect["source"] = str(source).partition("/")[0]
        if named.get("expect") == "fail":
            expect["present"] = False
        if "pkt_len" in named:
            raise NoCheck("ping has no packet length. path.mtu asks for one")
        return "ping", _only(expect, named, {"host", "src", "af", "expect", "count"})

    def _address(self, host: str, family: object) -> str:
        """Return the address of a name: of the loopback, or of the first interface that has one."""
        bare = host.partition("/")[0]
        try:
            return str(ipaddress.ip_address(bare))
        except ValueError:
            node = self.nodes.get(bare)
        families = [str(family)] if family else ["ipv4", "ipv6"]
        for interface in [node.get("loopback") or {}, *node.get("interfaces", ())] if node else []:
            for one in families:
                if isinstance(interface.get(one), str):
                    return str(interface[one].partition("/")[0])
        raise NoCheck(f"{host} has no address to ping")


def _prefix(given: object, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return the prefix, as netlab looks it up: without bits after its length."""
    prefix = str(ipaddress.ip_network(str(given), strict=False))
    return {"prefix": prefix} | ({"present": False} if named.get("state") == "missing" else {})


def _only(expect: dict[str, Any], named: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """Return EXPECT, if every argument of the plugin is known: a test without one of them would ask for less."""
    if unknown := sorted(set(named) - known):
        raise NoCheck(f"the check type has nothing for {', '.join(unknown)}")
    return expect


def _call(text: str, scope: Mapping[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """Read a call such as ``ping('r1',af='ipv6')``. Raises NoCheck."""
    if len(text) > LONGEST_CALL:
        raise NoCheck(f"it is longer than {LONGEST_CALL} characters")
    try:
        parsed = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoCheck("it is not a call of a plugin") from None
    if not isinstance(parsed, ast.Call) or not isinstance(parsed.func, ast.Name):
        raise NoCheck("it is not a call of a plugin")
    args = [_value(one, scope) for one in parsed.args]
    named = {one.arg: _value(one.value, scope) for one in parsed.keywords if one.arg}
    return parsed.func.id, args, named


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    """Return the value of a literal, of a path such as ``nodes.r1.bgp.router_id``, or of one of two paths. Raises NoCheck."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(one, scope) for one in items]
        case ast.Dict(keys=keys, values=values):
            return {_value(k, scope): _value(v, scope) for k, v in zip(keys, values, strict=True) if k is not None}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
        case ast.Name(id=name) if name in scope:
            return scope[name]
        case ast.Attribute(value=inner, attr=key):
            return _below(_value(inner, scope), key)
        case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
            return _below(_value(inner, scope), key)
        case ast.IfExp(
            test=ast.Compare(
                left=ast.Constant(value=key), ops=[ast.In()], comparators=[ast.Attribute() | ast.Name() as of]
            ),
            body=yes,
            orelse=no,
        ):
            holder = _value(of, scope)
            return _value(yes if isinstance(holder, Mapping) and key in holder else no, scope)
    raise NoCheck("it computes an argument, and only values and paths such as nodes.r1.loopback.ipv4 are read")


def _below(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and isinstance(key, int)
        and -len(value) <= key < len(value)
    ):
        return value[key]
    raise NoCheck(f"the topology has no value {key} there")
