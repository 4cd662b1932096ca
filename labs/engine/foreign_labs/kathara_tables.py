"""The images, device options and checker tests of Kathara, and what each becomes here. Data only."""

from collections.abc import Mapping

from labs.engine.definition.spec import Kind

# By a part of the image's name, the first that fits; a device with FRR's or BIRD's configuration is a router in any case
IMAGES: tuple[tuple[str, Kind], ...] = (
    ("frr", Kind.FRR),
    ("quagga", Kind.FRR),
    ("bird", Kind.BIRD),
    ("base", Kind.HOST),
    ("", Kind.HOST),
)
# Images whose programs the lab image lacks
FOREIGN_IMAGES: Mapping[str, str] = {
    "p4": "P4 switches (BMv2) are not offered",
    "sdn": "Open vSwitch and OpenFlow controllers are not offered",
    "openbgpd": "OpenBGPD is not offered. Write the configuration for FRR or BIRD",
    "krill": "a certification authority (Krill) is not offered. image: rpki has StayRTR and rpki-client",
    "routinator": "Routinator is not offered. image: rpki has StayRTR and rpki-client",
    "scion": "SCION is not offered",
}
CREDITS = ("AUTHOR", "EMAIL", "WEB")  # what lab.conf says of the scenario's authors
# Options of a device in lab.conf
NEEDLESS_OPTIONS = ("image", "ipv6", "num_terms", "shell", "mem", "cpus", "privileged", "entrypoint", "args")
OPTIONS: Mapping[str, str] = {
    "bridged": "a lab cannot reach the Internet",
    "port": "nothing outside a lab can reach a port in it",
    "env": "environment variables of the container are not imported",
    "ulimit": "limits of the container are not imported",
    "volume": "folders of the host are never mounted into a lab",
}
# The settings that each device has by default
ROUTING_SYSCTLS: Mapping[str, str] = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}

# Sections of the checker's configuration that say nothing about the network
NEEDLESS_TESTS = ("requiring_startup",)
# Sections without a check type of ours, and why
NO_TESTS: Mapping[str, str] = {
    "custom_commands": "a command of the author's choice is not run in a lab. Write a check for what it shows",
    "bridges": "bridges are checked by bridge.member and bridge.port. Write them by hand",
    "applications.dns.authoritative": "no check type asks for the authority of a zone. Use dns.record",
    "protocols.bgpd.vtep_devices": "EVPN is checked by evpn.vni and evpn.route. Write them by hand",
    "protocols.bgpd.evpn_sessions": "EVPN is checked by evpn.vni and evpn.route. Write them by hand",
    "protocols.sciond": "SCION is not offered",
}
# A network type of OSPF as `show ip ospf interface` prints it
OSPF_TYPES: Mapping[str, str] = {"BROADCAST": "broadcast", "POINTOPOINT": "point-to-point"}
OSPF_ROLES: Mapping[str, str] = {"DR": "DR", "Backup": "BDR", "DROther": "DROther"}
OSPF_STATES: Mapping[str, str] = {"FULL": "Full", "2-WAY": "2-Way", "INIT": "Init", "EXSTART": "ExStart"}
# Programs that the checker looks for and the lab image lacks
SERVICES_NOT_OFFERED: Mapping[str, str] = {
    "named": "BIND's server is in no image flavour",
    "apache2": "the lab image has nginx, not Apache",
    "sshd": "a lab has no SSH server by itself",
}

# FRR 10: the daemon that prints the configuration of another one
PRINTED_BY = {"ripd": "mgmtd", "ripngd": "mgmtd"}
