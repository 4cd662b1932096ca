import html
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.engine.text import Text
from labs.lifecycle.services import request_check
from labs.models import Attempt, Job, LabSession, State, VerdictRecord
from labs.views import lab_page
from tests import builders
from tests.labs.lifecycle.test_worker import FAILING

pytestmark = pytest.mark.django_db(transaction=True)

EVIL = "<script>alert('r1')</script>"


def page(client, lab):
    answer = client.get(f"/labs/{lab.id}/")
    assert answer.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", answer.text))


def url(name, session):
    return reverse(f"labs:{name}", args=[session.pk])


def test_before_the_start_the_page_has_the_guide_and_one_button(ada_client, lab):
    text = page(ada_client, lab)
    assert "Start the lab" in text
    assert "A router and a host." in text
    assert "sysctl -w net.ipv6.conf.all.forwarding=1" in text
    assert "1. Forwarding" in text
    assert "2. A file" in text
    assert "2001:db8::1/64" in text
    assert "<lab-terminals" not in text


def test_start_makes_a_session_and_comes_back_to_the_page(ada_client, lab, engine, queue):
    answer = ada_client.post(f"/labs/{lab.id}/start", follow=True)
    assert answer.redirect_chain == [(f"/labs/{lab.id}/", 302)]
    assert "Your lab is starting" in answer.text
    assert '<noscript><meta http-equiv="refresh"' in answer.text
    assert queue() == 1
    assert "Check my work" in page(ada_client, lab)


def test_ten_presses_in_two_windows_are_one_lab(ada, lab, engine, queue):
    windows = builders.signed_in(ada), builders.signed_in(ada)
    for press in range(10):
        windows[press % 2].post(f"/labs/{lab.id}/start")
    assert LabSession.objects.count() == 1
    queue()
    assert len(engine.started) == 1
    for window in windows:
        assert "Check my work" in page(window, lab)


def test_who_waits_sees_his_place_in_line_and_how_long_it_takes(ada_client, linus, lab, requested):
    LabSession.objects.update(admitted_at=None)
    LabSession.objects.create(
        learner=linus, lab=lab.id, lab_version="1", created_at=requested.created_at - timezone.timedelta(1)
    )
    text = page(ada_client, lab)
    assert 'You are number <span class="num">2</span> in line' in text
    assert re.search(r"About \d+ seconds?, and your lab starts by itself\.", text)


def test_whose_turn_has_come_is_told_so(ada_client, lab, requested):
    text = page(ada_client, lab)
    assert "Your lab is starting" in text
    assert "in line" not in text


def test_a_start_shows_each_step_with_its_seconds(ada_client, lab, requested):
    requested.move_to(State.STARTING)
    requested.came_to("queued", 0.4)
    requested.came_to("container", 0.61)
    text = page(ada_client, lab)
    assert "Your lab is starting" in text
    assert "0.6 s" in text
    assert "<b>Routers and hosts</b>" in text  # now


def test_a_ready_lab_has_terminals_time_and_buttons(ada_client, lab, ready):
    text = page(ada_client, lab)
    assert "50 min" in text
    nodes = json.loads(re.search(r'data-nodes="(\[.*?\])"', text)[1])
    assert [(node["name"], node["typeable"]) for node in nodes] == [("r1", True), ("h1", True)]
    assert 'href="#t-r1"' in text
    for button in ("Check my work", "Look now", "Reset …", "Stop the lab"):
        assert button in text
    assert "You are here" in text


def test_the_failed_check_has_five_parts_and_is_open(ada_client, lab, ready, engine, queue):
    engine.session_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    opened = re.search(r'<details class="v fail" id="verdict-file-fail" open>(.*?)</dl>', text)[1]
    for part in ("Expected", "Seen", "Look yourself", "Likely cause", "Read more"):
        assert part in opened
    assert 'href="https://www.rfc-editor.org/rfc/rfc8200"' in opened
    assert "Best so far: 6 of 10 points" in text
    assert "2 of 3 checks pass." in text


