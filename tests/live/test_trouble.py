"""A real lab as a trouble ticket: solved, broken by a fault of the library that nobody can read up, mended, graded."""

from itertools import islice

import pytest

from labs.engine import trouble
from labs.engine.catalog import check_folder
from labs.engine.faults import look, offered
from labs.engine.grading import grade, score
from labs.engine.sketch import sketch
from labs.engine.workbench import Shell

pytestmark = pytest.mark.live
LOGS = "cat /root/.bash_history /root/.history_frr /root/.viminfo 2>/dev/null; echo over"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labs")
    sketch(folder / "hello")
    return check_folder(folder)[0]["hello"]


@pytest.fixture(scope="module")
def session(bench, lab):
    with bench.running(lab) as opened:
        yield opened


def test_a_ticket_is_mended_by_the_right_fix_only_and_the_next_ones_are_others(session, lab, shell_on):
    made = trouble.make(session, lab, seed=3)
    assert str(made.report).startswith("“")
    before = grade(lab, session, attempt=True)
    assert score(before).points < lab.points

    shell = shell_on(session, made.placed.node, "mine")
    read = shell.type(LOGS)
    assert not any(line in read for line in made.placed.put_in), "what was done can be read up"
    shell.type("sysctl -qw net.ipv6.conf.all.hop_limit=63")  # a fix of something else
    assert score(grade(lab, session, attempt=True)).points < lab.points
    for line in made.placed.take_out:
        shell.type(line)
    assert score(grade(lab, session, attempt=True)).points == lab.points

    places = offered(look(session, lab))
    first = [next(trouble.candidates(places, lab.id, seed)) for seed in range(10)]
    kinds = {placed.fault for placed in places}
    assert len({placed.fault for placed in first}) == min(10, len(kinds))
    assert [placed.key for placed in islice(trouble.candidates(places, lab.id, 3), 6)].count(made.placed.key) == 1


def test_a_fault_that_nobody_notices_is_taken_out_and_the_next_is_taken(session, lab, monkeypatch):
    dud = trouble.Placed("dud", "dud", "r1", "lo", ("ip link set lo mtu 1400",), ("ip link set lo mtu 65536",))
    real = next(placed for placed in offered(look(session, lab)) if placed.fault.startswith("link"))
    monkeypatch.setattr(trouble, "candidates", lambda places, name, seed: iter([dud, real]))
    monkeypatch.setattr(trouble, "SHOWS", 2.0)
    made = trouble.make(session, lab, seed=0)
    assert made.placed == real
    with Shell(session, "r1", "look") as shell:
        assert "mtu 65536" in shell.type("ip link show lo")
