"""The tests of Kathara's checker become checks of ours; each that does not is reported with its line."""

import json

import pytest

from labs.engine.checks import TYPES
from labs.engine.foreign_labs.kathara import read_kathara
from labs.engine.foreign_labs.source_folder import SourceFolder
from tests.labs.engine.foreign_labs.foreign import KATHARA, lab_folder, reasons


@pytest.fixture
def foreign(tmp_path):
    return read_kathara(SourceFolder(lab_folder(tmp_path, KATHARA)), "two")


def test_each_known_test_becomes_a_check_on_its_device(foreign):
    found = [(check.type, check.on[0], dict(check.expect)) for check in foreign.checks]
    assert found == [
        ("addr.present", "r1", {"interface": "eth0", "addresses": ["192.0.2.1/25"]}),
        ("process.running", "r1", {"names": ["ospfd"]}),
        ("fib.route", "r2", {"prefix": "192.0.2.0/25"}),
        ("fib.route", "r2", {"prefix": "198.51.100.0/24", "via": {"exact": ["192.0.2.129"]}}),
        ("fib.route", "r2", {"prefix": "203.0.113.0/24", "present": False}),
        ("ospf.neighbor", "r2", {"router_id": "198.51.100.1", "state": "Full"}),
        ("reach.matrix", "pc_one", {"to": ["192.0.2.130"]}),
    ]


def test_the_expectations_are_those_that_our_types_accept(foreign):
    for check in foreign.checks:
        TYPES[check.type].parse(check.expect)


def test_a_check_knows_its_line_in_a_file_with_tabs(foreign):
    lines = KATHARA["correction.json"].splitlines()
    neighbour = next(check for check in foreign.checks if check.type == "ospf.neighbor")
    assert "router_id" in lines[neighbour.place.line - 1]


def test_the_report_says_how_many_tests_a_section_without_check_types_has(tmp_path):
    tests = (
        '{"test": {"custom_commands": {"r1": [{"command": "a"}, {"command": "b"}], "r2": [{"command": "c"}]},'
        ' "bridges": {"r1": {"br0": {}}}, "protocols": {"sciond": 1}}}'
    )
    foreign = read_kathara(SourceFolder(lab_folder(tmp_path, KATHARA | {"correction.json": tests})), "two")
    found = {one.what for one in foreign.not_imported if one.place.file == "correction.json"}
    assert found == {"custom_commands (3 tests)", "bridges (1 test)", "protocols.sciond"}


def test_what_cannot_be_checked_is_reported(foreign):
    found = reasons(foreign)
    assert "does not run" in found["correction.json:6 daemons of r1: !ripd"]
    assert "not to a name" in found["correction.json:10 pc_one reaches www.example.net"]
    assert "no such device" in found["correction.json:10 reachability of ghost"]
    assert "not run in a lab" in found["correction.json:11 custom_commands (1 test)"]
    assert "evpn.vni" in found["correction.json:9 protocols.bgpd.vtep_devices (1 test)"]


@pytest.mark.parametrize(
    "test",
    [
        {"ip_mapping": {"r1": {"0": "not an address"}}},
        {"ip_mapping": {"r1": "x"}},
        {"protocols": {"bgpd": {"neighbors": {"r1": [{"asn": 1}]}}}},
        {"protocols": {"ospfd": {"routes": {"r1": [7]}}}},
        {"applications": {"dns": {"local_ns": {"192.0.2.1": ["ghost"]}}}},
        {"kernel_routes": ["r1"]},
        {"what": {"r1": []}},
    ],
)
def test_a_test_of_another_form_is_reported_and_breaks_nothing(tmp_path, test):
    files = {"lab.conf": 'r1[0]="A"\n', "c.json": json.dumps({"test": test})}
    foreign = read_kathara(SourceFolder(lab_folder(tmp_path, files)), "x")
    assert (foreign.checks, len(foreign.not_imported)) == ([], 1)


def test_every_section_of_bgp_and_http_is_mapped(tmp_path):
    test = {
        "protocols": {
            "bgpd": {
                "peerings": {"r1": ["192.0.2.2"]},
                "neighbors": {"r1": [{"ip": "2001:db8::2", "asn": 64501}, {"ip": "eth0", "asn": 64501}]},
                "networks": {"r1": ["198.51.100.0/24"]},
                "injections": {"r1": ["connected", "!static"]},
                "routes": {"r1": [{"route": "203.0.113.0/24", "aspath": [[64501, 64502]]}]},
            },
            "ospfd": {
                "routes": {"r1": [{"route": "192.0.2.0/24"}]},
                "interfaces": {"r1": {"eth0": {"networkType": "BROADCAST", "state": "Backup", "cost": 10}}},
            },
        },
        "applications": {
            "http": {
                "r1": [{"url": "http://192.0.2.3/a", "method": "POST", "status_code": 404, "body_contains": "a.b"}]
            },
            "dns": {"local_ns": {"192.0.2.53": ["r1"]}, "records": {"A": {"www.example.net": ["192.0.2.80"]}}},
        },
        "sysctls": {"r1": ["net.ipv4.ip_forward=1"]},
    }
    files = {"lab.conf": 'r1[0]="A"\npc[0]="A"\n', "c.json": json.dumps({"test": test})}
    foreign = read_kathara(SourceFolder(lab_folder(tmp_path, files)), "x")
    found = {check.type: dict(check.expect) for check in foreign.checks}
    assert found["bgp.session"] == {"peer": "2001:db8::2", "remote_as": 64501}
    assert found["bgp.origination"] == {"prefix": "198.51.100.0/24"}
    assert found["config.absent"] == {"daemon": "bgpd", "lines": ["redistribute static"]}
    assert found["bgp.route"] == {"prefix": "203.0.113.0/24", "as_path": "64501 64502"}
    assert found["ospf.interface"] == {"interface": "eth0", "type": "broadcast", "role": "BDR", "cost": 10}
    assert found["service.http"]["body"] == {"regex": r"a\.b"}
    assert (found["service.http"]["status"], found["service.http"]["method"]) == (404, "POST")
    assert found["dns.record"] == {
        "server": "192.0.2.53",
        "name": "www.example.net",
        "type": "A",
        "addresses": ["192.0.2.80"],
    }
    assert found["sysctl.value"] == {"key": "net.ipv4.ip_forward", "value": 1}
    assert [why for place, why in reasons(foreign).items() if "eth0" in place] == [
        "bgp.session needs an address, and this session is unnumbered"
    ]
    for check in foreign.checks:
        TYPES[check.type].parse(check.expect)
