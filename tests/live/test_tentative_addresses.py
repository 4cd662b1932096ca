"""A host whose address is still checked for duplicates (RFC 4862): it cannot ask for advertisements, only listen."""

import pytest

from labs.engine.definition.spec import Kind, Node
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live


def test_a_host_without_a_usable_address_yet_is_listened_on_all_the_same(runner):
    checked = {"net.ipv6.conf.eth0.accept_dad": "1", "net.ipv6.conf.eth0.dad_transmits": "20"}
    lab = make_lab(
        [Node(name="h1", kind=Kind.HOST, sysctls=checked), Node(name="h2", kind=Kind.HOST)],
        [link("h1:eth0", "h2:eth0")],
    )
    with runner.running(lab) as session:
        asks = [{"ask": "ra", "node": "h1", "interface": "eth0", "seconds": 0.5}]
        asks.append({"ask": "ip", "node": "h1", "args": ["-6", "addr", "show", "dev", "eth0"]})
        heard, addresses = session.ask(asks)
    assert heard == {"ok": True, "advertisements": []}
    assert any(found.get("tentative") for entry in addresses["json"] for found in entry["addr_info"])
