"""The state of a solved lab by the names of its parameters."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

from labs.engine.proof_files import file_in_proofs
from labs.engine.state import recorded
from labs.engine.state.facts import UNKNOWN, Section
from rigs.diagnose.static_path import static_path

ONE = {"own": ip_network("2001:db8:500::/48"), "me": 64500, "id": ip_address("192.0.2.1")}
TWO = {"own": ip_network("3fff:1:2::/48"), "me": 64510, "id": ip_address("198.51.100.7")}
THREE = {"own": ip_network("2001:db8:9::/48"), "me": 65550, "id": ip_address("203.0.113.9")}


def solved(values, mac="aa"):
    own, me, router_id = values["own"], values["me"], values["id"]
    address = own.network_address + 0x10
    return {
        "r1": {
            Section.ROUTES: {str(own): f"static via {address} dev eth0"},
            Section.CONFIG: {f"router bgp {me}": f"bgp router-id {router_id}\nset community {me}:7\nnetwork {own}"},
            Section.SETTINGS: {"net.ipv4.ip_forward": "1", "random": mac},
        }
    }


def test_a_state_that_was_recorded_with_some_seeds_fits_every_other_one():
    kept = recorded.by_names([(ONE, solved(ONE)), (TWO, solved(TWO))])
    assert recorded.with_values(kept, THREE) == solved(THREE)


def test_a_value_that_differs_without_a_parameter_is_not_known():
    kept = recorded.by_names([(ONE, solved(ONE, "aa")), (TWO, solved(TWO, "bb"))])
    assert recorded.with_values(kept, THREE)["r1"][Section.SETTINGS] == {"net.ipv4.ip_forward": "1", "random": UNKNOWN}


def test_what_only_some_solved_networks_have_is_not_known():
    one, two = {"r1": {Section.SETTINGS: {"a": "1", "b": "2"}}}, {"r1": {Section.SETTINGS: {"a": "1"}}}
    kept = recorded.by_names([(ONE, one), (TWO, two)])
    assert kept["r1"][Section.SETTINGS] == {"a": "1", "b": UNKNOWN}


def test_a_number_that_only_happens_to_be_the_value_of_a_parameter_stays_a_number():
    with_mtu = [
        (values | {"size": size}, {"r1": {Section.INTERFACES: {"eth0 mtu": "1500"}}})
        for values, size in ((ONE, 1500), (TWO, 9))
    ]
    kept = recorded.by_names(with_mtu)
    assert recorded.with_values(kept, THREE | {"size": 7})["r1"][Section.INTERFACES]["eth0 mtu"] == "1500"


def test_the_state_is_kept_beside_the_proof_and_goes_with_it(tmp_path):
    lab = replace(static_path().lab, id="two", folder=tmp_path / "two", parameters=THREE)
    assert recorded.read(lab) is None
    recorded.write(lab, [(ONE, solved(ONE)), (TWO, solved(TWO))])
    assert recorded.read(lab) == solved(THREE)
    file_in_proofs(lab, recorded.STATES).write_text('{"r1": {"weather": {}}}')
    assert recorded.read(lab) is None
    recorded.write(lab, [])
    assert not file_in_proofs(lab, recorded.STATES).exists()
