"""The configuration of OSPFv3 on an interface."""

from labs.engine.adapters.config_blocks import of_bird
from labs.engine.adapters.node_state import Port, Seen
from labs.engine.adapters.ospf3_config import ospf3_config
from rigs.diagnose import frr_and_bird
from tests.labs.engine.diagnosis.networks import RIGS, frr


def test_the_same_settings_read_the_same_from_frr_and_bird():
    bird = Seen(RIGS["mixed"].lab.nodes["b1"], config=of_bird(frr_and_bird.BIRD))
    mine, theirs = ospf3_config(frr(frr_and_bird.FRR), Port("eth0")), ospf3_config(bird, Port("eth0"))
    for what in ("on", "passive", "area", "instance", "timers", "type", "authentication"):
        assert getattr(mine, what) == getattr(theirs, what), what
    assert ospf3_config(bird, Port("eth1")).passive
    assert (theirs.router_id, theirs.protocol) == ("10.0.0.3", "inside")
