"""The fault that a seed chooses, and the report of a customer."""

from dataclasses import replace
from itertools import pairwise

import pytest

from labs.engine.checks import TYPES, Outcome
from labs.engine.definition.spec import Stage
from labs.engine.faults import PlacedFault
from labs.engine.grading.verdicts import Verdict
from labs.engine.translatable_text import Text
from labs.engine.trouble_tickets.complaints import report
from labs.engine.trouble_tickets.preparation import candidates
from tests.labs.fakes import little_lab


def places(faults, spots=3):
    return [PlacedFault(f"f{i}", f"f{i}", "r1", f"eth{j}", (), ()) for i in range(faults) for j in range(spots)]


@pytest.mark.parametrize("faults", [10, 11, 12, 23, 40])
def test_ten_consecutive_seeds_have_ten_faults(faults):
    for begins in (0, 5, 98):
        first = [next(candidates(places(faults), "a-lab", begins + seed)).fault for seed in range(10)]
        assert len(set(first)) == 10


@pytest.mark.parametrize("faults", [1, 2, 3, 4, 6, 7, 10, 23])
def test_a_seed_repeats_and_tries_each_fault_once(faults):
    ways = [[placed.key for placed in candidates(places(faults), "a-lab", seed)] for seed in range(2 * faults)]
    again = [[placed.key for placed in candidates(places(faults)[::-1], "a-lab", seed)] for seed in range(2 * faults)]
    assert ways == again
    assert all(len({key.partition("@")[0] for key in way}) == faults for way in ways)
    assert all(a[0] != b[0] for a, b in pairwise(ways)) or faults == 1


def test_a_lab_without_a_place_has_no_candidates():
    assert list(candidates([], "a-lab", 3)) == []


def failed(check, node=""):
    plain = Text.plain("")
    words = {
        "command": "",
        "cause": None,
        "read_more": (),
        "evidence": {},
        "seconds": 0.0,
        "expected": plain,
        "seen": plain,
    }
    return Verdict(check=check.id, stage="s", outcome=Outcome.FAILED, points=0, out_of=1, node=node, **words)


def test_the_report_for_a_check_type_does_not_name_the_type(tmp_path):
    lab = little_lab(tmp_path)
    [one] = [check for check in lab.checks() if check.id == "file"]
    for name in TYPES:
        check = replace(one, type=name)
        said = str(report(replace(lab, stages=(Stage(id="s", title="S", checks=(check,)),)), [failed(check)]))
        assert said.startswith("“")
        assert "h1" in said
        assert name not in said


def test_what_users_notice_comes_first_and_the_authors_text_before_all(tmp_path):
    lab = little_lab(tmp_path)
    one = next(lab.checks())
    session, ping = replace(one, id="b", type="bgp.session"), replace(one, id="p", type="ping")
    quoted = replace(one, id="q", type="fib.route", complaint="“Our shop is offline.”")
    lab = replace(lab, stages=(Stage(id="s", title="S", checks=(session, ping, quoted)),))
    assert "that we need from h7" in str(report(lab, [failed(session, "r1"), failed(ping, "h7")]))
    assert str(report(lab, [failed(session), failed(ping), failed(quoted)])) == "“Our shop is offline.”"
