"""The demo against a site that answers from a list: what it measures, and what it does not accept."""

import json
import ssl
from contextlib import nullcontext

import pytest
from django.core.management import call_command

from vaka.ops import demo_people
from vaka.ops.demo import Demo, course_of
from vaka.ops.site_client import Page, Unexpected

LAB = "first-ebgp"
SESSION = "0c3f"
STATUS = f"/labs/sessions/{SESSION}/status"
READY = {"state": "ready", "progress": [], "error": "", "detail": "", "seed": 0, "job": None, "attempt": None}


class Site:
    """Answers each path from its list, the last answer again and again, and keeps what was posted."""

    def __init__(self, **answers):
        self.answers = {"pages": {}, "posts": {}, "status": [READY], **answers}
        self.posted = []

    def read(self, path):
        return Page(f"http://vaka.example{path}", self.answers["pages"][path])

    def send_for_json(self, path, **fields):
        self.posted.append(path)
        return self.answers["posts"].get(path, {})

    def read_json(self, path):
        assert path == STATUS
        left = self.answers["status"]
        return left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def steps():
    return []


@pytest.fixture
def demo(tmp_path, steps):
    return Demo("http://vaka.example", tmp_path, ("trainee", "secret"), steps.append, LAB)


def graded(score, verdicts, job=1):
    return {**READY, "attempt": {"job": job, "score": score, "out_of": 40, "verdicts": verdicts}}


def test_the_times_of_the_set_up_are_those_that_it_wrote(demo, tmp_path):
    assert demo.found == {"lab": LAB, "image_build_s": 0.0, "setup_s": 0.0}
    (tmp_path / "host").mkdir()
    (tmp_path / "host" / "setup.json").write_text(json.dumps({"setup_s": 12.5, "other": 1}))
    assert demo.set_up_times() == {"image_build_s": 0.0, "setup_s": 12.5}


def test_the_course_of_a_lab_has_a_lesson_that_leads_to_it():
    assert course_of(LAB) == "first-steps"
    with pytest.raises(Unexpected, match="No lesson leads to the lab no-such-lab"):
        course_of("no-such-lab")


def test_a_lab_is_followed_until_it_is_ready_and_each_step_is_told_once(demo, steps):
    first, second = ({"step": name, "seconds": 0.5} for name in ("Container", "Network"))
    starting = {**READY, "state": "starting", "progress": [first]}
    site = Site(
        pages={f"/labs/{LAB}/": f'<form method="post" action="/labs/{LAB}/start"></form>'},
        posts={f"/labs/{LAB}/start": {"session": SESSION}},
        status=[starting, starting, {**READY, "progress": [first, second]}],
    )
    assert demo.start(site) == SESSION
    assert [step.strip() for step in steps if "0.50 s" in step] == ["Container (0.50 s)", "Network (0.50 s)"]
    assert 0 < demo.found["ready_s"] < 5


def test_a_lab_that_an_earlier_demo_left_running_is_stopped_first(demo):
    site = Site(
        pages={f"/labs/{LAB}/": f'<form method="post" action="/labs/sessions/{SESSION}/stop"></form>'},
        posts={f"/labs/{LAB}/start": {"session": SESSION}},
        status=[{**READY, "state": "stopped"}, READY],
    )
    demo.start(site)
    assert site.posted == [f"/labs/sessions/{SESSION}/stop", f"/labs/{LAB}/start"]


def test_a_lab_that_fails_ends_the_demo_with_its_error(demo):
    site = Site(
        pages={f"/labs/{LAB}/": f'<form method="post" action="/labs/{LAB}/start"></form>'},
        posts={f"/labs/{LAB}/start": {"session": SESSION}},
        status=[{**READY, "state": "failed", "error": "No engine answers."}],
    )
    with pytest.raises(Unexpected, match="The lab did not start: No engine answers"):
        demo.start(site)


def test_a_lab_that_stays_in_a_state_ends_the_demo(demo):
    with pytest.raises(Unexpected, match="After 0 s the lab is ready, not stopped"):
        demo.follow(Site(), SESSION, lambda status: status["state"] == "stopped", 0, "stopped")


def test_a_result_is_that_of_the_check_that_was_requested(demo, steps):
    check = f"/labs/sessions/{SESSION}/check"
    site = Site(
        posts={check: {"job": {"id": 2}}},
        status=[graded(40, {"a": "passed"}, job=1), graded(10, {"a": "passed", "b": "failed"}, job=2)],
    )
    points, _seconds, verdicts = demo.grade(site, SESSION)
    assert (points, verdicts) == (25, {"a": "passed", "b": "failed"})
    assert "graded: 25 of 100 (1 of 2 checks passed)" in steps[-1]


def test_a_check_that_cannot_be_graded_ends_the_demo(demo):
    failed = {**READY, "job": {"id": 1, "error": "The lab is gone.", "detail": ""}}
    site = Site(posts={f"/labs/sessions/{SESSION}/check": {"job": {"id": 1}}}, status=[failed])
    with pytest.raises(Unexpected, match="The lab was not graded: The lab is gone"):
        demo.grade(site, SESSION)


def test_an_untouched_lab_with_many_points_ends_the_demo(demo, monkeypatch):
    monkeypatch.setattr(demo, "grade", lambda client, session: (60, 0.1, {}))
    with pytest.raises(Unexpected, match="The untouched lab has 60 points; at most 40"):
        demo.work(Site(), SESSION)


def test_a_solution_without_all_points_names_the_checks_that_did_not_pass(demo, monkeypatch):
    results = iter([(0, 0.1, {}), (90, 0.1, {"up": "passed", "route": "failed"})])
    typed = {}
    monkeypatch.setattr(demo, "grade", lambda client, session: next(results))
    monkeypatch.setattr(demo, "type_solution", lambda client, session, node, lines: typed.update({node: lines}))
    with pytest.raises(Unexpected, match="scored 90 points instead of 100: route failed"):
        demo.work(Site(), SESSION)
    assert typed, "the solution was typed before the second check"
    assert (demo.found["score_before"], demo.found["score_after"]) == (0, 90)


def test_behind_a_web_server_the_client_comes_to_the_address_of_the_site(settings, monkeypatch, tmp_path, capsys):
    settings.BEHIND_PROXY, settings.PUBLIC_URL, settings.STATE_DIR = True, "https://learn.example.org", tmp_path
    came = []

    def run(demo):
        came.append((demo.site, demo.tls.verify_mode))
        return {"ready_s": 1}

    monkeypatch.setattr(Demo, "run", run)
    monkeypatch.setattr(demo_people, "visitor", lambda state: nullcontext(("ada", "secret")))
    call_command("demo")
    assert came == [("https://learn.example.org", ssl.CERT_REQUIRED)]
    assert capsys.readouterr().out == '{"ready_s": 1}\n'
