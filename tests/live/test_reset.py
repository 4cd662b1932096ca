"""A node is reset: its neighbours, which nobody has reset, are as before."""

import pytest

from labs.engine.runtime.shell import Shell
from labs.engine.shared import pace

pytestmark = pytest.mark.live
TYPED = [
    "ip -6 route add 2001:db8:77::/48 via 2001:db8:2::1",
    "ip address add 192.0.2.9/30 dev eth0",
    "ip route add 198.51.100.0/24 via 192.0.2.10",
    "ip link set eth0 mtu 1400",
]
LOOK = (
    "ip address show dev eth0 scope global | grep -o 'mtu [0-9]*\\|inet6* [^ ]*'; "
    "ip -6 route show proto boot; ip route show proto boot"
)


def test_the_neighbour_of_a_router_that_is_reset_keeps_its_addresses_and_routes(lab):
    """Regression: a host lost the default route of the lab's start, so checks failed whatever the learner typed."""
    with Shell(lab, "b1", "7") as shell:
        for line in TYPED:
            shell.type(line)
        before = shell.type(LOOK)
        assert all(word in before for word in ("2001:db8:77::/48", "198.51.100.0/24", "192.0.2.9/30", "mtu 1400"))
        lab.reset("r1", seconds=pace.seconds(30), on_step=lambda step, seconds: None)
        assert shell.type(LOOK) == before
