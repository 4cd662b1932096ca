"""Check type ``clat.flow``."""

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Kind, Node
from tests.labs.engine.checks.judging import PASSED


def test_a_clat_is_judged_only_on_a_host_without_other_ipv4():
    host = Node(name="h1", kind=Kind.HOST)
    expect = {"to": "h2", "address": "192.0.2.2", "protocol": "tcp", "port": 80, "interface": "clat"}
    check = TYPES["clat.flow"].parse({**expect, "source": "198.51.100.0/24"})

    def judged(*held):
        links = [{"ifname": name, "addr_info": [{"local": ip, "prefixlen": 32}]} for name, ip in held]
        flow = {"ok": True, "arrived": True, "source": "198.51.100.7"}
        return check.judge([host], [flow, {"ok": True, "json": links}])

    assert judged(("lo", "127.0.0.1"), ("clat", "192.0.0.1")).outcome is PASSED
    assert str(judged(("clat", "192.0.0.1"), ("eth0", "10.0.0.9")).seen) == "h1 has IPv4 on eth0"
    assert str(judged(("lo", "127.0.0.1")).seen) == "clat of h1 has no IPv4 address"
