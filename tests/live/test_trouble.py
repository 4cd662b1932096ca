"""A running lab as a trouble ticket: solved, broken by a fault that the learner cannot look up, repaired, graded."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.new_lab import create
from labs.engine.faults import available_faults, read_network
from labs.engine.grading.grading import grade, score
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell, type_solution
from labs.engine.trouble_tickets import preparation
from tests.live.whole_site import Up
from vaka.ops.demo import Demo
from vaka.ops.site_client import SiteClient

pytestmark = pytest.mark.live
LOGS = "cat /root/.bash_history /root/.history_frr /root/.viminfo 2>/dev/null; echo over"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labs")
    create(folder / "hello")
    return check_folder(folder)[0]["hello"]


@pytest.fixture(scope="module")
def session(runner, lab):
    with runner.running(lab) as opened:
        yield opened


def test_only_the_right_repair_fixes_a_ticket_and_the_next_tickets_have_other_faults(session, lab, shell_on):
    made = preparation.prepare(session, lab, seed=3)
    assert str(made.report).startswith("“")
    before = grade(lab, session, attempt=True)
    assert score(before).points < lab.points

    shell = shell_on(session, made.placed.node, "mine")
    read = shell.type(LOGS)
    assert not any(line in read for line in made.placed.inject), "what was done can be read up"
    shell.type("sysctl -qw net.ipv6.conf.all.hop_limit=63")  # a fix of something else
    assert score(grade(lab, session, attempt=True)).points < lab.points
    for line in made.placed.repair:
        shell.type(line)
    assert score(grade(lab, session, attempt=True)).points == lab.points

    places = available_faults(read_network(session, lab))
    first = [next(preparation.candidates(places, lab.id, seed)) for seed in range(10)]
    kinds = {placed.fault for placed in places}
    assert len({placed.fault for placed in first}) == min(10, len(kinds))
    assert [placed.key for placed in islice(preparation.candidates(places, lab.id, 3), 6)].count(made.placed.key) == 1


def test_a_fault_that_makes_no_check_fail_is_repaired_and_the_next_is_injected(session, lab, monkeypatch):
    dud = preparation.PlacedFault("dud", "dud", "r1", "lo", ("ip link set lo mtu 1400",), ("ip link set lo mtu 65536",))
    real = next(placed for placed in available_faults(read_network(session, lab)) if placed.fault.startswith("link"))
    monkeypatch.setattr(preparation, "candidates", lambda places, name, seed, rank: iter([dud, real]))
    monkeypatch.setattr(preparation, "FAILS_WITHIN", 2.0)
    made = preparation.prepare(session, lab, seed=0)
    assert made.placed == real
    with Shell(session, "r1", "look") as shell:
        assert "mtu 65536" in shell.type("ip link show lo")


@pytest.fixture
def site(tmp_path):
    up = Up(tmp_path / "state", tmp_path / "up.log")
    try:
        yield up.until_it_serves()
    finally:
        up.end()


def test_on_a_whole_site_a_ticket_is_opened_fixed_and_graded(site, runner):
    lab = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/ospfv3-one-area")
    who = tuple(json.loads((site.state / "credentials/demo_people.json").read_text()).items())[2]
    assert who[0] == "instructor"
    job = Demo(f"http://localhost:{site.port}", site.state, who, lambda text: None, lab.id)
    with SiteClient(job.site) as visitor, ThreadPoolExecutor(1) as meanwhile:
        job.sign_in(visitor)
        visitor.read(f"/labs/{lab.id}/")
        name = visitor.send_for_json(f"/labs/{lab.id}/trouble-ticket")["session"]
        numbered = parse.load_lab(lab.folder, visitor.read_json(f"/labs/sessions/{name}/status")["seed"])
        same = meanwhile.submit(places, runner, numbered)
        opened = job.follow(
            visitor, name, lambda now: now["ticket"]["opened_at"] or now["state"] == "failed", 180, "open"
        )
        assert (opened["state"], opened["ticket"]["fault"]) == ("ready", ""), opened
        wrong, _seconds, _verdicts = job.grade(visitor, name)
        placed = same.result()[fault_of(site, name)]
        with Shell(LabClient(site.state / "run/engine/relay.sock", name), placed.node) as shell:
            for line in placed.repair:
                shell.type(line)
        right, _seconds, verdicts = job.grade(visitor, name)
        ended = visitor.read_json(f"/labs/sessions/{name}/status")["ticket"]
        job.stop(visitor, name)
    assert (wrong, right, set(verdicts.values())) == (0, 100, {"passed"})
    assert (ended["fault"], bool(ended["fixed_at"])) == (placed.key, True)
    assert ended["seconds"] > 0


def fault_of(site, session):
    """Return the fault that the site has put in: its learner is not told."""
    with closing(sqlite3.connect(f"file:{site.state}/database/db.sqlite3?mode=ro", uri=True)) as rows:
        [[fault]] = rows.execute(
            "select fault from labs_troubleticket where session_id = ?", [session.replace("-", "")]
        )
    return fault


def places(runner, lab):
    """The faults that the solved lab has a place for, in a lab of our own with the same numbers."""
    with runner.running(lab, seconds=180) as session:
        type_solution(session, lab)
        return {placed.key: placed for placed in available_faults(read_network(session, lab))}
