"""An answer that is used again is that of the present: each change of a network is seen with the next ask."""

import pytest

from labs.engine.runtime.runner import Shell

pytestmark = pytest.mark.live

LINKS, ROUTES_4, ROUTES_6 = (
    ("-d", "addr"),
    ("-4", "route", "show", "table", "all"),
    ("-6", "route", "show", "table", "all"),
)
RULES_4, RULES_6 = ("-4", "rule"), ("-6", "rule")
EVERYTHING = (LINKS, ROUTES_4, ROUTES_6, RULES_4, RULES_6)


@pytest.fixture(scope="module")
def h1(lab):
    shell = Shell(lab, "h1")
    yield shell
    shell.close()


def state(lab):
    asks = [{"ask": "ip", "node": "h1", "args": list(args)} for args in EVERYTHING] + [{"ask": "nft", "node": "h1"}]
    answers = lab.ask(asks)
    assert all(answer["ok"] for answer in answers)
    return [answer.get("json", answer.get("text")) for answer in answers]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("ip addr add 192.0.2.1/24 dev eth0", {0, 1}),
        ("ip addr change 192.0.2.1/24 dev eth0 metric 7", {0, 1}),
        ("ip route add 198.51.100.0/24 via 192.0.2.2", {1}),
        ("ip route change 198.51.100.0/24 via 192.0.2.3", {1}),
        ("ip -6 route add 2001:db8:99::/48 dev eth0", {2}),
        ("ip nexthop add id 5 via 192.0.2.4 dev eth0 && ip route add 203.0.113.0/24 nhid 5", {1}),
        ("ip nexthop replace id 5 via 192.0.2.5 dev eth0", {1}),
        ("ip rule add from 192.0.2.1 lookup 100", {3}),
        ("ip -6 rule add from 2001:db8::/32 lookup 100", {4}),
        ("ip route add 203.0.113.0/24 dev eth0 table 100", {1}),
        ("ip link set eth0 mtu 1400", {0}),
        ("ip link add five type bridge", {0}),
        ("ip link set five name six", {0}),
        ("nft add table inet mine", {5}),
        ("nft add chain inet mine drops", {5}),
        ("nft add rule inet mine drops drop", {5}),
        ("nft delete table inet mine", {5}),
        ("ip addr del 192.0.2.1/24 dev eth0", {0, 1}),
        ("ip link set eth0 down", {0, 2}),
    ],
)
def test_each_change_is_seen_with_the_next_ask(lab, h1, line, changed):
    state(lab)
    before = state(lab)
    assert "rror" not in h1.type(line)
    after = state(lab)
    assert changed <= {number for number, (was, became) in enumerate(zip(before, after, strict=True)) if was != became}
