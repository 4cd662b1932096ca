"""The flavour operations, on a management network: SNMP with the state of OSPF, flow records, SSH, and a playbook."""

import pytest

from labs.engine.definition.spec import Kind, Node
from tests.live.conftest import link
from tests.live.flavoured import file, running

pytestmark = pytest.mark.live

R1, R2, NOC = "2001:db8:99::1", "2001:db8:99::2", "2001:db8:99::ff"
# FRR's daemons run as frr, and the socket of AgentX belongs to root alone unless snmpd is told otherwise
SNMPD = """agentaddress udp6:161
rocommunity6 public 2001:db8:99::/64
sysName r1
master agentx
agentXPerms 0770 0755 root frr
"""
FRR = """hostname {name}
ip forwarding
ipv6 forwarding
agentx
interface eth0
 ip ospf area 0
 ip ospf hello-interval 1
 ip ospf dead-interval 4
 ip ospf network point-to-point
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 network point-to-point
exit
router ospf
 ospf router-id 10.0.0.{number}
exit
router ospf6
 ospf6 router-id 10.0.0.{number}
exit
"""
PMACCTD = f"""daemonize: true
pcap_interface: eth0
plugins: nfprobe
aggregate: src_host, dst_host, proto
nfprobe_receiver: [{NOC}]:2055
nfprobe_version: 9
nfprobe_timeouts: general=1:maxlife=2:expint=1
"""
PLAYBOOK = """- hosts: routers
  gather_facts: false
  tasks:
    - name: A banner
      copy: {content: "Only the owners.\\n", dest: /etc/motd}
"""
INVENTORY = f"[routers]\nr1 ansible_host={R1}\nr2 ansible_host={R2}\n"
OSPF_STATE, OSPFV3_STATE = "1.3.6.1.2.1.14.10.1.6", "1.3.6.1.2.1.191.1.9.1.8"  # of neighbours (RFC 4750, RFC 5643)
FULL = "INTEGER: 8"


@pytest.fixture(scope="module")
def operations(runner):
    """Two routers, and a host that reaches both through a switch of their own."""
    files = (file("/etc/snmp/snmpd.conf", SNMPD), file("/etc/pmacct/pmacctd.conf", PMACCTD))
    routers = [
        Node(
            name=f"r{number}",
            kind=Kind.FRR,
            daemons=("ospfd", "ospf6d"),
            files=(file("/etc/frr/frr.conf", FRR.format(name=f"r{number}", number=number)), *files),
            start=("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key", "/usr/sbin/sshd"),
        )
        for number in (1, 2)
    ]
    noc = Node(name="noc", kind=Kind.HOST, files=(file("/root/hosts", INVENTORY), file("/root/play.yaml", PLAYBOOK)))
    links = [
        link("r1:eth0", "r2:eth0", ["10.0.12.1/30", "2001:db8:12::1/64"], ["10.0.12.2/30", "2001:db8:12::2/64"]),
        link("noc:mgmt", "lan:p0", [f"{NOC}/64"]),
        link("r1:mgmt", "lan:p1", [f"{R1}/64"]),
        link("r2:mgmt", "lan:p2", [f"{R2}/64"]),
    ]
    with running(runner, "operations", [*routers, noc, Node(name="lan", kind=Kind.SWITCH)], links) as lab:
        yield lab


def test_snmp_tells_the_state_of_neighbours_in_both_versions_of_ospf(operations):
    operations.type("r1", "snmpd -Lf /tmp/snmpd.log")
    for number in (OSPF_STATE, OSPFV3_STATE):
        operations.until("noc", f"snmpwalk -v2c -c public udp6:[{R1}] {number}", FULL)


@pytest.mark.parametrize(
    ("exporter", "traffic"),
    [
        ("pmacctd -f /etc/pmacct/pmacctd.conf", "ping -c 2 -i 0.3 2001:db8:12::1"),
        # It reads packets in lots of 256 KB only (its version 1.1.1 does not ask for less)
        (
            f"softflowd -i eth0 -n [{NOC}]:2055 -v 9 -t maxlife=1 -t expint=1",
            "ping -s 1400 -c 800 -i 0.002 -q 2001:db8:12::1",
        ),
    ],
)
def test_a_flow_record_reaches_the_collector(exporter, traffic, operations):
    folder = f"/tmp/{exporter.partition(' ')[0]}"
    operations.type("noc", f"mkdir -p {folder}", f"nfcapd -w {folder} -p 2055 -t 2 -D -I r1 -6 -b {NOC}")
    operations.type("r1", exporter)
    try:
        operations.until("r2", f"{traffic} | tail -2", " 0% packet loss")
        # The exporter may have begun to listen after the first packets
        operations.type("r2", f"(for again in 1 2 3; do {traffic}; sleep 2; done) </dev/null >/dev/null 2>&1 &")
        seen = f"nfdump -q -R {folder} -o 'fmt:%sa %da %pr'"
        operations.until("noc", f"{seen} | grep 12::", "2001:db8:12::2", "2001:db8:12::1", "ICMP6")
    finally:
        operations.type("noc", "pkill nfcapd")
        operations.type("r1", f"pkill {exporter.partition(' ')[0]}")


def test_a_playbooks_dry_run_reaches_both_routers_over_ssh_and_changes_nothing(operations):
    operations.type("noc", "ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519")
    key = operations.type("noc", "cat /root/.ssh/id_ed25519.pub")
    for name, address in (("r1", R1), ("r2", R2)):
        operations.type(name, f"mkdir -p -m 700 /root/.ssh; echo '{key}' > /root/.ssh/authorized_keys")
        known = f"ssh -o StrictHostKeyChecking=accept-new {address} hostname"
        assert name in operations.type("noc", known).splitlines()
    played = operations.type("noc", "ansible-playbook --check --diff -i /root/hosts /root/play.yaml")
    assert played.count("+Only the owners.") == played.count("changed=1") == 2
    assert "Only the owners." not in operations.type("r1", "cat /etc/motd")
