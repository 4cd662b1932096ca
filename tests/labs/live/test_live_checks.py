"""Live checks: they show the present state; what was achieved is kept; what cannot be read hides nothing."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from labs import events
from labs.engine import errors
from labs.engine.definition.spec import Check
from labs.engine.grading.slow_asks import side_by_side
from labs.engine.shared.cable import Cable
from labs.lifecycle import check_work, resets
from labs.lifecycle.services import request_check, request_reset
from labs.live import live_checks
from labs.live.live_checks import Result
from labs.models import Attempt, CheckStatus, Host, Job, LabSession, State, TroubleTicket

pytestmark = pytest.mark.django_db(transaction=True)

ALL = ["on", "still", "file"]
EVIL = "<script>alert('r1')</script>"


def run(session, checks=ALL, last=False):
    return live_checks.run(session.pk, checks, last=last)


def now(session):
    return dict(CheckStatus.objects.filter(session=session).values_list("check_id", "outcome"))


def time_passes(session):
    """Ten seconds pass: what ended before has not come back by itself."""
    CheckStatus.objects.filter(session=session).update(since=F("since") - timedelta(seconds=10))


def page(client, lab):
    return html.unescape(re.sub(r"\s+", " ", client.get(f"/labs/{lab.id}/").text))


def test_a_live_check_writes_the_present_state_and_makes_no_attempt(ready, engine):
    assert run(ready) is Result.DONE
    assert now(ready) == {"on": "failed", "still": "waiting", "file": "failed"}
    engine.client_of(ready).is_solved()
    run(ready)
    assert now(ready) == {"on": "passed", "still": "passed", "file": "passed"}
    assert not Attempt.objects.exists()


def test_in_a_rush_of_checks_a_patient_run_reads_nothing(ready, engine):
    Host.objects.update_or_create(name="", defaults={"memory": 1 << 30, "cores": 2})
    others = [LabSession.objects.create(learner=None, lab=ready.lab) for _ in range(3)]
    jobs = [other.jobs.create(kind=Job.Kind.ATTEMPT) for other in others]
    assert live_checks.run(ready.pk, ALL, last=True, patient=True) is Result.RUSH
    assert now(ready) == {}
    assert live_checks.run(ready.pk, ALL, last=True) is Result.DONE
    Job.objects.filter(pk=jobs[0].pk).update(ended_at=timezone.now())
    assert live_checks.run(ready.pk, ALL, last=True, patient=True) is Result.DONE


def test_an_unchanged_state_is_not_written_again(ready, engine, django_assert_max_num_queries):
    run(ready)
    before = list(CheckStatus.objects.values())
    with django_assert_max_num_queries(9) as queries:
        run(ready)
    assert list(CheckStatus.objects.values()) == before
    assert not any(query["sql"].startswith(("INSERT", "UPDATE")) for query in queries.captured_queries)
    run(ready, last=True)
    assert CheckStatus.objects.first().seen_at > before[0]["seen_at"]


def test_some_checks_can_run_without_the_others(ready, engine):
    run(ready, ["file"])
    assert now(ready) == {"file": "failed"}


def test_a_cable_that_goes_down_is_published_once(ready, engine, monkeypatch):
    told = []
    monkeypatch.setattr(
        live_checks.events, "publish", lambda session, event, **facts: told.append((event, facts["changed"]))
    )
    run(ready)
    told.clear()
    engine.client_of(ready).link_state = "DOWN"
    run(ready)
    ready.refresh_from_db()
    assert ready.ends["r1:eth0"] == "DOWN"
    assert ("checks", True) in told
    told.clear()
    run(ready)
    assert told == [("checks", False)]


def test_a_run_of_a_few_checks_can_leave_the_rest_of_the_lab_alone(ready, engine):
    engine.client_of(ready).processes, engine.client_of(ready).link_state = 200, "DOWN"
    assert live_checks.run(ready.pk, ["on"], last=False, whole_lab=False) is Result.DONE
    ready.refresh_from_db()
    assert (ready.ends["r1:eth0"], ready.exhausted_resources, now(ready)) == ("UP", [], {"on": "failed"})


def test_if_a_lab_does_not_answer_its_links_keep_their_state(ready, engine):
    run(ready)
    ready.refresh_from_db()
    before = ready.ends
    assert before
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    run(ready)
    ready.refresh_from_db()
    assert ready.ends == before


def test_that_a_check_has_passed_is_kept_when_it_fails_again(ada_client, lab, ready, engine):
    session = engine.client_of(ready)
    session.is_solved()
    run(ready)
    assert "Passed before" not in page(ada_client, lab)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    run(ready)
    time_passes(ready)
    text = page(ada_client, lab)
    assert 'id="verdict-on-pass">' in text
    assert "does not pass now, and is not counted yet" in text
    assert CheckStatus.objects.get(check_id="on").first_passed_at


def test_a_check_that_cannot_be_run_keeps_its_last_verdict(ada_client, lab, ready, engine):
    engine.client_of(ready).is_solved()
    run(ready)
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    run(ready)
    assert set(now(ready).values()) == {"passed"}
    assert "The check cannot run now. This result is from" in page(ada_client, lab)
    engine.client_of(ready).error = None
    run(ready)
    assert "We cannot look just now" not in page(ada_client, lab)


def test_live_checks_follow_an_attempt_and_the_best_attempt_stays_the_score(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    engine.client_of(ready).files.clear()
    run(ready)
    text = page(ada_client, lab)
    assert now(ready)["file"] == "failed"
    assert "Best so far: 10 of 10 points" in text


def test_before_the_first_attempt_failed_checks_are_not_started_and_shown_closed(ada_client, lab, ready, engine):
    run(ready)
    text = page(ada_client, lab)
    assert "last run <time" in text
    assert "run automatically" not in text.split('id="last-run"')[1].split("</time>")[0]
    # A sentence of its own: the last run may be one that the learner requested
    assert re.search(
        r'</time><span class="by-itself">\. The checks also run automatically after each change\.</span>', text
    )
    assert '<details class="v none" id="verdict-on-none">' in text  # there to open, and shut
    assert 'href="#check-on"' not in text


def test_a_check_that_changes_is_announced(ada_client, lab, ready, engine):
    def said():
        return re.search(r'data-say="([^"]*)"', page(ada_client, lab))[1]

    run(ready)
    assert said() == "0 of 3 checks pass."
    session = engine.client_of(ready)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "1"
    run(ready)
    session.files["/etc/light"] = "on\n"
    run(ready)
    assert said() == "Check 3 of 3 now passes."
    time_passes(ready)
    session.files.clear()
    run(ready)
    assert said() == "3 of 3 checks pass."  # it may come back by itself
    time_passes(ready)
    assert said() == "Check 3 of 3 no longer passes."
    session.is_solved()
    run(ready)
    assert said() == "Check 3 of 3 now passes."


def test_live_checks_wait_while_a_job_is_open(ready, engine, queue):
    job = request_check(ready)
    assert run(ready) is Result.PUT_OFF
    assert now(ready) == {}
    check_work.check(job.pk)
    assert run(ready) is Result.DONE


def test_a_result_is_discarded_if_a_reset_was_requested_meanwhile(ready, engine, queue, monkeypatch):
    grade = live_checks.grade

    def meanwhile(*args, **how):
        request_reset(ready, None)
        return grade(*args, **how)

    monkeypatch.setattr(live_checks, "grade", meanwhile)
    assert run(ready) is Result.PUT_OFF
    assert now(ready) == {}


def test_a_result_is_discarded_if_a_reset_began_and_ended_meanwhile(ready, engine, queue, monkeypatch):
    grade = live_checks.grade

    def meanwhile(*args, **how):
        verdicts = grade(*args, **how)
        resets.reset(request_reset(ready, None).pk)
        return verdicts

    monkeypatch.setattr(live_checks, "grade", meanwhile)
    assert run(ready) is Result.PUT_OFF
    assert now(ready) == {}


def with_stimulus(lab):
    stage = lab.stages[1]
    disturbing = Check(
        id="stir", type="file.content", title="", on=("h1",), expect={"path": "/x", "contains": ["x"]}, points=1,
        do=({"link": "r1:eth0", "up": False},),
    )  # fmt: skip
    return replace(lab, stages=(lab.stages[0], replace(stage, checks=(*stage.checks, disturbing))))


def test_after_an_attempt_that_disturbs_the_network_live_checks_wait_five_seconds(
    ready, lab, engine, queue, monkeypatch
):
    monkeypatch.setattr(live_checks.versions, "version", lambda *_: with_stimulus(lab))
    job = request_check(ready)
    check_work.check(job.pk)
    assert run(ready) is Result.RECOVERS
    Job.objects.update(ended_at=timezone.now() - timedelta(seconds=6))
    assert run(ready) is Result.DONE


def test_the_verdict_of_a_disturbing_check_stays_until_the_next_attempt(ready, lab, engine, queue, monkeypatch):
    monkeypatch.setattr(live_checks.versions, "version", lambda *_: with_stimulus(lab))
    engine.client_of(ready).files["/x"] = "x"
    check_work.check(request_check(ready).pk)
    seen = now(ready)["stir"]
    assert seen in ("passed", "failed")
    Job.objects.update(ended_at=timezone.now() - timedelta(seconds=6))
    run(ready, [*ALL, "stir"])
    assert now(ready)["stir"] == seen


def after(seconds):
    """Let the last job have ended so many seconds ago."""
    Job.objects.update(ended_at=timezone.now() - timedelta(seconds=seconds))


@pytest.fixture
def stirred(lab, ready, engine, queue, monkeypatch):
    """A lab with a check that pulls a cable, all of whose checks have passed in an attempt a moment ago."""
    monkeypatch.setattr(live_checks.versions, "version", lambda *_: with_stimulus(lab))
    session = engine.client_of(ready)
    session.is_solved()
    session.files["/x"] = "x"
    check_work.check(request_check(ready).pk)
    assert set(now(ready).values()) == {"passed"}
    return session


def test_a_live_check_in_the_wake_of_a_pulled_cable_takes_nothing_back(ready, stirred):
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"  # r1 is not back yet
    after(7)
    assert run(ready, [*ALL, "stir"]) is Result.RECOVERS
    assert set(now(ready).values()) == {"passed"}
    stirred.is_solved()
    assert run(ready, [*ALL, "stir"]) is Result.DONE
    assert set(now(ready).values()) == {"passed"}


@pytest.mark.parametrize("changed", [{"up": False}, {"loss": 100.0}])
@pytest.mark.parametrize("seconds", [1, 7, 40])
def test_what_fails_after_a_cable_was_changed_on_the_page_does_not_stay_green(ready, stirred, seconds, changed):
    after(seconds)
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    ready.refresh_from_db()
    ready.cables = {"r1:eth0": Cable(**changed).as_json()}
    ready.save(update_fields=["cables"])
    assert run(ready, [*ALL, "stir"]) is Result.DONE
    assert (now(ready)["on"], now(ready)["still"]) == ("failed", "waiting")


def test_a_cable_that_was_plugged_in_again_is_no_change(ready, stirred):
    after(7)
    ready.refresh_from_db()
    ready.cables = {"r1:eth0": Cable().as_json()}
    ready.save(update_fields=["cables"])
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    assert run(ready, [*ALL, "stir"]) is Result.RECOVERS


def test_an_ungraded_check_waits_for_the_wake_to_end(ready, stirred, monkeypatch):
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    after(7)
    monkeypatch.setattr("labs.lifecycle.check_work.time.sleep", lambda _seconds: stirred.is_solved())
    check_work.check(request_check(ready, Job.Kind.UNGRADED_CHECK).pk)
    assert set(now(ready).values()) == {"passed"}


def test_a_check_without_a_grade_does_not_wait_either_after_a_cable_was_changed(ready, stirred, monkeypatch):
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    after(7)
    monkeypatch.setattr("labs.lifecycle.check_work.time.sleep", lambda _seconds: pytest.fail("It waits."))
    LabSession.objects.update(cables={"r1:eth0": Cable(up=False).as_json()})
    check_work.check(request_check(ready, Job.Kind.UNGRADED_CHECK).pk)
    assert now(ready)["on"] == "failed"


def test_what_passed_in_an_attempt_stays_passed_and_the_page_says_what_is_true_now(ada_client, lab, ready, stirred):
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    after(60)
    assert run(ready, [*ALL, "stir"]) is Result.DONE
    assert now(ready) == {"on": "failed", "still": "waiting", "file": "passed", "stir": "passed"}
    passed = CheckStatus.objects.get(check_id="on").passed_in_attempt_at
    text = page(ada_client, lab)
    assert f"Passed at {timezone.localtime(passed):%H:%M}; does not pass now" in text
    assert "You have passed all checks, but not all of them pass now." in text
    assert "Continue the course" in text
    assert "You are here" not in text
    assert "4 / 4" in text


def row(text, check):
    """The row of a check in the drawer."""
    return re.search(rf'<li id="check-{check}".*?</li>', text, re.DOTALL)[0]


def test_of_a_check_that_waits_nobody_says_that_it_does_not_pass(ada_client, lab, ready, stirred):
    stirred.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    after(60)
    run(ready, [*ALL, "stir"])
    text = page(ada_client, lab)
    assert "does not pass now" in row(text, "on")
    assert "does not pass now" not in row(text, "still")
    assert "Not run again: Waits until this check has passed:" in row(text, "still")


def test_what_an_attempt_saw_of_a_disturbing_check_is_not_told_as_of_now(ada_client, lab, ready, stirred):
    stirred.files.pop("/x")
    check_work.check(request_check(ready).pk)
    after(60)
    stirred.files["/x"] = "x"
    run(ready, [*ALL, "stir"], last=True)
    text = page(ada_client, lab)
    failed = timezone.localtime(CheckStatus.objects.get(check_id="stir").since)
    assert f", failed at {failed:%H:%M}. It runs again with “Check my work”" in row(text, "stir")
    assert "Passed, failed in a later check" in text
    assert "You have passed all checks, but not all of them in a later check." in text
    assert "does not pass now" not in text


def test_a_check_that_begins_to_wait_is_not_announced_as_failed(ada_client, lab, ready, engine):
    engine.client_of(ready).is_solved()
    run(ready)
    time_passes(ready)
    since = timezone.now() - timedelta(seconds=6)
    CheckStatus.objects.filter(check_id="still").update(outcome="waiting", since=since)
    assert 'data-say="Check 2 of 3 waits for another check."' in page(ada_client, lab)


def test_what_passed_only_in_a_live_check_can_fail_again(ada_client, lab, ready, engine):
    engine.client_of(ready).is_solved()
    run(ready)
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "0"
    run(ready)
    time_passes(ready)
    assert "You are here" in page(ada_client, lab)


def test_a_pass_that_ends_for_a_moment_stays_on_the_page_and_is_no_failure(ada_client, lab, ready, engine):
    """“clear bgp *”, as a guide asks, ended all passes for a second, and the bar said 0 of 20 checks."""
    session = engine.client_of(ready)
    session.is_solved()
    run(ready)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    assert run(ready, last=True) is Result.SETTLES
    text = page(ada_client, lab)
    assert '3 of 3 checks<span class="points"><span class="comma">, </span>10 points' in text
    assert re.search(r"Passed at \d\d:\d\d; not true at this moment", text)
    assert "v flat solo fail" not in text
    assert "-fail" not in re.findall(r'id="(verdict-on-[a-z]*)"', text)[0]
    time_passes(ready)
    assert run(ready, last=True) is Result.DONE
    text = page(ada_client, lab)
    assert '3 of 3 checks<span class="points"><span class="comma">, </span>10 points' in text
    assert "does not pass now, and is not counted yet" in text
    assert "The checks that pass now are worth 4 points" in text


def test_the_open_pages_are_told_when_a_pass_has_ended_for_good(ready, engine, monkeypatch):
    told = []
    monkeypatch.setattr(events, "publish", lambda _session, event, **how: told.append((event, how.get("changed"))))
    engine.client_of(ready).is_solved()
    run(ready)
    engine.client_of(ready).files.clear()
    run(ready)
    run(ready, last=True)
    time_passes(ready)
    run(ready, last=True)
    assert told[-3:] == [("checks", True), ("checks", False), ("checks", True)]


def test_a_cable_that_the_learner_changed_on_the_page_ends_a_pass_at_once(ada_client, lab, ready, engine):
    engine.client_of(ready).is_solved()
    run(ready)
    LabSession.objects.update(cables={"r1:eth0": {"up": False}})
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "0"
    run(ready)
    text = page(ada_client, lab)
    assert "does not pass now" in text
    assert "not true at this moment" not in text


def test_in_a_trouble_ticket_nothing_stays_passed_until_it_is_fixed(ready, engine, queue):
    TroubleTicket.objects.create(session=ready, seed=0, opened_at=timezone.now(), made={"begun": True})
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    check_work.check(request_check(ready).pk)
    assert now(ready)["on"] == "passed"
    assert not CheckStatus.objects.exclude(passed_in_attempt_at=None).exists()
    engine.client_of(ready).is_solved()
    check_work.check(request_check(ready).pk)
    assert not CheckStatus.objects.filter(passed_in_attempt_at=None).exists()


def test_after_a_reset_of_one_node_what_passed_in_an_attempt_stays_passed(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    check_work.check(request_check(ready).pk)
    resets.reset(request_reset(ready, "r1").pk)
    run(ready)
    assert "You are here" not in page(ada_client, lab)
    resets.reset(request_reset(ready, None).pk)
    run(ready)
    assert "You are here" in page(ada_client, lab)


def test_a_reset_clears_outcomes_but_not_what_was_achieved(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    run(ready)
    resets.reset(request_reset(ready, "r1").pk)
    assert set(now(ready).values()) == {""}
    assert "not run yet" in page(ada_client, lab)
    run(ready)
    assert now(ready)["on"] == "failed"
    time_passes(ready)
    assert "does not pass now, and is not counted yet" in page(ada_client, lab)


def test_a_session_that_does_not_run_gets_no_live_checks(ready, requested, engine):
    ready.move_to(State.STOPPING)
    assert run(ready) is Result.OVER
    assert live_checks.groups(ready.pk) is None


def test_a_live_check_that_ends_after_the_session_writes_nothing(ready, engine, monkeypatch):
    grade = live_checks.grade

    def meanwhile(*args, **how):
        ready.move_to(State.STOPPING)
        return grade(*args, **how)

    monkeypatch.setattr(live_checks, "grade", meanwhile)
    assert run(ready) is Result.OVER
    assert now(ready) == {}


def test_what_a_lab_answers_is_escaped_on_the_page(ada_client, lab, ready, engine):
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = EVIL
    run(ready)
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert EVIL not in text
    assert html.escape(EVIL) in text


def test_fast_checks_run_apart_from_slow_ones(lab):
    def check(name, kind, **more):
        return Check(id=name, type=kind, title="", on=("h1",), points=1, **more)

    ra = check("ra", "ra.content", expect={"interface": "eth0"})
    after = check("after", "addr.present", expect={"interface": "eth0", "addresses": ["2001:db8::2/64"]}, needs=("ra",))
    ping = check("ping", "ping", expect={"to": "2001:db8::1"})
    both = replace(lab, stages=(lab.stages[0], replace(lab.stages[1], checks=(*lab.stages[1].checks, ra, after, ping))))
    assert side_by_side(both) == {"": ["on", "still", "file"], "ping": ["ping"], "ra": ["ra", "after"]}


def test_live_checks_cost_the_panel_no_more_queries(ada_client, ready, engine, django_assert_max_num_queries):
    run(ready)
    with django_assert_max_num_queries(
        16
    ):  # of them: the saves to go back to, copies that others have opened, a pause, shown stages
        ada_client.get(reverse("labs:panel", args=[ready.pk]), headers={"X-Vaka": "panel"})


def test_a_cause_that_an_attempt_found_stays_while_the_failure_is_the_same(ready, engine, queue):
    request_check(ready, Job.Kind.ATTEMPT)
    queue()
    found = {"msgid": "The timers differ.", "params": {}}
    CheckStatus.objects.filter(session=ready, check_id="on").update(cause=found)
    run(ready)
    assert CheckStatus.objects.get(session=ready, check_id="on").cause == found
    CheckStatus.objects.filter(session=ready, check_id="on").update(seen={"msgid": "Something else", "params": {}})
    run(ready)
    assert CheckStatus.objects.get(session=ready, check_id="on").cause != found


def test_a_new_failure_is_diagnosed_after_the_last_change(ready, engine, monkeypatch):
    asked = []
    further = lambda check, node, *_rest: asked.append(node.name)  # noqa: E731  it finds no cause
    monkeypatch.setattr("labs.engine.grading.grading.diagnosis.search", further)
    run(ready, last=True)
    assert asked == []  # nothing has passed before, so nothing has broken
    node = engine.client_of(ready)
    before = dict(node.sysctls)
    node.is_solved()
    run(ready)
    node.sysctls.update(before)
    run(ready)
    assert asked == []
    run(ready, last=True)
    assert asked
