"""The benchmark, once and short: it ends, prints its figures, and leaves nothing."""

import json
import subprocess
import sys

import pytest

from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace
from labs.registry.versions import all_labs
from rigs.bench.bench_site import BENCH
from rigs.bench.figures import FIGURES
from vaka.ops.programs import clone

pytestmark = pytest.mark.live
LABS = 2


def left_behind():
    api = Engine("anything").client.api
    found = [*api.containers(all=True, filters={"label": BENCH}), *api.networks(filters={"label": BENCH})]
    api.close()
    return found


def test_a_short_benchmark_measures_everything_and_leaves_nothing():
    command = [sys.executable, "manage.py", "bench", "--runs", "1", "--keys", "20", "--people", "2"]
    command += ["--labs", str(LABS)]
    done = subprocess.run(command, cwd=clone(), capture_output=True, text=True, timeout=pace.seconds(400))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert list(found) == [figure.key for figure in FIGURES]
    of_the_thin_link = {figure.key for figure in FIGURES if figure.what.startswith("thin link")}
    assert {key for key, value in found.items() if value is None} == of_the_thin_link, (
        "make bench measures it, in minutes"
    )
    may_be_nothing = ("_over_exec_ms", "terminal_mb", "gateway_mb_each")
    positive = [key for key in found if key not in of_the_thin_link and not key.endswith(may_be_nothing)]
    assert all(found[key] > 0 for key in positive)
    [seats] = [
        line for line in done.stdout.splitlines() if line.startswith("Seats on a machine with 16 GB, by memory: ")
    ]
    assert all(f"{lab.id} " in seats for lab in all_labs()[:LABS])
    assert done.stderr == ""
    assert left_behind() == []
