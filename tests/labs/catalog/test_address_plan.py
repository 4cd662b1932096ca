"""The answers of r1 in the lab address-plan, judged by the checks of the lab."""

from pathlib import Path

from labs.engine.authoring import parse
from tests.labs.engine.checks.judging import FAILED, judge

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/address-plan")
SOLVED = {
    "eth0": ("2001:db8:5:b012::1", 64),
    "eth1": ("2001:db8:5:b105::a0:1", 64),
    "lo": ("2001:db8:5:bf00::1", 128),
}
BLACKHOLE = {"error": "RTNETLINK answers: Invalid argument"}


def failed(addresses, way):
    """Return the checks that fail on r1 with these addresses, if the kernel answers WAY for an unused address of the village."""
    links = [{"ifname": name, "addr_info": [{"local": a, "prefixlen": n}]} for name, (a, n) in addresses.items()]
    answers = {"addr.present": {"json": links}, "fib.get": way}
    checks = [check for stage in LAB.stages for check in stage.checks if check.type in answers]
    found = {check.id: judge(check.type, check.expect, LAB.nodes["r1"], answers[check.type]) for check in checks}
    return {name for name, finding in found.items() if finding.outcome is FAILED}


def test_the_length_of_each_address_is_checked():
    assert failed(SOLVED, BLACKHOLE) == set()
    lengths = {}
    for name, (address, _length) in SOLVED.items():
        [lengths[name]] = failed({**SOLVED, name: (address, 60)}, BLACKHOLE)
    assert len(set(lengths.values())) == 3


def test_a_link_as_wide_as_the_village_is_not_its_summary():
    on_the_link = {"json": [{"dst": "2001:db8:5:be00::1", "dev": "eth1"}]}
    wide = {**SOLVED, "eth1": ("2001:db8:5:b105::a0:1", 52), "lo": ("2001:db8:5:bf00::1", 64)}
    assert failed(wide, on_the_link) == {"school-length", "loopback-length", "dropped"}
    loop = next(check for stage in LAB.stages for check in stage.checks if check.type == "net.no_loops")
    assert "school-length" in loop.needs
