"""The kinds and images of containerlab, and what each becomes here. Data only."""

from collections.abc import Mapping

from labs.engine.definition.spec import Kind

# Kinds of nodes; all others are routers and switches of vendors
KINDS: Mapping[str, Kind] = {
    "linux": Kind.HOST,  # by its image, below
    "frr": Kind.FRR,
    "bridge": Kind.SWITCH,
    "ovs-bridge": Kind.SWITCH,
}
# A Linux node by a part of its image's name, the first that fits
IMAGES: tuple[tuple[str, Kind], ...] = (("frr", Kind.FRR), ("bird", Kind.BIRD), ("", Kind.HOST))
VENDOR = "its operating system is not in the lab image. The node became an FRR router without configuration: write it"
OUTSIDE = ("host", "mgmt-net", "macvlan", "vxlan", "vxlan-stitch", "dummy")  # ends of links that are no nodes
LINK_TYPES = ("veth",)

# Keys of a node that say nothing about the network, or that are read by other means
NEEDLESS = (
    "kind", "image", "group", "sysctls", "exec", "binds", "startup-config", "extras", "labels", "mgmt-ipv4", "mgmt-ipv6", "type",
    "image-pull-policy", "enforce-startup-config", "suppress-startup-config", "memory", "cpu", "cpu-set", "auto-remove",
    "runtime", "position", "user", "entrypoint", "startup-delay", "healthcheck", "config", "license", "cap-add", "certificate",
)  # fmt: skip
KEYS: Mapping[str, str] = {
    "ports": "nothing outside a lab can reach a port in it",
    "publish": "nothing outside a lab can reach a port in it",
    "env": "environment variables of the container are not imported",
    "env-files": "environment variables of the container are not imported",
    "cmd": "the command of the container is not imported. If it is needed, add it to start",
    "network-mode": "each node of a lab has a network of its own",
    "devices": "devices of the host are not given to a lab",
    "dns": "write the name server into files/NODE/etc/resolv.conf",
    "stages": "a lab has no order of starts",
}
LINK_NEEDLESS = ("endpoints", "type", "mtu", "labels", "vars", "ipv4", "ipv6")
EXEC_PREFIX = r"(?:sudo )?(?:ba|a)?sh (?P<file>/\S+)"
NAME_VARIABLE = "__clabNodeName__"
