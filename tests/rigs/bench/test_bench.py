import json

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Kind
from labs.registry.versions import newest
from rigs.bench import figures
from rigs.bench.first_visit import Needs, named
from rigs.bench.floor import plan
from rigs.bench.grading import probes_of, thirty
from rigs.bench.grading_script import HOW
from rigs.bench.ring import publish, ring
from rigs.bench.run import tell_found
from rigs.bench.sixty_nodes import sixty_nodes

MEASURED = {
    "floor_s": 0.5,
    "docker_run_s": 0.2,
    "cold_s": 1.0,
    "sixty_s": 3.0,
    "sixty_floor_s": 2.4,
    "per_node_s": 3.0,
    "stop_s": 0.1,
    "grade_pass_s": 1.5,
    "grade30_s": 0.3,
    "grade1_s": 0.06,
    "grade_bare_s": 0.25,
    "grade_over_bare": 1.2,
    "echo_p95_ms": 4.0,
    "exec_p95_ms": 1.5,
    "memory_mb": 240.0,
    "daemons_mb": 200.0,
    "terminal_mb": 2.0,
    "six_router_mb": 190.0,
    "warm_p95_s": 0.15,
    "forty_floor_s": 30.0,
    "forty_s": 36.0,
    "echo100_p95_ms": 12.0,
    "exec100_p95_ms": 5.0,
    "gateway_mb_each": 0.4,
    "lesson_queries": 8,
    "lesson_p95_ms": 7.0,
    "lesson_first_visit_kb": 101.0,
    "lab_first_visit_kb": 123.0,
    "first_page_slow_s": 3.0,
    "lesson_slow_s": 4.0,
    "answer_slow_s": 3.0,
    "lab_page_slow_s": 6.6,
    "check_slow_s": 5.0,
    "predicted_echo_ms": 12.0,
    "untouched_verdict_s": 2.6,
    "verdict_after_change_s": 0.8,
    "quiet_page_cpu_percent": 0.9,
}


def test_a_percentile_is_one_of_the_values():
    assert figures.percentile([float(n) for n in range(1, 101)], 0.95) == 95
    assert figures.percentile([3.0, 1.0, 2.0], 0.95) == 3
    assert figures.percentile([7.0], 0.5) == 7


def test_there_is_no_percentile_of_nothing():
    with pytest.raises(ValueError, match="of nothing"):
        figures.percentile([], 0.95)


def test_runs_become_their_medians_and_one_slow_run_does_not_count():
    runs = [{"cold_s": cold, "stop_s": 1.0} for cold in (1.0, 1.2, 9.0, 1.1, 1.3)]
    assert figures.middle(runs) == {"cold_s": 1.2, "stop_s": 1.0}


def test_a_measure_that_one_run_lacks_is_left_out():
    assert figures.middle([{"a": 1.0, "b": 1.0}, {"a": 3.0}]) == {"a": 2.0}


def test_a_start_is_compared_without_the_one_docker_run_in_it():
    found = figures.with_ratios(MEASURED)
    assert found["cold_over_floor"] == pytest.approx(1.6)
    assert found["per_node_over_cold"] == pytest.approx(3.0)
    assert found["echo_p95_over_exec_ms"] == pytest.approx(2.5)
    assert found["memory_over_pss"] == pytest.approx(1.2)
    assert found["sixty_over_floor"] == pytest.approx(1.25)


def test_what_could_not_be_measured_is_null_and_the_rest_stands():
    found = figures.with_ratios({name: value for name, value in MEASURED.items() if name != "daemons_mb"})
    assert found["memory_over_pss"] is None
    assert found["cold_over_floor"] == pytest.approx(1.6)


def test_the_last_line_is_json_with_every_key():
    found = json.loads(figures.last_line(figures.with_ratios(MEASURED)))
    assert {
        "floor_s",
        "cold_s",
        "docker_run_s",
        "cold_over_floor",
        "per_node_s",
        "per_node_over_cold",
        "warm_p95_s",
        "forty_over_floor",
        "six_router_mb",
        "memory_over_pss",
        "echo100_p95_over_exec_ms",
        "gateway_mb_each",
        "stop_s",
        "grade_pass_s",
        "grade30_s",
        "grade1_s",
        "grade_over_bare",
        "echo_p95_over_exec_ms",
        "lesson_queries",
        "lesson_p95_ms",
        "lesson_first_visit_kb",
        "lab_first_visit_kb",
        "lab_page_slow_s",
        "predicted_echo_ms",
        "untouched_verdict_s",
        "verdict_after_change_s",
        "quiet_page_cpu_percent",
    } <= set(found)


