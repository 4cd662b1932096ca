"""The unit of systemd: the walls that the threat model names, and paths that exist."""

import configparser
import re

import pytest

from tests.docker.conftest import DOCKER

THREAT_MODEL = DOCKER.parent / "docs/threat-model.md"
UNIT = DOCKER / "service/vaka.service"
WALLS = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectControlGroups": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "RestrictNamespaces": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallFilter": "@system-service",
}


@pytest.fixture
def service():
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str
    unit.read(UNIT)
    return unit["Service"]


def test_the_walls_of_the_threat_model_are_in_the_unit(service):
    assert {name: service.get(name) for name in WALLS} == WALLS
    named = dict(re.findall(r"`(\w+)=(\w+)`", THREAT_MODEL.read_text()))
    assert len(named.keys() & WALLS.keys()) > 4
    assert {name: WALLS[name] for name in named if name in WALLS} == {
        name: named[name] for name in named if name in WALLS
    }


def test_up_keeps_only_what_it_needs_of_root(service):
    kept = service["CapabilityBoundingSet"].split()
    assert kept == [
        f"CAP_{name}" for name in ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID", "SYS_NICE"]
    ]


def test_what_the_unit_starts_is_in_each_release(service):
    assert service["WorkingDirectory"] == "/opt/vaka/current"
    assert service["ExecStartPre"].split()[-1] == "docker/vni_requests.py"
    assert service["ExecStart"].split()[-2:] == ["manage.py", "up"]
    assert all((DOCKER.parent / path).exists() for path in ("docker/vni_requests.py", "manage.py"))
