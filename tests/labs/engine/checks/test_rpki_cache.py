"""Check types ``rpki.cache`` and ``rpki.vrp``."""

import pytest

from labs.engine.definition.spec import Kind, Node
from tests.labs.engine.checks.judging import FAILED, PASSED, judge

CACHE = {"address": "2001:db8:500:3::323", "port": 3323}


ROA = {"prefix": "3fff:505::/32", "origin_as": 64505, "max_length": 32}


@pytest.fixture
def south():
    return Node(name="south", kind=Kind.BIRD)


def test_a_cache_passes_only_while_the_router_is_connected_to_it(r1, vty):
    assert judge("rpki.cache", CACHE, r1, vty("rpki-cache")).outcome is PASSED
    assert judge("rpki.cache", {**CACHE, "port": 8282}, r1, vty("rpki-cache")).outcome is FAILED
    assert judge("rpki.cache", {"address": "2001:db8::9"}, r1, vty("rpki-cache")).outcome is FAILED
    assert judge("rpki.cache", {**CACHE, "present": False}, r1, vty("rpki-cache")).outcome is FAILED


def test_no_cache_and_a_stopped_connection_have_different_causes(r1, vty):
    none, stopped = (judge("rpki.cache", CACHE, r1, vty(f"rpki-cache-{how}")) for how in ("none", "stopped"))
    assert (none.outcome, stopped.outcome) == (FAILED, FAILED)
    assert str(none.cause) == "No RPKI cache is configured on r1."
    assert "Check that the cache runs" in str(stopped.cause)
    assert "rpki start" not in str(stopped.cause)  # FRR 10.3 connects by itself
    assert judge("rpki.cache", {**CACHE, "present": False}, r1, vty("rpki-cache-none")).outcome is PASSED


def test_bird_without_a_cache_says_so(south, bird):
    finding = judge("rpki.cache", CACHE, south, bird("protocols-all"))
    assert (finding.outcome, str(finding.cause)) == (FAILED, "No RPKI cache is configured on south.")
    assert judge("rpki.cache", {**CACHE, "present": False}, south, bird("protocols-all")).outcome is PASSED


def test_a_roa_is_read_with_its_length_and_its_as(r1, vty):
    assert judge("rpki.vrp", ROA, r1, vty("rpki-prefix")).outcome is PASSED
    finding = judge("rpki.vrp", {**ROA, "max_length": 48, "origin_as": 64511}, r1, vty("rpki-prefix"))
    assert (finding.outcome, str(finding.cause)) == (FAILED, "Not as expected: origin_as, max_length")
    assert judge("rpki.vrp", {"prefix": "3fff:506::/32"}, r1, vty("rpki-prefix")).outcome is FAILED
    assert judge("rpki.vrp", ROA, r1, vty("rpki-prefix-stopped")).outcome is FAILED
