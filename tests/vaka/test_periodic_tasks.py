"""The periodic tasks: how often they run on a slow server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parents[2]
ASKED = (
    "import json, vaka.settings as s;"
    "print(json.dumps({name: line['schedule'].total_seconds() for name, line in s.CELERY_BEAT_SCHEDULE.items()}))"
)


def periods(state: Path, pace: float) -> dict[str, float]:
    """The seconds between two runs of each periodic task."""
    environment = {
        **os.environ,
        "VAKA_STATE": str(state),
        "VAKA_PACE": str(pace),
        "PYTHONPATH": f"{CLONE}/platform:{CLONE}",
    }
    said = subprocess.run([sys.executable, "-c", ASKED], cwd=CLONE, env=environment, capture_output=True, check=True)
    return json.loads(said.stdout)


def test_the_periodic_tasks_do_not_use_up_the_cpu_of_a_slow_server(tmp_path):
    usual, rather_slow, very_slow = (periods(tmp_path, pace) for pace in (1, 4, 20))
    assert rather_slow == usual
    assert very_slow == pytest.approx({name: 5 * period for name, period in usual.items()})
