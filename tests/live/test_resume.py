"""Ada stops, and goes on; then the power goes, and one command brings her lab back; then the site moves. On a whole site."""

import json

import pytest

from labs.engine.runtime.driver import Engine
from labs.engine.shared import pace
from tests.live.whole_site import Up, manage
from vaka.ops.demo import Demo
from vaka.ops.site_client import SiteClient
from vaka.ops.terminal_client import TerminalClient

pytestmark = pytest.mark.live
LAB = "slaac-two-routers"
READY = pace.seconds(60)


@pytest.fixture
def up(tmp_path):
    site = Up(tmp_path / "state", tmp_path / "up.log")
    try:
        yield site.until_it_serves()
    finally:
        site.end()


def type_on_r1(site, visitor, session, line):
    opened = visitor.send_for_json(f"/labs/sessions/{session}/terminal-token", node="r1")
    with TerminalClient(opened["url"], opened["token"], site) as terminal:
        terminal.wait_for_prompt()
        return terminal.type(line)


def ready(status):
    assert status["state"] != "failed", status
    return status["state"] == "ready"


def saved(status):
    return bool(status["job"] and status["job"]["over"])


def command(up, *words):
    done = manage(up.environment, *words, timeout=pace.seconds(60))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_work_is_there_again_after_a_stop_and_after_a_power_cut(up):
    site = f"http://localhost:{up.port}"
    who = next(iter(json.loads((up.state / "credentials/demo_people.json").read_text()).items()))
    job = Demo(site, up.state, who, lambda step: None, LAB)
    engine = Engine((up.state / "site_id").read_text().strip())

    with SiteClient(site) as ada:
        job.sign_in(ada)
        first = job.start(ada)
        type_on_r1(site, ada, first, "echo morning > /root/mine; sysctl -qw net.ipv4.ip_default_ttl=42")
        job.stop(ada, first)
        form = ada.read(f"/labs/{LAB}/").form(with_field="resume")
        second = str(ada.send_for_json(f"/labs/{LAB}/start", resume=form.fields["resume"])["session"])
        job.follow(ada, second, ready, READY, "ready")
        said = type_on_r1(
            site, ada, second, "cat /root/mine /proc/sys/net/ipv4/ip_default_ttl; echo noon >> /root/mine"
        )
        assert "morning\n42\n" in said
        ada.send_for_json(f"/labs/sessions/{second}/save")
        job.follow(ada, second, saved, READY, "saved")

        engine.remove(second)
        assert "from the save of" in command(up, "resume_all")
        page = ada.read(f"/labs/{LAB}/")
        stop = page.form(ending="/stop")
        third = stop.action.rstrip("/").split("/")[-2]
        assert third != second
        job.follow(ada, third, ready, READY, "ready")
        assert "morning\nnoon\n" in type_on_r1(site, ada, third, "cat /root/mine")
        job.stop(ada, third)
    assert engine.sessions() == {}
    engine.close()


def test_a_backup_that_is_made_while_people_work_serves_elsewhere_and_their_labs_go_on(up, tmp_path):
    people = json.loads((up.state / "credentials/demo_people.json").read_text())
    who = next(iter(people.items()))
    job = Demo(f"http://localhost:{up.port}", up.state, who, lambda step: None, LAB)
    with SiteClient(job.site) as ada:
        job.sign_in(ada)
        first = job.start(ada)
        type_on_r1(job.site, ada, first, "echo morning > /root/mine")
        ada.send_for_json(f"/labs/sessions/{first}/save")
        job.follow(ada, first, saved, READY, "saved")
        assert "the database and" in command(up, "backup", str(tmp_path / "site.tar.gz"))
    up.end()

    there = Up(tmp_path / "elsewhere", tmp_path / "elsewhere.log", starts=False)
    assert "Start the site" in command(there, "restore", str(tmp_path / "site.tar.gz"))
    there.begin()
    try:
        there.until_it_serves()
        assert json.loads((there.state / "credentials/demo_people.json").read_text()) == people
        job = Demo(f"http://localhost:{there.port}", there.state, who, lambda step: None, LAB)
        with SiteClient(job.site) as ada:
            job.sign_in(ada)
            assert "from the save of" in command(there, "resume_all")
            second = ada.read(f"/labs/{LAB}/").form(ending="/stop").action.rstrip("/").split("/")[-2]
            job.follow(ada, second, ready, READY, "ready")
            assert "morning\n" in type_on_r1(job.site, ada, second, "cat /root/mine")
            job.stop(ada, second)
    finally:
        there.end()
