"""Fields of an ``expect`` that several check types share."""

from collections.abc import Mapping

from labs.engine.checks.comparison import Compare
from labs.typed_yaml.shapes import Address, Choice, Field, Flag, ListOf, Number, Word

INTERFACE = Field(
    Word("an interface name such as eth1", r"[a-z][a-z0-9._-]{0,14}", 15), "the interface.", required=True
)


ANY_INTERFACE = Field(INTERFACE.shape, "the interface; any if left out.")


PRESENT = Field(Flag(), "false: it must not be there.")


FILE_PATH = Word("an absolute path such as /etc/frr/frr.conf", r"/(?!.*(?:^|/)\.\.(?:/|$))[ -~]+", 200)


LINES = ListOf(Word(), 1)


DAEMON = Field(Word("a daemon of FRR such as bgpd", r"[a-z0-9]{1,16}", 16), "the daemon of FRR that is asked.")


NODE_NAME = Word("a node's name", r"[a-z][a-z0-9-]{0,14}", 15)


TARGET = Field(Address("address"), "the address to reach.", required=True)


AT = Field(NODE_NAME, "the node where the requests must arrive; an answer from anybody else then does not count.")


SOURCE = Field(Address("address"), "the address to send from.")


ROUTER_ID = Word("a router ID such as 10.0.0.1", r"\d{1,3}(\.\d{1,3}){3}", 15)


PROTOCOL = Field(
    Word("a protocol's name in BIRD", r"[A-Za-z_][A-Za-z0-9_]{0,60}", 61),
    "its name in BIRD, where more than one protocol of this kind runs; all of them if left out.",
)


OSPF_SETTINGS: Mapping[str, Field] = {  # of an interface, in both versions of OSPF
    "area": Field(Compare("area"), "0 and 0.0.0.0 are one."),
    "cost": Field(Compare(), "its cost."),
    "type": Field(Compare("text"), "point-to-point or broadcast."),
    "hello": Field(Compare(), "seconds."),
    "dead": Field(Compare(), "seconds."),
    "passive": Field(Compare("text"), "true: it is announced, but no hello is sent."),
}


FAMILY = Field(Choice(("ipv6", "ipv4")), "the address family; ipv6 if left out.")


ROA_TABLE = Word("the name of a table in BIRD", r"[A-Za-z_][A-Za-z0-9_]{0,60}", 61)


AS_NUMBER = Number(1, 4294967295)
