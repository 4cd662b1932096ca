"""The lines of an FRR configuration that an import knows, and the meaning of each. Data only."""

import re

# Lines that are about the machine and not about the network: a lab needs none of them
LEFT_OUT = re.compile(
    r"(?:frr version|service |log |password |enable |username |debug |line vty|banner |agentx|do |no banner|no log"
    r"|no service |zebra |exit-vrf$|exit-interface$|no shutdown$|end$|write\b|conf)"
)
# A file of an older FRR keeps that version's defaults: its first line says which. Quagga has the same
VERSION = re.compile(r"^frr version ([0-9]{1,3})\.([0-9]{1,3})", re.MULTILINE)
NEW_DEFAULTS = (7, 4)
DEFAULTS_SINCE = ("bgp ebgp-requires-policy", "bgp network import-check")
# Lines that a router has from its start: its profile, its name, and whether it forwards
INITIAL = re.compile(
    r"(?:frr defaults |hostname |domainname |no ip forwarding|no ipv6 forwarding|ip forwarding|ipv6 forwarding)"
)
# Lines of an interface that are not routing
INITIAL_OF_INTERFACE = re.compile(
    r"(?:description |shutdown|(?:no )?ipv6 nd |bandwidth |link-detect|no link-detect|multicast)"
)
ADDRESS = re.compile(r"(?:ip|ipv6) address (?P<address>[0-9A-Fa-f.:]+/[0-9]{1,3})")
# What begins a block at the top level, although it may stand without indentation below an interface
TOP_LEVEL = re.compile(
    r"(?:router |interface |route-map |vrf |line |access-list |ipv6 access-list |ip access-list |bgp |rpki$|bfd$|key chain"
    r"|mpls ldp|segment-routing|(?:no )?ip route |(?:no )?ipv6 route |ip prefix-list |ipv6 prefix-list |ip nht|ip protocol"
    r"|ip (?:multicast-routing|forwarding)|ipv6 forwarding|hostname |log |frr |service |ip community-list|end$)"
)
OPENS = re.compile(r"(?:interface |router |route-map |vrf |key chain |rpki$|bfd$|mpls ldp|segment-routing)")

# The daemon of FRR that a line needs
DAEMONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), daemon)
    for pattern, daemon in (
        (r"router bgp\b|^bgp |^rpki$", "bgpd"),
        (r"router ospf(?: |$)|^ip ospf ", "ospfd"),
        (r"router ospf6\b|^ipv6 ospf6 ", "ospf6d"),
        (r"router isis\b|^ip(?:v6)? router isis ", "isisd"),
        (r"router rip(?: |$)|^ip rip ", "ripd"),
        (r"router ripng\b", "ripngd"),
        (r"router babel\b|^babel ", "babeld"),
        (r"^bfd$|\bbfd\b", "bfdd"),
        (r"^mpls ldp", "ldpd"),
        (r"^ip (?:pim|igmp|multicast-routing)\b|^router pim$", "pimd"),
        (r"^ipv6 (?:pim|mld)\b|^router pim6$", "pim6d"),
        (r"^vrrp ", "vrrpd"),
        (r"^segment-routing", "pathd"),
    )
)
NOT_OFFERED = re.compile(r"router (?:eigrp|openfabric)\b")

# Files in which Kathara and Quagga keep the configuration, in the order in which FRR reads them
QUAGGA = ("etc/quagga", "etc/zebra")
FOLDERS = ("etc/frr", *QUAGGA)
FILES = (
    "frr.conf",
    "Quagga.conf",
    "zebra.conf",
    "staticd.conf",
    "ripd.conf",
    "ripngd.conf",
    "ospfd.conf",
    "ospf6d.conf",
    "isisd.conf",
    "bgpd.conf",
    "pimd.conf",
    "bfdd.conf",
    "ldpd.conf",
)
NOT_CONFIGURATION = ("daemons", "vtysh.conf", "support_bundle_commands.conf")
