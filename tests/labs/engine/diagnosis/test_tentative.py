"""An address for which duplicate address detection has not ended."""

import pytest

from labs.engine.diagnosis import diagnosis
from tests.labs.engine.diagnosis.networks import bgp_answers, port, search


def with_address(*words):
    """The pair of routers, where the kernel says these words of the addresses of r1."""

    def of(ask):
        if ask["ask"] != "ip" or ask["args"][-1] != "addr" or ask["node"] != "r1":
            return None
        every = [port(name, "r1") for name in ("eth0", "eth1", "eth2")]
        for one in every:
            one["addr_info"][0] |= dict.fromkeys(words, True)
        return {"json": every}

    return bgp_answers(of)


@pytest.mark.parametrize(
    ("words", "is_duplicate"), [(("tentative",), False), (("tentative", "dadfailed"), True), (("dadfailed",), True)]
)
def test_only_an_address_whose_detection_failed_is_also_on_another_node(words, is_duplicate):
    """Regression: in the first second of an address, it was said that another node on the link has it too."""
    [found] = diagnosis.run([search("pair", "bgp")], with_address(*words))
    assert (found is not None and found.name == "address-duplicate") is is_duplicate