def test_the_table_says_what_was_kept_and_what_was_missed():
    lines = {line.split()[0]: line for line in figures.table(figures.with_ratios(MEASURED))}
    assert lines["cold_over_floor"].endswith("at most 1.5: MISSED")
    assert lines["forty_over_floor"].endswith("at most 1.3: kept")
    assert lines["echo100_p95_over_exec_ms"].endswith("at most 5: MISSED")
    assert lines["per_node_over_cold"].endswith("at least 2.5: kept")
    assert lines["grade_pass_s"].endswith("at most 1: MISSED")
    assert lines["grade30_s"].endswith("at most 0.5: kept")
    assert lines["grade1_s"].endswith("at most 0.05: MISSED")
    assert lines["grade_over_bare"].endswith("at most 1.3: kept")
    assert lines["verdict_after_change_s"].endswith("at most 2: kept")
    assert lines["lesson_first_visit_kb"].endswith("at most 100: MISSED")
    assert not lines["floor_s"].endswith(("kept", "MISSED"))


def test_a_part_of_the_benchmark_tells_nothing_about_the_others():
    said = []
    tell_found(said.append, {"untouched_verdict_s": 2.5, "not_a_figure": 1.0})
    assert [line.split()[0] for line in said[:-1]] == ["untouched_verdict_s"]
    assert json.loads(said[-1]) == {"untouched_verdict_s": 2.5}


def test_a_lab_of_ours_is_published_as_it_is(tmp_path):
    publish(ring(6), tmp_path)
    lab = load_lab(tmp_path / "bench-ring-6")
    assert {name: node.loopback for name, node in lab.nodes.items()} == {
        name: node.loopback for name, node in ring(6).nodes.items()
    }
    assert [str(end) for link in lab.links for end in link.ends] == [
        str(end) for link in ring(6).links for end in link.ends
    ]


def test_the_lab_has_eight_frr_routers_and_twelve_links():
    lab = ring()
    assert [node.kind for node in lab.nodes.values()] == [Kind.FRR] * 8
    assert len(lab.links) == 12
    assert {len(lab.interfaces(name)) for name in lab.nodes} == {3}
    addresses = [address for link in lab.links for end in link.ends for address in end.addresses]
    assert len(set(addresses)) == 48


def test_the_floor_makes_the_same_links_and_starts_the_same_daemons():
    made = plan(ring())
    assert list(made["nodes"]) == list(ring().nodes)
    assert len(made["links"]) == 12
    assert made["links"][0].format(r1=11, r2=12) == "link add name eth0 netns 11 type veth peer name eth0 netns 12"
    assert "address add 2001:db8:ff::1/128 dev lo" in made["nodes"]["r1"]
    assert all(name in made["start"]["r1"] for name in ("mgmtd", "zebra", "staticd", "bgpd", "ospf6d"))


def test_the_large_lab_has_sixty_nodes_of_three_kinds_and_its_floor_their_files():
    lab = sixty_nodes()
    assert [len([n for n in lab.nodes.values() if n.kind is kind]) for kind in (Kind.FRR, Kind.BIRD, Kind.HOST)] == [
        20
    ] * 3
    assert len(lab.links) == 70
    assert "cat >/etc/bird/bird.conf <<'VAKA'\nrouter id 192.0.2.101;" in plan(lab)["start"]["b1"]


PAGE = """<link rel="icon" href="/static/icon.1.svg"><link rel="stylesheet" href="/static/a.css"><link rel="next" href="/two">
<script type="importmap">{"imports": {"lib": "/static/lib.2.mjs", "late": "/static/late.3.mjs"}}</script>
<script type="module" src="/static/page.js"></script><script>const href = "no.js";</script><img src="/static/picture.png">"""


def test_a_first_visit_needs_the_files_of_a_page_and_what_these_name_but_no_pictures():
    needs = Needs("http://localhost/lesson/", PAGE)
    files = [f"http://localhost/static/{name}" for name in ("icon.1.svg", "a.css", "page.js")]
    assert needs.files == files
    script = "import { Line } from 'lib';\nimport './side.js';\nconst later = await import('late');"
    found = ["http://localhost/static/lib.2.mjs", "http://localhost/static/side.js"]
    assert named(files[2], script, needs.modules) == found
    style = '@import "b.css"; p { background: url(data:x) } @font-face { src: url("f.woff2") }'
    assert named(files[1], style, {}) == ["http://localhost/static/b.css", "http://localhost/static/f.woff2"]
    assert named(files[0], script, needs.modules) == []


def test_thirty_checks_are_graded_and_the_bare_script_knows_each_of_their_probes():
    lab = thirty(newest("ospfv3-one-area"))
    assert len(list(lab.checks())) == 30
    assert {probe["ask"] for probe in probes_of(lab)} == set(HOW)
