"""The checks of name servers (tests.live.name_servers), as tests.judged has those of the crossroads: (type, node, true, false)."""

NSD, KNOT, UNBOUND = "2001:db8:1::53", "2001:db8:1::54", "2001:db8:1::55"
KEY = {"name": "transfer", "secret": "YSBzZWNyZXQgb2YgdGhlIHRlc3Rz"}
OTHER_SECRET = KEY | {"secret": "YW5vdGhlciBzZWNyZXQ="}

NAMES = [
    (
        "dns.zone",
        "h2",
        {"server": NSD, "zone": "example", "serial": 7, "primary": "ns.example", "same_serial_at": [KNOT]},
        {"server": NSD, "zone": "example", "serial": ">7"},
    ),
    (
        "dns.zone",
        "h2",
        {"server": NSD, "zone": "example", "nameservers": {"exact": ["ns.example"]}},
        {"server": NSD, "zone": "test"},
    ),
    (
        "dns.zone",
        "h2",
        {"server": UNBOUND, "zone": "example", "present": False},
        {"server": NSD, "zone": "example", "same_serial_at": [UNBOUND]},
    ),
    (
        "dns.transfer",
        "h2",
        {"server": NSD, "zone": "example", "key": KEY, "records": 4, "serial": 7},
        {"server": NSD, "zone": "example"},
    ),
    (
        "dns.transfer",
        "h2",
        {"server": NSD, "zone": "example", "present": False},
        {"server": NSD, "zone": "example", "key": OTHER_SECRET},
    ),
    (
        "dns.reverse",
        "h2",
        {"server": NSD, "address": "2001:db8:1::80", "name": "www.example"},
        {"server": NSD, "address": NSD, "name": "www.example"},
    ),
    (
        "dns.chain",
        "h2",
        {"zone": "signed.test", "parent": KNOT, "server": KNOT, "algorithm": 13, "digest": 2, "ds": 1},
        {"zone": "island.test", "parent": KNOT, "server": KNOT},
    ),
    (
        "dns.chain",
        "h2",
        {"zone": "other.test", "parent": KNOT, "server": KNOT, "present": False},
        {"zone": "example", "parent": KNOT, "server": NSD},
    ),
    (
        "dns.validated",
        "h2",
        {"server": UNBOUND, "name": "www.signed.test"},
        {"server": UNBOUND, "name": "www.example"},
    ),
]
