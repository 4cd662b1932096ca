"""A workshop of two, played whole: nothing goes wrong, the room view is right, and nothing is left."""

import json
import subprocess
import sys

import pytest

from labs.engine.runtime.driver import SESSION, Engine
from vaka.ops.programs import clone

pytestmark = [pytest.mark.live, pytest.mark.alone]


def labs():
    api = Engine("anything").client.api
    found = {container["Id"] for container in api.containers(all=True, filters={"label": SESSION})}
    api.close()
    return found


def test_two_people_play_a_workshop_through():
    before = labs()
    command = [sys.executable, "manage.py", "rehearsal", "--seats", "2", "--keys", "20", "--lab", "first-ebgp"]
    done = subprocess.run(command, cwd=clone(), capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["errors"], found["room_view_wrong"]) == (0, 0)
    assert all(found[key] > 0 for key in ("ready_s", "page_p95_s", "echo_p95_s", "room_p95_s", "peak_mb"))
    assert labs() <= before
