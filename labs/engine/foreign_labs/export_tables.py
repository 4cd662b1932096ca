"""The kinds of our nodes, and what each becomes in other systems. Data only."""

from collections.abc import Mapping

from labs.engine.definition.spec import Kind

CONTAINERLAB_IMAGES: Mapping[Kind, str] = {
    Kind.HOST: "ghcr.io/srl-labs/network-multitool",
    Kind.FRR: "quay.io/frrouting/frr:10.2.1",
    Kind.BIRD: "ghcr.io/srl-labs/bird:2.13",
}
CONTAINERLAB_PATHS: Mapping[str, str] = {"/etc/bird/bird.conf": "/etc/bird.conf"}  # where the image looks for it
# The image starts its daemons beside the commands, so those of the solution wait for them
CONTAINERLAB_WAIT: Mapping[Kind, str] = {
    Kind.FRR: "until vtysh -c 'show version' >/dev/null 2>&1; do sleep 1; done",
    Kind.BIRD: "until birdc show status >/dev/null 2>&1; do sleep 1; done",
}
KATHARA_IMAGES: Mapping[Kind, str] = {Kind.HOST: "kathara/base", Kind.FRR: "kathara/frr", Kind.BIRD: "kathara/bird2"}
KATHARA_START: Mapping[Kind, str] = {
    Kind.FRR: "systemctl start frr",
    Kind.BIRD: "mkdir -p /run/bird && bird -c /etc/bird/bird.conf",
}
# What nodes and routers of ours have from their start. Docker disables IPv6 where no network of its own has it
NODE_SYSCTLS: Mapping[str, str] = {"net.ipv6.conf.all.disable_ipv6": "0"}
ROUTER_SYSCTLS: Mapping[str, str] = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
