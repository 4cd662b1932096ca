"""Fields of an ``expect`` that several check types share."""

from collections.abc import Mapping

from labs.engine.checks.comparison import Compare, CompareSet
from labs.typed_yaml.shapes import Address, Field, Flag, ListOf, Number, Word

INTERFACE = Field(
    Word("an interface name such as eth1", r"[a-z][a-z0-9._-]{0,14}", 15), "the interface.", required=True
)
ANY_INTERFACE = Field(INTERFACE.shape, "the interface; any if left out.")
PREFIX = Field(Address("prefix"), "the prefix.", required=True)
PRESENT = Field(Flag(), "false: it must not be there.")
FILE_PATH = Word("an absolute path such as /etc/frr/frr.conf", r"/(?!.*(?:^|/)\.\.(?:/|$))[ -~]+", 200)
LINES = ListOf(Word(), 1)
DAEMON = Field(Word("a daemon of FRR such as bgpd", r"[a-z0-9]{1,16}", 16), "the daemon of FRR that answers.")
NODE_NAME = Word("a node's name", r"[a-z][a-z0-9-]{0,14}", 15)

# Traffic
TARGET = Field(Address("address"), "the address to reach.", required=True)
AT = Field(NODE_NAME, "the node where the requests must arrive; an answer from any other node does not count.")
SOURCE = Field(Address("address"), "the source address.")

# Routing
ROUTER_ID = Word("a router ID such as 10.0.0.1", r"\d{1,3}(\.\d{1,3}){3}", 15)
BIRD_PROTOCOL = Word("a protocol's name in BIRD", r"[A-Za-z_][A-Za-z0-9_]{0,60}", 61)
VRF = Field(
    Word("a VRF's name", r"[A-Za-z][A-Za-z0-9_-]{0,14}", 15),
    "the VRF; the default one if left out. A router that runs BIRD has none.",
)
PROTOCOL = Field(
    BIRD_PROTOCOL, "its name in BIRD, where BIRD runs more than one protocol of this kind; all if left out."
)
ROA_TABLE = Word("the name of a table in BIRD", r"[A-Za-z_][A-Za-z0-9_]{0,60}", 61)
AS_NUMBER = Number(1, 4294967295)
AS_PATH = Field(Compare("text"), 'the AS numbers, separated by spaces, for example "65002 65003".')
MED = Field(Compare(), "the MULTI_EXIT_DISC (MED).")
COMMUNITIES: Mapping[str, Field] = {
    "community": Field(CompareSet("community"), "the communities (RFC 1997), such as 65000:1 or no-export."),
    "large_community": Field(CompareSet("community"), "the large communities (RFC 8092)."),
    "ext_community": Field(CompareSet("ext_community"), "the extended communities (RFC 4360), such as rt:65000:1."),
}
PEER = Field(Address("address"), "the peer's address.", required=True)
NEXT_HOPS = Field(CompareSet("address"), "the next hops.")
OUTGOING_INTERFACES = Field(CompareSet("text"), "the outgoing interfaces.")
OSPF_ROUTE_TYPE = Field(Compare("text"), "intra, inter, external1 or external2.")
OSPF_COST = Field(Compare(), "the total cost of the path.")
OSPF_ROLE = Field(Compare("text"), "what the neighbour is on this link: DR, BDR or DROther.")
OSPF_SETTINGS: Mapping[str, Field] = {  # of an interface, in both versions of OSPF
    "area": Field(Compare("area"), "the area; 0 and 0.0.0.0 are the same."),
    "cost": Field(Compare(), "the cost of the interface."),
    "type": Field(Compare("text"), "the network type: point-to-point or broadcast."),
    "hello": Field(Compare(), "the hello interval, in seconds."),
    "dead": Field(Compare(), "the dead interval, in seconds."),
    "passive": Field(Compare("text"), "true: OSPF advertises its prefixes, but sends no hello on it."),
    "role": Field(Compare("text"), "what the router is on this link: DR, BDR or DROther."),
    "priority": Field(Compare(), "its priority in the election of the DR."),
    "dr": Field(Compare("text"), "the router ID of the designated router (DR)."),
    "bdr": Field(Compare("text"), "the router ID of the backup designated router (BDR)."),
}
