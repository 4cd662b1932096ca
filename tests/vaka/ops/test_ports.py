import os
import socket

import pytest

from vaka.lan import LocalAddress
from vaka.ops import ports
from vaka.ops.errors import CannotStart


def test_a_port_that_is_taken_is_told_with_who_holds_it():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(CannotStart) as raised:
            ports.must_be_free("127.0.0.1", port, "VAKA_PORT")
    assert f"Port {port} is taken by" in str(raised.value)
    assert f"(process {os.getpid()})" in str(raised.value)
    assert f"VAKA_PORT={port + 10} make run" in str(raised.value)


def test_a_free_port_is_fine():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
    ports.must_be_free("127.0.0.1", port, "VAKA_PORT")


def test_an_address_that_is_not_ours_is_told_with_those_that_are(monkeypatch):
    monkeypatch.setattr("vaka.lan.addresses", lambda: [LocalAddress("eth0", "198.51.100.7")])
    with pytest.raises(CannotStart) as raised:
        ports.must_be_free("192.0.2.1", 8000, "VAKA_PORT")
    said = str(raised.value)
    assert said.startswith("Vaka cannot listen on 192.0.2.1 port 8000: this server does not have that address now.")
    assert "LAN=1" in said
    assert "198.51.100.7 (eth0)" in said


def test_an_address_that_is_none_is_told_with_its_setting():
    with pytest.raises(CannotStart, match="Check VAKA_BIND"):
        ports.must_be_free("no such name.invalid", 8000, "VAKA_PORT")


@pytest.mark.parametrize(("host", "there"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.1.2.3", "10.1.2.3")])
def test_where_a_client_finds_a_server(host, there):
    assert ports.reachable(host) == there