def test_hints_come_one_by_one(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    first = text.index("Show a hint (1 of 2)")
    assert first < text.index("It is a sysctl.") < text.index("Show a hint (2 of 2)")


def test_a_check_that_waits_says_for_what(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    assert "Waits until this check has passed: r1 forwards" in page(ada_client, lab)


def test_the_check_button_gives_a_script_the_panel_and_a_form_the_page(ada_client, lab, ready, engine, queue):
    answer = ada_client.post(url("check", ready), headers={"X-Vaka": "panel"})
    assert answer.status_code == 200
    assert "Checking your work" in answer.text
    assert "<html" not in answer.text
    assert 'id="panel"' in answer.text
    assert ada_client.post(url("check", ready)).status_code == 302
    queue()
    assert Attempt.objects.count() == 1


def test_a_look_does_not_count(ada_client, ready, engine, queue):
    ada_client.post(url("check", ready), {"kind": "look"})
    queue()
    assert Attempt.objects.get().kind == Attempt.Kind.LOOK


def test_a_reset_asks_first_and_takes_back_what_was_seen(ada_client, lab, ready, engine, queue):
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    assert "All nodes" in ada_client.get(url("reset", ready)).text
    ada_client.post(url("reset", ready), {"node": "r1"})
    assert "Resetting" in page(ada_client, lab)
    queue()
    text = page(ada_client, lab)
    assert engine.session_of(ready).resets == ["r1"]
    assert "Best so far: 10 of 10 points" in text
    assert "of 3 checks pass" not in text


def test_a_node_that_is_not_there_is_not_reset(ada_client, ready, queue):
    assert ada_client.post(url("reset", ready), {"node": "r9"}).status_code == 404
    assert queue() == 0


def test_stop_keeps_the_score_and_offers_a_new_start(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    ada_client.post(url("stop", ready))
    assert "Your lab is stopping" in page(ada_client, lab)
    queue()
    text = page(ada_client, lab)
    assert "Your lab has stopped" in text
    assert "Your best score, 0 of 10 points, is kept." in text
    assert "Start afresh" in text
    assert "Resume where you left off" in text


def test_one_lab_at_a_time_is_said_with_a_way_out(ada_client, lab, other_lab, ready, engine, queue):
    answer = ada_client.post(f"/labs/{other_lab.id}/start")
    assert answer.status_code == 409
    text = html.unescape(answer.text)
    assert "“First light” is still running, so “Second wind” did not start." in text
    assert "Go to “First light”" in text
    assert "Stop “First light”" in text
    answer = ada_client.post(url("stop", ready), {"then": other_lab.id})
    assert answer.url == f"/labs/{other_lab.id}/"
    queue()
    ada_client.post(f"/labs/{other_lab.id}/start")
    assert LabSession.objects.live().get().lab == other_lab.id


@pytest.mark.parametrize("how", FAILING)
def test_a_start_that_fails_reads_well(ada_client, lab, use_engine, queue, how):
    character, sentence = FAILING[how]
    use_engine(character)
    ada_client.post(f"/labs/{lab.id}/start")
    queue()
    text = page(ada_client, lab)
    assert "Your lab is not running" in text
    assert sentence in text
    assert "This cost you nothing." in text
    assert "Start again" in text


def test_a_broker_that_is_gone_reads_well(ada_client, lab, engine):
    answer = ada_client.post(f"/labs/{lab.id}/start", follow=True)
    assert "We could not start your lab: the queue does not answer. Nothing was lost." in answer.text
    assert "Start again" in answer.text


def test_a_check_with_the_broker_gone_reads_well(ada_client, lab, ready):
    answer = ada_client.post(url("check", ready), follow=True)
    assert "Your work was not checked" in answer.text
    assert "the queue does not answer. It cost you nothing." in answer.text


def test_a_check_of_a_lab_that_has_ended_says_so(ada_client, lab, ready):
    LabSession.objects.update(state=State.STOPPED)
    answer = ada_client.post(url("check", ready), follow=True)
    assert "The lab is not running, so nothing was done." in answer.text


@pytest.mark.parametrize("name", ["session", "panel", "status", "events", "check", "reset", "stop", "ticket"])
def test_another_person_s_session_is_not_there(linus_client, ready, name):
    method = linus_client.post if name in ("check", "stop", "ticket") else linus_client.get
    assert method(url(name, ready)).status_code == 404
    assert linus_client.post(url("reset", ready)).status_code == 404
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["check", "stop", "ticket"])
def test_what_changes_something_wants_a_post_with_our_token(ada, lab, ready, name):
    strict = type(builders.signed_in(ada))(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.get(url(name, ready)).status_code == 405
    assert strict.post(url(name, ready)).status_code == 403
    assert strict.post(f"/labs/{lab.id}/start").status_code == 403


def test_a_visitor_who_is_not_signed_in_is_asked_to(client, lab, ready):
    for address in (f"/labs/{lab.id}/", url("panel", ready), url("events", ready), "/labs/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")


def test_a_lab_that_is_not_there_is_not_found(ada_client, lab):
    assert ada_client.get("/labs/no-such-lab/").status_code == 404
    assert ada_client.post("/labs/no-such-lab/start").status_code == 404


def evil_attempt(ready):
    job = ready.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=timezone.now(), error=EVIL, detail=EVIL)
    moments = {name: timezone.now() for name in ("asked_at", "started_at", "finished_at")}
    attempt = Attempt.objects.create(
        session=ready, job=job, learner=ready.learner, lab=ready.lab, lab_version=ready.lab_version,
        kind="attempt", score=0, out_of=10, unknown=0, **moments,
    )  # fmt: skip
    seen = {"msgid": "The name is %(name)s", "params": {"name": EVIL}}
    for check, outcome in (("on", "failed"), ("still", "waiting"), ("file", "unknown")):
        VerdictRecord.objects.create(
            attempt=attempt, check_id=check, stage="forwarding", outcome=outcome, points=0, out_of=4,
            expected=Text.plain(EVIL).as_json(), seen=seen, cause=seen, command=f"hostname {EVIL}", node=f'r1"{EVIL}',
            read_more=[EVIL], evidence={EVIL: EVIL}, seconds=0.1,
        )  # fmt: skip
    return attempt


def test_what_comes_out_of_a_lab_is_text_on_every_page(ada, ada_client, lab, ready, engine):
    attempt = evil_attempt(ready)
    ada.is_staff = ada.is_superuser = True
    ada.save()
    pages = [f"/labs/{lab.id}/", url("panel", ready), f"/admin/labs/attempt/{attempt.pk}/change/"]
    pages += [f"/admin/labs/labsession/{ready.pk}/change/", "/admin/labs/labsession/"]
    for address in pages:
        LabSession.objects.update(error=EVIL, detail=EVIL)
        answer = ada_client.get(address)
        assert answer.status_code == 200
        assert EVIL not in answer.text, address
    LabSession.objects.update(state=State.FAILED)
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert EVIL not in text
    assert html.escape(EVIL) in text


def test_the_admin_only_reads(ada, ada_client, ready):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    assert ada_client.get("/admin/labs/labsession/add/").status_code == 403
    assert ada_client.post(f"/admin/labs/labsession/{ready.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ada_client.post(f"/admin/labs/labsession/{ready.pk}/change/", {"state": "stopped"}).status_code == 403


def test_a_translation_that_names_other_parameters_does_not_break_the_page(ready, monkeypatch):
    monkeypatch.setattr("labs.pages.stages.gettext", lambda text: "%(nonsense)s")
    from labs.pages.stages import words

    assert words({"msgid": "Seen: %(name)s", "params": {"name": "r1"}}) == "Seen: r1"


def test_a_ticket_opens_a_terminal_of_mine(ada_client, ready, settings):
    answer = ada_client.post(url("ticket", ready), {"node": "r1", "terminal": "2", "mode": "control"}).json()
    assert answer["url"] == f"ws://testserver:{settings.GATEWAY_PORT}/terminal"
    assert lab_page.tokens.read(answer["ticket"]).node == "r1"
    assert lab_page.tokens.read(answer["ticket"]).mode == "control"


def test_on_another_s_node_i_look_only(ada_client, ready):
    answer = ada_client.post(url("ticket", ready), {"node": "up", "mode": "control"}).json()
    assert lab_page.tokens.read(answer["ticket"]).mode == "view"


@pytest.mark.parametrize("asked", [{"node": "r9"}, {"node": "r1", "terminal": "../x"}, {}])
def test_there_is_no_ticket_to_what_is_not_there(ada_client, ready, asked):
    assert ada_client.post(url("ticket", ready), asked).status_code == 404


def test_there_is_no_ticket_to_a_lab_that_has_ended(ada_client, ready):
    LabSession.objects.update(state=State.STOPPED)
    answer = ada_client.post(url("ticket", ready), {"node": "r1"})
    assert (answer.status_code, answer.json()["error"]) == (409, "The lab is not running.")


def test_a_program_can_follow_a_lab_in_json(ada_client, lab, engine, queue):
    wanted = {"Accept": "application/json"}
    session = ada_client.post(f"/labs/{lab.id}/start", headers=wanted).json()["session"]
    queue()
    status = ada_client.get(reverse("labs:status", args=[session])).json()
    assert status["state"] == "ready"
    assert status["progress"][-1]["step"] == "ready"
    ada_client.post(reverse("labs:check", args=[session]), headers=wanted)
    queue()
    status = ada_client.get(reverse("labs:status", args=[session])).json()
    assert status["job"]["over"]
    assert status["attempt"]["score"] == 0
    assert status["attempt"]["out_of"] == 10
    assert status["attempt"]["verdicts"]["still"] == "waiting"


def test_a_solved_lab_leads_on_with_the_course(ada_client, lab, ready, engine, queue):
    onward = f'href="/courses-after/{lab.id}/"'
    assert onward not in page(ada_client, lab)
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    assert onward in page(ada_client, lab)


def test_the_list_of_labs_says_what_runs_and_my_best(ada_client, lab, ready, engine, queue):
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    text = html.unescape(ada_client.get("/labs/").text)
    assert "First light" in text
    assert "Second wind" in text
    assert "10 / 10" in text
    assert "Running now: First light" in text
    assert "50 minutes left" in text


def test_the_list_of_labs_says_passed_begun_or_not_yet(ada_client, lab, ready, engine, queue):
    def row():
        text = re.sub(r"\s+", " ", ada_client.get("/labs/").text)
        return re.search(r"First light</a>(.*?)</tr>", text)[1]

    assert "Not yet" in row()
    request_check(ready)
    queue()
    assert "Begun" in row()
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    assert "Passed" in row()
    for part in ("Make a host a router.", "Beginner", "20 min", "10 points"):
        assert part in row()


def test_the_list_of_labs_costs_no_more_queries_with_more_labs(ada_client, lab, ready, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        ada_client.get("/labs/")


def test_a_session_whose_lab_has_left_the_catalogue_is_in_the_list_of_labs(ada_client, lab, ready):
    LabSession.objects.update(lab="long-gone")
    assert "Running now: long-gone" in ada_client.get("/labs/").text


def test_a_lab_that_is_not_here_leads_to_those_that_are(ada_client, lab):
    answer = ada_client.get("/labs/long-gone/")
    assert answer.status_code == 404
    assert "There is no such lab here" in answer.text
    assert f'href="/labs/{lab.id}/"' in answer.text
    assert 'href="/courses/"' in answer.text


def test_before_the_start_it_says_what_there_is_to_do(ada_client, lab):
    text = page(ada_client, lab)
    box = text[text.index("What you will do") :]
    assert '<a href="#stage-forwarding">Forwarding</a>' in box
    assert "6 points" in box
    assert "Beginner" in text
    assert "Not yet" in text


def test_a_ready_lab_without_an_end_shows_no_time(ada_client, lab, ready):
    LabSession.objects.update(ends_at=None)
    text = page(ada_client, lab)
    assert 'id="left"' not in text
    assert "Check my work" in text
    assert "Ready" in ada_client.get("/labs/").text


def test_the_page_costs_few_queries(ada_client, lab, ready, engine, django_assert_max_num_queries, queue):
    request_check(ready)
    queue()
    with django_assert_max_num_queries(14):  # one of them: whether she has a seat in a workshop
        page(ada_client, lab)


@pytest.fixture
def with_a_secret(lab, monkeypatch):
    """A lab whose second stage has a check that its learner sees only when it has passed."""
    forwarding, file = lab.stages
    hidden = replace(file.checks[0], title="A light is lit in secret", show="after_pass")
    changed = replace(lab, stages=(forwarding, replace(file, checks=(hidden,))))
    monkeypatch.setattr(lab_page.versions, "of", lambda session: changed)
    return changed


def test_a_hidden_check_is_on_no_page_before_it_has_passed(ada_client, with_a_secret, lab, ready, engine, queue):
    ada_client.post(url("check", ready), {"kind": "attempt"})
    queue()
    text = page(ada_client, lab)
    status = ada_client.get(url("status", ready)).json()
    assert "secret" not in text
    assert "4 more points are for what you are not told of before." in text
    assert "file" not in status["attempt"]["verdicts"]
    assert "on" in status["attempt"]["verdicts"]
    session = LabSession.objects.get(pk=ready.pk)
    session.check_statuses.filter(check_id="file").update(outcome="passed", first_passed_at=timezone.now())
    assert "A light is lit in secret" in page(ada_client, lab)


def test_a_page_offers_saved_work_and_only_to_whose_it_is(ada_client, grace_client, lab, ready, engine, queue):
    ada_client.post(url("save", ready))
    queue()
    assert "Your work was saved at" in page(ada_client, lab)
    ada_client.post(url("stop", ready))
    queue()
    save = ready.saves.get()
    assert f'value="{save.pk}"' in page(ada_client, lab)
    assert "Your work is kept" not in page(grace_client, lab)
    assert grace_client.post(f"/labs/{lab.id}/start", {"resume": save.pk}).status_code == 404
    assert ada_client.post(f"/labs/{lab.id}/start", {"resume": "no-save"}).status_code == 404
    ada_client.post(f"/labs/{lab.id}/start", {"resume": save.pk})
    queue()
    text = page(ada_client, lab)
    assert 'id="resumed"' in text
    assert LabSession.objects.live().get().resumes == save


def test_what_a_lab_says_was_left_out_is_text(ada_client, lab, ready, engine, queue):
    ada_client.post(url("save", ready))
    queue()
    ready.saves.update(left_out=["h1: <script>alert(1)</script>"])
    assert "<script>alert" not in ada_client.get(f"/labs/{lab.id}/").text


def test_the_end_is_said_on_the_page_and_that_work_is_saved(ada_client, lab, ready, engine):
    LabSession.objects.update(ends_at=ready.ready_at + timedelta(minutes=9))
    assert "Your work is saved then" in page(ada_client, lab)
