"""Each stored backup of a release is restored, and served by today's code. docs/releasing.md says how they are made.

Their secret keys and passwords belong to sites that existed for a minute.
"""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.live.test_resume import LAB, READY, command, ready, type_on_r1
from tests.live.whole_site import Up
from vaka.ops.demo import Demo
from vaka.ops.site_client import SiteClient

pytestmark = pytest.mark.live
TIME = "%Y-%m-%d %H:%M:%S.%f"
RELEASES = sorted((Path(__file__).parents[1] / "fixtures/releases").glob("*.tar.gz"))


def bring_to_today(file):
    """Let the lab have run until a moment ago: the lab of a backup that is older than its time has ended regularly."""
    now = datetime.now(UTC)
    was = ", ".join(f"{name} = :now" for name in ("created_at", "admitted_at", "ready_at", "state_at", "active_at"))
    times = {"now": now.strftime(TIME), "later": (now + timedelta(hours=1)).strftime(TIME)}
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"UPDATE labs_labsession SET {was}, ends_at = :later", times)
        database.execute("UPDATE labs_save SET made_at = :now", times)


def test_there_are_releases_to_upgrade_from():
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES, ids=lambda file: file.name.removesuffix(".tar.gz"))
def test_accounts_results_workshops_and_saved_work_of_a_release_are_there_after_the_upgrade(release, tmp_path):
    site = Up(tmp_path / "state", tmp_path / "up.log", starts=False)
    assert "Start the site" in command(site, "restore", str(release))
    bring_to_today(site.state / "database/db.sqlite3")
    site.begin()
    try:
        site.until_it_serves()
        people = json.loads((site.state / "credentials/demo_people.json").read_text())
        address = f"http://localhost:{site.port}"
        job = Demo(address, site.state, ("trainee", people["trainee"]), lambda step: None, LAB)
        with SiteClient(address) as trainee:
            job.sign_in(trainee)
            assert "from the save of" in command(site, "resume_all")
            session = trainee.read(f"/labs/{LAB}/").form(ending="/stop").action.rstrip("/").split("/")[-2]
            job.follow(trainee, session, ready, READY, "ready")
            assert "morning\n" in type_on_r1(address, trainee, session, "cat /root/mine")
            job.stop(trainee, session)
        with closing(sqlite3.connect(site.state / "database/db.sqlite3")) as database:
            graded = database.execute("SELECT count(*) FROM labs_attempt WHERE kind = 'attempt'").fetchone()
            assert graded == (1,)
            assert database.execute("SELECT title FROM workshops_workshop").fetchall() == [("Reef NOG 1",)]
    finally:
        site.end()
