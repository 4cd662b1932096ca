"""Ports of a temporary site."""

import socket
from pathlib import Path

import pytest

from rigs import temporary_site


def test_free_ports_differ_and_the_kernel_gives_none_of_them_to_a_connection():
    found = temporary_site.free_ports(200)
    first_chosen = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert len(set(found)) == 200
    assert max(found) < first_chosen


def test_a_port_in_use_is_not_free(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(temporary_site, "OUTSIDE_OF_CHOSEN", range(port, port + 1))
        with pytest.raises(OSError, match=f"Of the ports {port} to {port}, 0 are free: 2 are needed"):
            temporary_site.free_ports(2)
