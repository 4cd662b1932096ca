"""Our labs on a whole real site: untouched they score next to nothing; the solution, typed into their terminals, all; and a lab
that was stopped and resumed has the points that its proof promises.

A lab whose proof holds has been solved on this engine and this image. Of these, only the largest of each flavour of the image is
played here. A lab that is not what was proven is played too. If only the code that all labs share has changed since, not all forty
are played: as many as together use each kind of node and each daemon. Check types are tried on networks of their own
(tests/live/test_every_check.py).
"""

import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import cycle, islice
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.catalog import Catalog
from labs.engine.proof import record
from labs.engine.proof.parts import PARTS, parts_of
from labs.engine.runtime.driver import Engine
from tests.live.whole_site import Up
from vaka.ops.demo import READY_SECONDS, Demo
from vaka.ops.site_client import SiteClient, Unexpected

# Six routers that Ansible changes at once keep two cores busy for minutes: beside other tests their own clocks run out
pytestmark = [pytest.mark.live, pytest.mark.alone]
# Nobody starts a class lab alone: tests/live/test_class.py plays it
LABS = {
    name: lab for name, lab in Catalog(Path(parse.__file__).parents[2] / "catalog").labs.items() if not lab.has_bots
}


def played(labs):
    """Return the names of the labs to play, in the order of the catalogue."""
    largest = {lab.image: lab.id for lab in sorted(labs.values(), key=lambda lab: len(lab.nodes))}
    changed = {name: changed_parts(lab) for name, lab in labs.items()}
    chosen = {*largest.values(), *(name for name, parts in changed.items() if "lab" in parts)}
    of_shared_code = [labs[name] for name, parts in changed.items() if parts]
    chosen |= uses_everything(of_shared_code, {use for name in chosen for use in uses(labs[name])})
    return [name for name in labs if name in chosen]


def changed_parts(lab):
    found = record.read(lab)
    return PARTS if found is None else found.changed_parts(parts_of(lab))


def uses_everything(labs, used):
    """Return the names of labs that together use all that these labs use, the lab with the most that is new first."""
    chosen = set()
    missing = {use for lab in labs for use in uses(lab)} - used
    while missing:
        best = max(labs, key=lambda lab: len(uses(lab) & missing))
        chosen.add(best.id)
        missing -= uses(best)
    return chosen


def uses(lab):
    return {program for node in lab.nodes.values() for program in (node.kind, *node.daemons)}


PLAYED = played(LABS)
UNTOUCHED = 15  # of a hundred points, at most


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return the run of each lab that is played, by its name: a future that holds what it measured, or its error.

    As many people as the machine has cores solve the labs at the same time, one after the other each.
    """
    folder = tmp_path_factory.mktemp("labs")
    site = Up(folder / "state", folder / "up.log")
    try:
        site.until_it_serves()
        people = json.loads((site.state / "credentials/demo_people.json").read_text()).items()
        with ExitStack() as together:
            hands = [(who, together.enter_context(ThreadPoolExecutor(1))) for who in islice(people, os.cpu_count())]
            yield {lab: hand.submit(solve, site, who, lab) for lab, (who, hand) in zip(PLAYED, cycle(hands))}
        engine = Engine((site.state / "site_id").read_text().strip())
        assert engine.sessions() == {}
        engine.close()
    finally:
        site.end()


def solve(site, who, lab):
    steps = []
    job = Demo(f"http://localhost:{site.port}", site.state, who, steps.append, lab)
    with SiteClient(job.site) as visitor:
        job.sign_in(visitor)
        job.learn(visitor)
        session = job.start(visitor)
        try:
            job.work(visitor, session)
            job.stop(visitor, session)
            session = resume(visitor, job)
            points, _, _ = job.grade(visitor, session)
            job.found["resumed"] = points, list(what_did_not_pass(site.state, session))
        except Unexpected as error:
            error.add_note("\n".join(what_did_not_pass(site.state, session)))
            raise
        finally:
            job.stop(visitor, session)
    return job.found


def resume(visitor, job):
    form = visitor.read(f"/labs/{job.lab}/").form(with_field="resume")
    session = visitor.send_for_json(f"/labs/{job.lab}/start", resume=form.fields["resume"])["session"]
    job.follow(visitor, session, lambda status: status["state"] == "ready", READY_SECONDS, "ready")
    return session


def what_did_not_pass(state, session):
    """The verdicts that did not pass, from the newest attempt of a session, for the log of a run: it has nothing else."""
    verdicts = """SELECT check_id, outcome, round(seconds, 1), node, seen FROM labs_verdictrecord WHERE outcome != 'passed'
        AND attempt_id = (SELECT max(id) FROM labs_attempt WHERE session_id = ?) ORDER BY id"""
    with closing(sqlite3.connect(state / "database/db.sqlite3")) as database:
        for check, outcome, seconds, node, seen in database.execute(verdicts, [session.replace("-", "")]):
            yield f"{check} {outcome} after {seconds} s on {node}: {seen}"


@pytest.mark.parametrize("name", PLAYED)
def test_the_untouched_lab_scores_little_and_the_solution_all(name, runs):
    found = runs[name].result()
    assert found["score_before"] <= UNTOUCHED
    assert found["score_after"] == 100


@pytest.mark.parametrize("name", PLAYED)
def test_the_solved_lab_has_the_points_that_it_promises_after_it_was_stopped_and_resumed(name, runs):
    points, failed = runs[name].result()["resumed"]
    assert points == LABS[name].points_after_resume, failed
