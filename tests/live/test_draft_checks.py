"""The whole of ``draft_checks`` on the smallest lab: what it writes is a lab that an author can prove."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.authoring.own_nodes import share, share_error
from labs.engine.authoring.parse import load_lab
from labs.engine.shared import pace

pytestmark = pytest.mark.live
CLONE = Path(__file__).parents[2]


def test_checks_hints_and_mutants_are_drafted_from_the_solved_lab(tmp_path):
    folder = tmp_path / "hello"
    create(folder)
    above, comment, _checks = (folder / "lab.yaml").read_text().partition("# The stages of the learner's work.")
    assert comment
    (folder / "lab.yaml").write_text(above)
    command = [sys.executable, "manage.py", "draft_checks", str(folder)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "vaka.settings_test"}
    done = subprocess.run(
        command, cwd=CLONE, env=env, capture_output=True, text=True, timeout=pace.seconds(400), check=False
    )
    assert done.returncode == 0, done.stderr
    text = (folder / "lab.yaml").read_text()
    assert text.startswith(above.rstrip("\n"))
    lab = load_lab(folder)
    by_stage = {stage.id: {(check.type, *check.on) for check in stage.checks} for stage in lab.stages}
    assert ("addr.present", "r1") in by_stage["address"]
    assert by_stage["route"] >= {("fib.route", "r1"), ("ping", "h1")}
    [far] = [
        check for check in lab.checks() if (check.type, check.on) == ("ping", ("h1",)) and check in lab.stages[1].checks
    ]
    assert far.expect == {"to": "2001:db8:500::1", "at": "isp"}
    assert far.hint[-1] == "On r1: ipv6 route 2001:db8:500::/48 2001:db8:0:12::2"
    assert share_error(share(lab)) is None
    assert lab.points == 100
    assert max(check.within for check in lab.checks()) <= 30  # a busy machine makes it longer
    assert {mutant.changes[0].becomes for mutant in lab.mutants} >= {(), ("ipv6 address 2001:db8:0:1::1/60",)}
    assert "No check notices" not in done.stdout
