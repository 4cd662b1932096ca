"""Each of our labs on a whole real site: untouched it scores next to nothing, and the solution, typed into its terminals, all."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labs.engine.authoring import parse
from labs.engine.authoring.catalog import Catalog
from labs.engine.runtime.driver import Engine
from tests.live.whole_site import Up
from vaka.ops.demo import Demo
from vaka.ops.site_client import SiteClient

pytestmark = pytest.mark.live
# A lab for a class is started by nobody alone: tests/live/test_class.py plays it
LABS = {
    name: lab for name, lab in Catalog(Path(parse.__file__).parents[2] / "catalog").labs.items() if not lab.has_bots
}
UNTOUCHED = 15  # of a hundred points, at most
SHORT = 15  # minutes of a lab that has two stages


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """What became of each lab: four people solve them at the same time, one after the other each."""
    folder = tmp_path_factory.mktemp("labs")
    site = Up(folder / "state", folder / "up.log")
    try:
        site.until_it_serves()
        people = list(json.loads((site.state / "credentials/demo_people.json").read_text()).items())
        with ThreadPoolExecutor(len(people)) as pool:
            shares = [list(LABS)[number :: len(people)] for number in range(len(people))]
            done = pool.map(lambda who, labs: {lab: solve(site, who, lab) for lab in labs}, people, shares)
            yield {lab: found for share in done for lab, found in share.items()}
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
        finally:
            job.stop(visitor, session)
    return job.found


@pytest.mark.parametrize("name", LABS)
def test_the_untouched_lab_scores_little_and_the_solution_all(name, solved):
    assert solved[name]["score_before"] <= UNTOUCHED
    assert solved[name]["score_after"] == 100


@pytest.mark.parametrize("name", LABS)
def test_a_lab_has_stages_and_a_hundred_points(name):
    assert len(LABS[name].stages) >= (2 if LABS[name].minutes <= SHORT else 3)
    assert LABS[name].points == 100
