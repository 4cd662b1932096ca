"""Looks that nobody asked for: what they see is now; what was achieved stays; what we cannot see hides nothing."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.engine import errors
from labs.engine.definition.spec import Check
from labs.engine.grading.grading import side_by_side
from labs.lifecycle import jobs
from labs.lifecycle.services import request_check, request_reset
from labs.live import live_checks
from labs.live.live_checks import Looked
from labs.models import Attempt, CheckStatus, Job, State

pytestmark = pytest.mark.django_db(transaction=True)

ALL = ["on", "still", "file"]
EVIL = "<script>alert('r1')</script>"


def look(session, checks=ALL, last=False):
    return live_checks.look(session.pk, checks, last=last)


def now(session):
    return dict(CheckStatus.objects.filter(session=session).values_list("check_id", "outcome"))


def page(client, lab):
    return html.unescape(re.sub(r"\s+", " ", client.get(f"/labs/{lab.id}/").text))


def test_a_look_writes_what_is_now_and_makes_no_attempt(ready, engine):
    assert look(ready) is Looked.DONE
    assert now(ready) == {"on": "failed", "still": "waiting", "file": "failed"}
    engine.session_of(ready).is_solved()
    look(ready)
    assert now(ready) == {"on": "passed", "still": "passed", "file": "passed"}
    assert not Attempt.objects.exists()


def test_what_has_not_changed_is_not_written_again(ready, engine, django_assert_max_num_queries):
    look(ready)
    before = list(CheckStatus.objects.values())
    with django_assert_max_num_queries(9) as queries:
        look(ready)
    assert list(CheckStatus.objects.values()) == before
    assert not any(query["sql"].startswith(("INSERT", "UPDATE")) for query in queries.captured_queries)
    look(ready, last=True)
    assert CheckStatus.objects.first().seen_at > before[0]["seen_at"]


def test_some_checks_are_looked_at_apart_from_others(ready, engine):
    look(ready, ["file"])
    assert now(ready) == {"file": "failed"}


def test_a_cable_that_goes_down_is_news_once(ready, engine, monkeypatch):
    told = []
    monkeypatch.setattr(
        live_checks.events, "publish", lambda session, event, **facts: told.append((event, facts["changed"]))
    )
    look(ready)
    told.clear()
    engine.session_of(ready).flags = ("UP",)  # without a carrier
    look(ready)
    ready.refresh_from_db()
    assert ready.ends["r1:eth0"] == "DOWN"
    assert ("look", True) in told
    told.clear()
    look(ready)
    assert told == [("look", False)]


def test_a_lab_that_does_not_answer_leaves_its_cables_as_they_were(ready, engine):
    look(ready)
    ready.refresh_from_db()
    before = ready.ends
    assert before
    engine.session_of(ready).error = errors.RelayGone("The relay does not answer.")
    look(ready)
    ready.refresh_from_db()
    assert ready.ends == before


def test_what_was_achieved_is_kept_when_it_is_lost_again(ada_client, lab, ready, engine):
    session = engine.session_of(ready)
    session.is_solved()
    look(ready)
    assert "Passed before" not in page(ada_client, lab)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    look(ready)
    text = page(ada_client, lab)
    assert 'id="verdict-on-fail" open' in text
    assert "Passed before" in text
    assert CheckStatus.objects.get(check_id="on").first_passed_at


def test_what_we_cannot_look_at_does_not_hide_what_we_saw(ada_client, lab, ready, engine):
    engine.session_of(ready).is_solved()
    look(ready)
    engine.session_of(ready).error = errors.RelayGone("The relay does not answer.")
    look(ready)
    assert set(now(ready).values()) == {"passed"}
    assert "The check cannot run just now. This result is from" in page(ada_client, lab)
    engine.session_of(ready).error = None
    look(ready)
    assert "We cannot look just now" not in page(ada_client, lab)


def test_an_attempt_is_seen_too_and_the_best_stays_the_score(ada_client, lab, ready, engine, queue):
    engine.session_of(ready).is_solved()
    request_check(ready)
    queue()
    engine.session_of(ready).files.clear()
    look(ready)
    text = page(ada_client, lab)
    assert now(ready)["file"] == "failed"
    assert "Best so far: 10 of 10 points" in text


def test_who_has_not_asked_yet_reads_not_yet_and_no_alarm(ada_client, lab, ready, engine):
    look(ready)
    text = page(ada_client, lab)
    assert "last run <time" in text
    assert '<details class="v fail" id="verdict-on-fail">' in text  # there to open, and shut
    assert 'href="#check-on"' not in text


def test_one_check_that_turns_is_said(ada_client, lab, ready, engine):
    def said():
        return re.search(r'data-say="([^"]*)"', page(ada_client, lab))[1]

    look(ready)
    assert said() == "0 of 3 checks pass."
    session = engine.session_of(ready)
    session.files["/etc/light"] = "on\n"
    look(ready)
    assert said() == "Check 3 of 3 now passes."
    session.files.clear()
    look(ready)
    assert said() == "Check 3 of 3 no longer passes."
    session.is_solved()
    look(ready)
    assert said() == "3 of 3 checks pass."


def test_a_look_waits_while_something_is_asked_for(ready, engine, queue):
    job = request_check(ready)
    assert look(ready) is Looked.PUT_OFF
    assert now(ready) == {}
    jobs.check(job.pk)
    assert look(ready) is Looked.DONE


def test_what_was_seen_while_a_reset_began_is_thrown_away(ready, engine, queue, monkeypatch):
    grade = live_checks.grade

    def meanwhile(*args, **how):
        request_reset(ready, None)
        return grade(*args, **how)

    monkeypatch.setattr(live_checks, "grade", meanwhile)
    assert look(ready) is Looked.PUT_OFF
    assert now(ready) == {}


def stirs(lab):
    stage = lab.stages[1]
    stir = Check(
        id="stir", type="file.content", title="", on=("h1",), expect={"path": "/x", "contains": ["x"]}, points=1,
        do=({"link": "r1:eth0", "up": False},),
    )  # fmt: skip
    return replace(lab, stages=(lab.stages[0], replace(stage, checks=(*stage.checks, stir))))


def test_after_an_attempt_that_disturbs_the_network_it_gets_five_seconds(ready, lab, engine, queue, monkeypatch):
    monkeypatch.setattr(live_checks.versions, "version", lambda *_: stirs(lab))
    job = request_check(ready)
    jobs.check(job.pk)
    assert look(ready) is Looked.PUT_OFF
    Job.objects.update(ended_at=timezone.now() - timedelta(seconds=6))
    assert look(ready) is Looked.DONE


def test_what_an_attempt_saw_of_a_disturbance_stands(ready, lab, engine, queue, monkeypatch):
    monkeypatch.setattr(live_checks.versions, "version", lambda *_: stirs(lab))
    engine.session_of(ready).files["/x"] = "x"
    jobs.check(request_check(ready).pk)
    seen = now(ready)["stir"]
    assert seen in ("passed", "failed")
    Job.objects.update(ended_at=timezone.now() - timedelta(seconds=6))
    look(ready, [*ALL, "stir"])
    assert now(ready)["stir"] == seen


def test_a_reset_makes_untrue_what_was_seen_but_not_what_was_achieved(ada_client, lab, ready, engine, queue):
    engine.session_of(ready).is_solved()
    look(ready)
    jobs.reset(request_reset(ready, "r1").pk)
    assert set(now(ready).values()) == {""}
    assert "not run yet" in page(ada_client, lab)
    look(ready)
    assert now(ready)["on"] == "failed"
    assert "Passed before" in page(ada_client, lab)


def test_a_session_that_does_not_run_is_not_looked_at(ready, requested, engine):
    ready.move_to(State.STOPPING)
    assert look(ready) is Looked.OVER
    assert live_checks.groups(ready.pk) is None


def test_a_look_that_ends_after_the_session_writes_nothing(ready, engine, monkeypatch):
    grade = live_checks.grade

    def meanwhile(*args, **how):
        ready.move_to(State.STOPPING)
        return grade(*args, **how)

    monkeypatch.setattr(live_checks, "grade", meanwhile)
    assert look(ready) is Looked.OVER
    assert now(ready) == {}


def test_what_a_look_saw_is_text_on_the_page(ada_client, lab, ready, engine):
    engine.session_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = EVIL
    look(ready)
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert EVIL not in text
    assert html.escape(EVIL) in text


def test_a_fast_check_does_not_wait_for_a_slow_one(lab):
    def check(name, kind, **more):
        return Check(id=name, type=kind, title="", on=("h1",), points=1, **more)

    ra = check("ra", "ra.content", expect={"interface": "eth0"})
    after = check("after", "addr.present", expect={"interface": "eth0", "addresses": ["2001:db8::2/64"]}, needs=("ra",))
    ping = check("ping", "ping", expect={"to": "2001:db8::1"})
    both = replace(lab, stages=(lab.stages[0], replace(lab.stages[1], checks=(*lab.stages[1].checks, ra, after, ping))))
    assert side_by_side(both) == {"": ["on", "still", "file"], "ping": ["ping"], "ra": ["ra", "after"]}


def test_the_panel_costs_no_more_queries_with_looks(ada_client, ready, engine, django_assert_max_num_queries):
    look(ready)
    with django_assert_max_num_queries(12):  # one of them: has he a mentor whom he can ask?
        ada_client.get(reverse("labs:panel", args=[ready.pk]))


def test_a_learner_reads_what_his_node_has_used_up_until_it_has_not(ready, engine, ada_client, lab):
    fork_bomb = engine.session_of(ready)
    fork_bomb.processes = 200
    assert look(ready) is Looked.STRAINED
    said = "Your node r1 has used up its processes (200 of 200). New commands fail there."
    assert said in page(ada_client, lab)
    fork_bomb.processes = 12
    assert look(ready) is Looked.DONE
    assert "used up" not in page(ada_client, lab)


def test_a_lab_whose_strain_we_cannot_measure_is_said_to_be_as_before(ready, engine, ada_client, lab):
    engine.session_of(ready).ended = 3
    look(ready)
    engine.session_of(ready).error = errors.RelayGone("The relay does not answer.")
    look(ready)
    assert "3 of its programs were ended for it" in page(ada_client, lab)


def test_a_cause_that_an_attempt_found_stays_while_looks_see_the_same(ready, engine, queue):
    request_check(ready, Job.Kind.ATTEMPT)
    queue()
    found = {"msgid": "The timers differ.", "params": {}}
    CheckStatus.objects.filter(session=ready, check_id="on").update(cause=found)
    look(ready)
    assert CheckStatus.objects.get(session=ready, check_id="on").cause == found
    CheckStatus.objects.filter(session=ready, check_id="on").update(seen={"msgid": "Something else", "params": {}})
    look(ready)
    assert CheckStatus.objects.get(session=ready, check_id="on").cause != found


def test_what_breaks_is_explained_when_all_has_come_to_rest(ready, engine, monkeypatch):
    asked = []
    further = lambda check, node, lab, evidence: asked.append(node.name)  # noqa: E731 - it knows of no cause
    monkeypatch.setattr("labs.engine.grading.grading.diagnosis.look", further)
    look(ready, last=True)
    assert asked == []  # nothing has passed yet, so nothing has broken
    node = engine.session_of(ready)
    before = dict(node.sysctls)
    node.is_solved()
    look(ready)
    node.sysctls.update(before)
    look(ready)
    assert asked == []
    look(ready, last=True)
    assert asked
