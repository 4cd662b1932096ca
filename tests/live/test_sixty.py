"""One lab of sixty nodes: every prompt is usable, and what we ask, draw and reset is as in a small one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from labs.engine.runtime import link_state
from rigs.bench.cold_start import first_prompt
from rigs.bench.sixty_nodes import sixty_nodes

pytestmark = [pytest.mark.live, pytest.mark.alone]


@pytest.fixture(scope="module")
def large(runner):
    with runner.running(sixty_nodes(), seconds=240) as session:
        yield session


def test_every_prompt_of_sixty_nodes_answers_at_once(large):
    nodes = sixty_nodes().nodes
    with ThreadPoolExecutor(len(nodes)) as people:
        for shell in people.map(lambda node: first_prompt(large, node), nodes.values()):
            shell.close()
    assert {name for name, node in large.status()["nodes"].items() if node["up"]} == set(nodes)


def test_all_its_cables_are_seen_and_all_its_nodes_answer_in_one_round_trip(large):
    lab = sixty_nodes()
    ends = link_state.read_link_states(lab, large, seconds=60)
    assert (len(ends), set(ends.values())) == (140, {"UP"})
    answers = large.ask([{"ask": "processes", "node": name} for name in lab.nodes for _ in range(6)], seconds=90)
    assert (len(answers), all(answer["ok"] for answer in answers)) == (360, True)


def test_one_of_its_nodes_is_reset_and_the_others_stay(large):
    large.reset("r7", seconds=90, on_step=lambda step, seconds: None)
    first_prompt(large, sixty_nodes().nodes["r7"]).close()
    assert link_state.read_link_states(sixty_nodes(), large, seconds=60)["r8:eth1"] == "UP"
