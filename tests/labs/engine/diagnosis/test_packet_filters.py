"""Which rules of nftables could drop a packet."""

from labs.engine.diagnosis import packet_filters
from labs.engine.diagnosis.packet_filters import Packet
from tests.labs.engine.diagnosis.networks import match, nft


def test_a_filter_is_suspected_only_where_it_could_match_the_packet():
    ospf = Packet(protocol=89, came_in="eth0")
    drops = nft((match("l4proto", "ospf"), match("iifname", "eth0"), {"drop": None}))
    assert packet_filters.dropping(drops, ospf, "input")
    assert not packet_filters.dropping(drops, ospf, "output")
    assert not packet_filters.dropping(drops, Packet(protocol=6, came_in="eth0"), "input")
    assert not packet_filters.dropping(drops, Packet(protocol=89, came_in="eth1"), "input")
    assert not packet_filters.dropping(nft((match("l4proto", "ospf", "!="), {"drop": None})), ospf, "input")
    assert not packet_filters.dropping(nft((match("l4proto", "ospf"), {"accept": None})), ospf, "input")
    assert packet_filters.dropping(nft(drop="drop"), ospf, "input")


def test_a_rule_in_the_target_of_a_jump_counts_at_the_hook_of_the_jump():
    seen = nft(({"jump": {"target": "more"}},), ({"drop": None},))
    seen.filters["nftables"][-1]["rule"]["chain"] = "more"
    assert packet_filters.dropping(seen, Packet(protocol=89), "input")
