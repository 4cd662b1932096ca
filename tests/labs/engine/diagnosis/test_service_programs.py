"""The programs of services, and their files."""

import pytest

from labs.engine.diagnosis import service_programs


@pytest.mark.parametrize(
    ("path", "program", "is_its"),
    [
        ("/etc/kea/kea-dhcp6.conf", "kea-dhcp6", True),
        ("/etc/radvd.conf", "radvd", True),
        ("/etc/nsd/zones/example.zone", "nsd: main", True),
        ("/etc/knot/knot.conf", "knotd", True),
        ("/etc/ssh/sshd_config", "sshd", True),
        ("/etc/pmacct/pmbmpd.conf", "pmbmpd", True),
        ("/etc/dnsmasq.d/names.conf", "dnsmasq", True),
        ("/etc/unbound/unbound.conf", "nsd: main", False),
        ("/etc/dhcpcd.conf", "kea-dhcp6", False),
        ("/etc/init.d/demo-page", "nc", False),
    ],
)
def test_the_files_of_a_program_are_known_by_their_names(path, program, is_its):
    assert service_programs.is_of(path, program) is is_its


@pytest.mark.parametrize(
    ("texts", "does"),
    [
        ((), True),
        (("?",), True),
        (("enable-ra",), True),
        (("dhcp-range=192.0.2.1",), False),
        (("x", "dhcp-range=::,slaac"), True),
    ],
)
def test_dnsmasq_advertises_if_one_of_its_files_says_so_or_none_is_known(texts, does):
    assert ("dnsmasq" in service_programs.advertising(texts)) is does


@pytest.mark.parametrize(
    ("program", "started", "passes"),
    [
        ("sshd-session", "", True),
        ("ansible-playboo", "", True),
        ("python3", "", True),
        ("python3", "python3 -m http.server &", False),
        ("ping", "", True),
        ("sshd", "", False),
        ("nginx", "", False),
    ],
)
def test_a_program_of_a_login_is_none_of_the_lab(program, started, passes):
    assert service_programs.is_passing(program, started) is passes
