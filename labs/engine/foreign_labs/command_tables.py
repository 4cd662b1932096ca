"""The commands of foreign labs, and what each becomes here. Data only."""

import re

# Programs whose commands a node of ours runs as they are
KEPT = ("ip", "bridge", "tc", "nft", "ethtool", "brctl", "wg", "radvd", "dnsmasq", "nginx", "mkdir", "ln")
# Commands that do nothing here, or that the node does by itself
NEEDLESS = re.compile(
    r"(?:true|sleep .*|set .*|exit.*|echo [^>]*|export .*|hostname .*|ldconfig|sync|do write|clear|cd .*"
    r"|ip addr(?:ess)? flush .*"
    r"|ip (?:-6 )?route (?:del|delete|flush) default.*|route del default.*"
    r"|(?:chmod|chown|touch|mkdir) .*/etc/(?:frr|quagga|zebra).*"
    r"|(?:/usr/sbin/)?update-rc\.d .*|a2en\w+ .*|(?:/etc/init\.d/|service |systemctl (?:re)?start )(?:networking|hostname)\b.*)"
)
# How a router's daemons are started, by what runs then
STARTS = {
    "frr": re.compile(
        r"(?:/etc/init\.d/(?:frr|quagga|zebra) (?:re)?start|systemctl (?:re)?start (?:frr|quagga|zebra)"
        r"|service (?:frr|quagga|zebra) (?:re)?start|/usr/lib/frr/(?:frrinit\.sh|docker-start|watchfrr).*)"
    ),
    "bird": re.compile(
        r"(?:/etc/init\.d/bird (?:re)?start|systemctl (?:re)?start bird|service bird (?:re)?start|bird(?: .*)?)"
    ),
}
# Services that a Debian system starts, and what to do about each
SERVICE = re.compile(
    r"(?:/etc/init\.d/(?P<a>[\w-]+) (?:re)?start|(?:systemctl|service) (?:(?:re)?start )?(?P<b>[\w-]+)(?: (?:re)?start)?)"
)
SERVICES = {
    "apache2": "the lab image has no Apache. Serve the files with nginx: write its configuration, and start it in start",
    "named": "BIND's server is in no image flavour. Write the zones for NSD or Knot (image: dns), or for unbound",
    "bind": "BIND's server is in no image flavour. Write the zones for NSD or Knot (image: dns), or for unbound",
    "bind9": "BIND's server is in no image flavour. Write the zones for NSD or Knot (image: dns), or for unbound",
    "ssh": "a lab has no SSH server by itself: image: operations has one, and start must make its keys",
    "isc-dhcp-server": "image: access has Kea, dnsmasq and radvd: write the configuration for one of them",
}
PROGRAMS = {
    "iptables": "the lab image has nft only. Write the rule for nft, in start",
    "ip6tables": "the lab image has nft only. Write the rule for nft, in start",
    "apt": "a lab cannot reach the Internet. Choose an image flavour that has the package",
    "apt-get": "a lab cannot reach the Internet. Choose an image flavour that has the package",
    "apk": "a lab cannot reach the Internet. Choose an image flavour that has the package",
    "python3": "a lab runs no script of its source. Write what it does as commands in start",
    "dhclient": "the lab image has dhcpcd. Add its command to start",
}
# A kernel feature that a kept command needs, as ``requires`` names it
REQUIRES = tuple(
    (re.compile(pattern), feature)
    for pattern, feature in (
        (r"\btype vlan\b", "vlan"),
        (r"\btype vrf\b", "vrf"),
        (r"\btype vxlan\b", "vxlan"),
        (r"\btype bond\b", "bond"),
        (r"\btype dummy\b", "dummy"),
        (r"\btype macvlan\b", "macvlan"),
        (r"\btype wireguard\b", "wireguard"),
        (r"\btype (?:ip6)?gre", "gre"),
        (r"\btype (?:ip6tnl|ipip6)\b", "ip6tnl"),
        (r"\btype sit\b", "sit"),
        (r"\bvlan_filtering\b|\bbridge vlan\b", "bridge_vlan"),
        (r"\bnetem\b", "netem"),
        (r"\bencap seg6\b", "seg6"),
        (r"\bencap mpls\b|\bip -f mpls\b", "mpls"),
    )
)
SHELL = re.compile(r"[|<>$`(){}&*?]|\b(?:if|then|else|fi|for|while|do|done|case|esac|function)\b")
INTO_PROC = re.compile(r"echo\s+['\"]?(?P<value>[\w.-]+)['\"]?\s*>+\s*/proc/sys/(?P<key>net/[\w./-]+)")
MANAGEMENT_SYSCTLS = re.compile(r"net\.(?:ipv4|ipv6)\.(?:conf|neigh)\.(?:eth0|mgmt)\.")
