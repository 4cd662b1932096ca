"""A host with three name servers, started as its learner starts them, and one that asks: NSD, Knot DNS and Unbound.

NSD has the zone example and a reverse zone, and gives them to who has a key. Knot is the secondary of example, the server of test,
and signs signed.test, whose DS record is in test; that of other.test is of another key, and island.test has none. Unbound
validates.

``python -m tests.live.name_servers`` records what they answer, for the unit tests.
"""

import json
from pathlib import Path

from labs.engine.checks import TYPES
from labs.engine.definition.spec import Kind, Node
from labs.engine.runtime.runner import runner
from tests.judged_names import KEY, KNOT, NAMES, NSD, UNBOUND
from tests.live.conftest import link
from tests.live.flavoured import file, running

RECORDED = Path(__file__).parents[1] / "fixtures/names-nsd-4.12-knot-3.4-unbound-1.26.json"

HEAD = """$ORIGIN {zone}.
$TTL 60
@ SOA ns.{server}. hostmaster.{server}. 7 3600 900 86400 60
@ NS ns.{server}.
"""
EXAMPLE = HEAD.format(zone="example", server="example") + f"ns AAAA {NSD}\nwww AAAA 2001:db8:1::80\n"
REVERSE = HEAD.format(zone="1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", server="example") + "".join(
    f"{host}.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR {name}.example.\n"
    for host, name in (("0.8", "www"), ("3.5", "ns"))
)
SIGNED = "".join((HEAD, "ns AAAA {address}\nwww AAAA 2001:db8:1::80\n"))
NSD_CONF = f"""server:
  ip-address: {NSD}
  username: nsd
  pidfile: /run/nsd/nsd.pid
remote-control:
  control-enable: no
key:
  name: {KEY["name"]}
  algorithm: hmac-sha256
  secret: {KEY["secret"]}
zone:
  name: example
  zonefile: /etc/nsd/example.zone
  provide-xfr: ::/0 {KEY["name"]}
zone:
  name: 1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa
  zonefile: /etc/nsd/reverse.zone
"""
KNOT_CONF = f"""server:
  listen: {KNOT}@53
  user: knot:knot
key:
  - id: {KEY["name"]}
    algorithm: hmac-sha256
    secret: {KEY["secret"]}
remote:
  - id: nsd
    address: {NSD}
    key: {KEY["name"]}
policy:
  - id: one-key
    single-type-signing: on
template:
  - id: default
    dnssec-policy: one-key
    storage: /etc/knot
    file: "%s.zone"
    zonefile-load: difference-no-serial
    zonefile-sync: -1
    journal-content: all
zone:
  - domain: test
  - domain: example
    master: nsd
    zonefile-load: none
  - domain: signed.test
    dnssec-signing: on
  - domain: other.test
    dnssec-signing: on
  - domain: island.test
    dnssec-signing: on
"""
UNBOUND_CONF = f"""server:
  interface: {UNBOUND}
  access-control: ::/0 allow
  username: unbound
  chroot: ""
  pidfile: /run/unbound.pid
  do-not-query-localhost: no
  local-zone: test. nodefault
  trust-anchor-file: /etc/unbound/anchor
stub-zone:
  name: example
  stub-addr: {NSD}
stub-zone:
  name: signed.test
  stub-addr: {KNOT}
"""
FILES = {
    "/etc/nsd/example.zone": EXAMPLE,
    "/etc/nsd/reverse.zone": REVERSE,
    "/etc/nsd/nsd.conf": NSD_CONF,
    "/etc/knot/knot.conf": KNOT_CONF,
    "/etc/knot/test.zone": HEAD.format(zone="test", server="test") + f"ns AAAA {KNOT}\n",
    "/etc/unbound/unbound.conf": UNBOUND_CONF,
} | {
    f"/etc/knot/{zone}.zone": SIGNED.format(zone=zone, server=zone, address=KNOT)
    for zone in ("signed.test", "other.test", "island.test")
}
# Typed in this order. Each zone gets its key before Knot starts, so that the parent's file can have its DS record.
STARTS = {
    "nsd": ("nsd -c /etc/nsd/nsd.conf",),
    "knotd": (
        "for z in signed other island; do keymgr $z.test generate algorithm=ecdsap256sha256 ksk=yes zsk=yes; done",
        "chown -R knot: /var/lib/knot /etc/knot",
        "keymgr signed.test ds | grep ' 13 2 ' | tee -a /etc/knot/test.zone > /etc/unbound/anchor",
        "keymgr island.test ds | grep ' 13 2 ' | sed s/island/other/ >> /etc/knot/test.zone",
        "knotd -d",
    ),
    "unbound": ("unbound",),
}
ADDRESSES = {"nsd": NSD, "knotd": KNOT, "unbound": UNBOUND}


def name_servers(runner):
    nodes = [
        Node(name="h1", kind=Kind.HOST, files=tuple(file(*one) for one in FILES.items())),
        Node(name="h2", kind=Kind.HOST),
    ]
    held = [f"{address}/64" for address in ADDRESSES.values()]
    return running(runner, "dns", nodes, [link("h1:eth0", "h2:eth0", held, ["2001:db8:1::2/64"])])


def start(lab):
    for lines in STARTS.values():
        lab.type("h1", *lines)


def record(lab):
    """Record the answers of the servers to the checks of tests.judged_names: each ask with its answer."""
    asks = {}
    for name, on, *expects in NAMES:
        for expect in expects:
            for ask in TYPES[name].parse(expect).asks([lab.lab.nodes[on]]):
                asks[json.dumps(ask, sort_keys=True)] = ask
    return [[ask, answer] for ask in asks.values() for [answer] in [lab.session.ask([ask], seconds=12)]]


if __name__ == "__main__":
    with runner() as opened, name_servers(opened) as lab:
        start(lab)
        assert lab.unpassed(*((name, on, true) for name, on, true, _false in NAMES)) == []
        RECORDED.write_text(json.dumps(record(lab), indent=0, ensure_ascii=False) + "\n")
