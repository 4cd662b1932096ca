"""The flavour rpki: a repository made in a node, validated by rpki-client, and served to a router by StayRTR."""

from pathlib import Path

import pytest

from labs.engine.definition.spec import Kind, Node
from tests.live.conftest import link
from tests.live.flavoured import file, running

pytestmark = pytest.mark.live

BESIDE = Path(__file__).parent
RSYNCD = "[repo]\npath = /srv/repo\nuse chroot = no\nuid = 0\ngid = 0\n"
ROUTER = """hostname r1
rpki
 rpki polling_period 5
 rpki retry_interval 2
 rpki cache tcp 2001:db8:1::2 3323 preference 1
exit
"""


@pytest.fixture(scope="module")
def rpki(runner):
    """A validator (h1), a registry with a repository (h2), and a router."""
    registry = (
        file("/etc/rsyncd.conf", RSYNCD),
        file("/root/repository.sh", (BESIDE / "rpki_repository.sh").read_text()),
    )
    nodes = [
        Node(name="h1", kind=Kind.HOST),
        Node(name="h2", kind=Kind.HOST, files=registry),
        Node(name="r1", kind=Kind.FRR, daemons=("bgpd",), files=(file("/etc/frr/frr.conf", ROUTER),)),
    ]
    links = [
        link("h1:eth0", "h2:eth0", ["2001:db8:2::1/64"], ["2001:db8:2::2/64"]),
        link("h1:eth1", "r1:eth0", ["2001:db8:1::2/64"], ["2001:db8:1::1/64"]),
    ]
    with running(runner, "rpki", nodes, links) as lab:
        yield lab


def test_rpki_client_validates_a_roa_and_stayrtr_serves_it_to_a_router(rpki):
    made = "sh /root/repository.sh rpki.example /srv/repo /root/lab.tal 64500 2001:db8:a::/48 20010db8000a"
    rpki.type("h2", made, "rsync --daemon")
    address, *key = rpki.type("h2", "cat /root/lab.tal").splitlines()
    rpki.type("h1", "echo 2001:db8:2::2 rpki.example >> /etc/hosts", "rm -f /etc/tals/*")
    rpki.type("h1", *(f"echo '{line}' >> /etc/tals/lab.tal" for line in (address, "", *key)), "rpki-client -j")
    vrps = "-cache /var/lib/rpki-client/json -checktime=false -metrics.addr ''"
    rpki.type("h1", f"stayrtr -bind [::]:3323 {vrps} </dev/null >/tmp/stayrtr.log 2>&1 &")
    expect = {"prefix": "2001:db8:a::/48", "origin_as": 64500, "max_length": 48}
    assert rpki.unpassed(("rpki.vrp", "r1", expect)) == []
