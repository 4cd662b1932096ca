"""All networks into which faults are injected."""

from rigs.diagnose.fault_network import FaultNetwork
from rigs.diagnose.frr_and_bird import frr_and_bird
from rigs.diagnose.frr_pair import frr_pair
from rigs.diagnose.static_path import static_path


def all_networks() -> list[FaultNetwork]:
    return [frr_pair(), *frr_and_bird().one_per_chain(), static_path()]
