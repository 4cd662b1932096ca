"""The devices and validation plugins of netlab, what each becomes here, and the keys of a topology that netlab gets. Data only."""

from collections.abc import Mapping

from labs.engine.definition.spec import Kind

DEVICES: Mapping[str, Kind] = {
    "frr": Kind.FRR,
    "cumulus": Kind.FRR,
    "bird": Kind.BIRD,
    "linux": Kind.HOST,
    "dnsmasq": Kind.HOST,
    "none": Kind.HOST,
}
RENDERED = ("frr", "bird", "linux")  # of these netlab's own configuration fits the lab image; all others are made FRR
# Groups whose members are the instructor's: in netlab's tests they watch the device under test, in the labs of BGP they are
# the providers
INSTRUCTORS = ("probes", "external")

# The protocol modules whose configuration netlab writes for FRR and BIRD
MODULES = (
    "bgp", "ospf", "isis", "ripv2", "vlan", "vrf", "vxlan", "evpn", "mpls", "sr", "srv6", "bfd", "gateway", "routing", "lag",
    "dhcp", "stp", "eigrp",
)  # fmt: skip
# Keys at the top of a topology that describe the network. All others stay here: netlab runs programs and evaluates
# expressions that some of them name
TOP = ("addressing", "defaults", "groups", "links", "module", "name", "nodes", "prefix", "vlans", "vrfs", *MODULES)
DEFAULTS = ("addressing", "device", "interfaces", "links", "groups", "vlans", "vrfs", *MODULES)
# Keys of a node, a group or a link that would make netlab read files or run programs
REFUSED = (
    "config",
    "clab",
    "libvirt",
    "virtualbox",
    "external",
    "plugin",
    "provider",
    "netlab_config_mode",
    "box",
    "daemons",
    "_daemon",
    "_include",
    "_top",
)
REFUSED_WHY = "netlab would read files or run programs for it. If the lab needs it, write by hand what it does"
# Keys whose value is a mapping by names of the author's choice, at the top and in a node
OF_NAMES = ("nodes", "groups", "vlans", "vrfs")
OF_NAMES_IN_NODES = ("vlans", "vrfs")
# Keys that say nothing about the network, so nobody needs to read that they are missing
NEEDLESS = ("message", "validate", "provider", "version", "description", "graph", "tools")
PLUGINS = ("bgp.session", "bgp.policy", "bgp.originate", "ospf.areas", "ebgp.multihop", "bgp.domain")
WORDS: Mapping[str, bool] = {
    "True": True, "TRUE": True, "yes": True, "Yes": True, "on": True,
    "False": False, "FALSE": False, "no": False, "No": False, "off": False,
}  # fmt: skip

# Seconds that the names of waiting times mean in netlab's own tests
WAITS: Mapping[str, int] = {"ospfv2_adj_lan": 50, "ospfv3_adj_lan": 50}
OSPF_TYPES: Mapping[str, str] = {
    "N": "intra", "N IA": "inter", "N E1": "external1", "N E2": "external2",
    "Intra-Area": "intra", "Inter-Area": "inter", "External-1": "external1", "External-2": "external2",
}  # fmt: skip
VENDOR = "its operating system is not in the lab image. netlab wrote the configuration for FRR instead"
NO_PLUGIN = "no check type of ours asks the same"
PYTHON = "its verdict is an expression of Python over a command's output. Write a check for what it asks"
