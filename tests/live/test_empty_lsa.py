"""An LSA without prefixes, as BIRD sends it for a router without addresses, is read and ends no daemon of FRR."""

import time

import pytest

from labs.engine.definition.spec import Check, Kind, Node, Stage, StartFile
from labs.engine.grading.grading import grade
from labs.engine.shared import pace
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live
FRR = b"""hostname r1
ipv6 forwarding
interface eth0
 ipv6 ospf6 area 0
 ipv6 ospf6 hello-interval 1
 ipv6 ospf6 dead-interval 4
 ipv6 ospf6 network point-to-point
exit
router ospf6
 ospf6 router-id 10.0.0.1
exit
"""
BIRD = b"""router id 10.0.0.3;
protocol device {}
protocol ospf v3 { ipv6; area 0 { interface "eth0" { type ptp; hello 1; dead 4; }; }; }
"""
EXPECT = {"type": "intra-prefix", "router_id": "10.0.0.3"}
DATABASE = Check(id="database", type="ospf6.lsdb", title="Database", on=("r1",), expect=EXPECT, within=30)


def bird_without_addresses():
    def file(path, content):
        return StartFile(path=path, content=content, executable=False)

    nodes = [
        Node(name="r1", kind=Kind.FRR, daemons=("ospf6d",), files=(file("/etc/frr/frr.conf", FRR),)),
        Node(name="b1", kind=Kind.BIRD, files=(file("/etc/bird/bird.conf", BIRD),)),
    ]
    return make_lab(nodes, [link("r1:eth0", "b1:eth0")], stages=(Stage(id="all", title="All", checks=(DATABASE,)),))


def test_an_lsa_without_prefixes_is_in_the_database_and_ospf6d_answers_on(runner):
    lab = bird_without_addresses()
    with runner.running(lab) as session:
        until = time.monotonic() + pace.seconds(5)
        while time.monotonic() < until:
            [verdict] = grade(lab, session, attempt=True)
            assert verdict.outcome == "passed", str(verdict.seen)
