"""FRR's configured OSPF interfaces, of which some have a neighbour that will not change by itself."""

from pathlib import Path

import pytest

from labs.engine.adapters.frr_configured_protocols import reader

FIXTURES = Path(__file__).parents[3] / "fixtures"
INTERFACE = '{"eth0": {"ospf6InterfaceState": "DROther"}, "lo": {"ospf6InterfaceState": "Loopback"}}'


@pytest.mark.parametrize(
    ("neighbours", "is_up"),
    [
        ((FIXTURES / "frr-10.3-ospf6-neighbor-two-way.json").read_text(), True),
        ((FIXTURES / "frr-10.3-ospf6-neighbor-broadcast.json").read_text(), True),
        ('{"neighbors": [{"neighborId": "10.9.0.4", "state": "ExChange", "interfaceName": "eth0"}]}', False),
        ('{"neighbors": []}', False),
    ],
)
def test_a_neighbour_is_up_in_full_and_in_two_way_as_ospf6d_spells_them(neighbours, is_up):
    assert reader("ospf6d")({"outputs": [INTERFACE, neighbours]}).ospf == {("ospf6d", "eth0"): is_up}
