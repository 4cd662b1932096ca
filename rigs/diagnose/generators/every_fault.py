"""All faults that can be generated for a lab."""

from collections.abc import Iterator

from labs.engine.definition.spec import Lab
from rigs.diagnose.generators.bird_rules import BIRD_RULES
from rigs.diagnose.generators.fault import GeneratedFault
from rigs.diagnose.generators.frr_igp_rules import FRR_IGP_RULES
from rigs.diagnose.generators.frr_rules import FRR_RULES
from rigs.diagnose.generators.linux_rules import LINUX_RULES
from rigs.diagnose.generators.network_faults import network_faults
from rigs.diagnose.generators.rules import faults_of
from rigs.diagnose.generators.sources import sources

RULES = FRR_RULES + FRR_IGP_RULES + BIRD_RULES + LINUX_RULES


def every_fault(lab: Lab) -> Iterator[GeneratedFault]:
    """Yield all faults of a lab whose solution is known: of each text that configures a node, and of links and nodes."""
    for source in sources(lab):
        yield from faults_of(lab, source, RULES)
    yield from network_faults(lab)
