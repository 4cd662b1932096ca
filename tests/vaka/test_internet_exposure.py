"""Sites that can be reached from the Internet."""

import pytest

from vaka import internet_exposure


def site(**given):
    facts = {"hosts": [], "public_url": "", "behind_proxy": False, "bind": "", "own": []}
    return internet_exposure.has_public_name(**facts | given)


@pytest.mark.parametrize(
    ("host", "so"),
    [
        ("learn.example.org", True), (".example.org", True), ("*", True), ("203.0.114.7", True), ("[2600::1]", True),
        ("localhost", False), ("moana", False), ("moana.local", False), ("vaka.lan", False), ("a.home.arpa", False),
        ("192.168.8.10", False), ("10.1.2.3", False), ("172.20.0.1", False), ("127.0.0.1", False), ("[::1]", False),
        ("fd00::7", False), ("fe80::1", False), ("100.64.0.9", False), ("lab.internal", False),
    ],
)  # fmt: skip
def test_a_public_name_is_one_that_a_server_on_the_internet_can_have(host, so):
    assert internet_exposure.is_public(host) is so


def test_a_site_is_public_by_its_host_names_its_proxy_its_public_url_or_its_addresses():
    assert not site()
    assert site(behind_proxy=True)
    assert site(hosts=["learn.example.org"])
    assert site(public_url="https://learn.example.org")
    assert site(bind="198.41.0.4")
    assert site(bind="0.0.0.0", own=["10.0.0.1", "198.41.0.4"])


def test_a_laptop_on_a_local_network_is_not_public():
    assert not site(hosts=["192.168.8.10", "moana.local"], bind="192.168.8.10")
    assert not site(bind="0.0.0.0", own=["192.168.8.10", "2600::1"]), "0.0.0.0 does not listen on IPv6"
    assert not site(public_url="http://localhost:8000")
