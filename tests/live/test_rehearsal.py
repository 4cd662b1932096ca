"""A workshop of two, played whole: nothing goes wrong, the room view is right, and nothing is left."""

import json
import secrets
import subprocess
import sys

import pytest

from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace
from rigs import temporary_site
from vaka.ops.programs import clone

pytestmark = pytest.mark.live


def test_two_people_play_a_workshop_through(tmp_path):
    name = secrets.token_hex(8)  # its labs are known by this name of its site
    (tmp_path / "state").mkdir()
    (tmp_path / "state/site_id").write_text(name)
    command = [sys.executable, "manage.py", "rehearsal", "--seats", "2", "--keys", "20", "--lab", "first-ebgp"]
    its_own = temporary_site.environment(tmp_path / "state")
    done = subprocess.run(command, cwd=clone(), env=its_own, capture_output=True, text=True, timeout=pace.seconds(400))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["errors"], found["room_view_wrong"]) == (0, 0)
    assert all(found[key] > 0 for key in ("ready_s", "page_p95_s", "echo_p95_s", "room_p95_s", "peak_mb"))
    engine = Engine(name)
    assert engine.sessions() == {}
    engine.close()
