"""The container's seccomp profile, read as the kernel will: all numbers of an int are 32 bits."""

import json

import pytest

from labs.engine.runtime.image import RECIPE

PROFILE = json.loads((RECIPE / "seccomp.json").read_text())
RULES = PROFILE["syscalls"]
AF_NETLINK, AUDIT = 16, 9
NEEDED = {0, 4, 12, 15, 16}  # routes, lists of sockets, filters, what udev hears, and generic netlink
HIGH = (0, 1 << 32, 1 << 63)


def answers(name, *arguments):
    """The actions of all rules that fit a call."""
    found = set()
    for rule in RULES:
        if name in rule["names"] and all(
            arguments[a["index"]] & a["value"] == a["valueTwo"] for a in rule.get("args", ())
        ):
            found.add((rule["action"], rule.get("errnoRet", 0)))
    return found


def test_no_rule_looks_at_more_bits_than_the_kernel():
    compared = [argument for rule in RULES for argument in rule.get("args", ())]
    assert compared
    assert all(argument["op"] == "SCMP_CMP_MASKED_EQ" and argument["value"] <= 0xFFFFFFFF for argument in compared)


@pytest.mark.parametrize("high", HIGH)
def test_the_kernels_audit_is_refused_however_its_number_is_dressed_up(high):
    assert answers("socket", AF_NETLINK, 3, AUDIT | high) == {("SCMP_ACT_ERRNO", 22)}
    assert answers("socket", AF_NETLINK | high, 3, AUDIT) == {("SCMP_ACT_ERRNO", 22)}


@pytest.mark.parametrize("high", HIGH)
def test_only_those_protocols_of_netlink_are_allowed_that_labs_need(high):
    allowed = {one for one in range(64) if answers("socket", AF_NETLINK, 3, one | high) == {("SCMP_ACT_ALLOW", 0)}}
    refused = {one for one in range(64) if not answers("socket", AF_NETLINK, 3, one | high)}
    assert allowed == NEEDED
    assert refused == {*range(64)} - NEEDED - {AUDIT}


@pytest.mark.parametrize("family", [3, 21, 38, 40, 44])
def test_families_that_no_lab_needs_have_no_rule(family):
    assert answers("socket", family, 3, 0) == set()


@pytest.mark.parametrize(
    "name", ["io_setup", "io_submit", "io_uring_setup", "bpf", "userfaultfd", "perf_event_open", "keyctl"]
)
def test_calls_that_no_lab_needs_have_no_rule(name):
    assert answers(name, *[0] * 6) == set()
