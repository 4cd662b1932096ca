"""The lab page before, during and after a session."""

import html
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from labs import failure_sentences, hooks
from labs.engine.diagnosis.causes import cause
from labs.engine.runtime.client import Saved
from labs.engine.translatable_text import Text
from labs.lifecycle import saves
from labs.lifecycle.saves import keep
from labs.lifecycle.services import request_check, stop_session
from labs.live import live_checks
from labs.models import Attempt, CheckStatus, Exam, Job, LabSession, Save, State, VerdictRecord
from labs.registry import versions
from tests import builders
from tests.labs.views.helpers import page, url

pytestmark = pytest.mark.django_db(transaction=True)

EVIL = "<script>alert('r1')</script>"


def types(session):
    """The learner types on r1 now."""
    now = timezone.now()
    LabSession.objects.filter(pk=session.pk).update(active_node="r1", active_at=now, worked_at=now)


def test_before_the_start_the_page_has_the_guide_and_one_button(ada_client, lab):
    text = page(ada_client, lab)
    assert "Start the lab" in text
    assert "A router and a host." in text
    assert "sysctl -w net.ipv6.conf.all.forwarding=1" in text
    assert "1. Forwarding" in text
    assert "2. A file" in text
    assert "2001:db8::1/64" in text
    assert "<lab-terminals" not in text


def test_a_waiting_learner_sees_their_place_in_the_queue_and_the_expected_wait(ada_client, linus, lab, requested):
    LabSession.objects.update(admitted_at=None)
    LabSession.objects.create(
        learner=linus, lab=lab.id, lab_version="1", created_at=requested.created_at - timezone.timedelta(1)
    )
    text = page(ada_client, lab)
    assert 'You are number <span class="num">2</span> in the queue' in text
    assert re.search(r"Your lab starts automatically in about \d+ seconds?\.", text)


def test_a_learner_whose_turn_has_come_reads_that_the_lab_starts(ada_client, lab, requested):
    text = page(ada_client, lab)
    assert "Your lab is starting" in text
    assert "You are number" not in text


def test_a_start_shows_each_step_with_its_seconds(ada_client, lab, requested):
    requested.move_to(State.STARTING)
    requested.add_progress("queued", 0.4)
    requested.add_progress("container", 0.61)
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
    for button in ("Check my work", "Check without a grade", "Reset …", "Stop the lab"):
        assert button in text
    assert "You are here" in text


def test_the_colours_lead_back_to_the_page_also_after_its_panel_was_replaced(ada_client, lab, ready, queue):
    panel = ada_client.get(url("panel", ready), headers={"X-Vaka": "panel"}).text
    after_a_button = ada_client.post(url("check", ready), headers={"X-Vaka": "panel"}).text
    for text in (page(ada_client, lab), panel, after_a_button):
        assert set(re.findall('name="back" value="(.*?)"', text)) == {f"/labs/{lab.id}/"}


def test_a_browser_that_comes_to_the_address_of_the_panel_sees_the_page(ada_client, lab, ready):
    answer = ada_client.get(url("panel", ready))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/labs/{lab.id}/")


def test_a_failed_check_has_five_parts_and_is_open(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    for _ in range(2):  # the first brings her to the second stage, which the next one tries
        types(ready)
        request_check(ready)
        queue()
    text = page(ada_client, lab)
    opened = re.search(r'<details class="v fail" id="verdict-file-fail" open>(.*?)</dl>', text)[1]
    for part in ("Expected", "Seen", "See for yourself", "Likely cause", "Read more"):
        assert part in opened
    assert 'href="https://www.rfc-editor.org/rfc/rfc8200"' in opened
    assert "Best so far: 6 of 10 points" in text
    assert "2 of 3 checks pass." in text


def test_hints_are_shown_one_by_one(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    first = text.index("Show a hint (1 of 2)")
    assert first < text.index("It is a sysctl.") < text.index("Show a hint (2 of 2)")


def test_a_waiting_check_names_the_check_that_it_waits_for(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    assert "Waits until this check has passed: r1 forwards" in page(ada_client, lab)


@pytest.mark.parametrize("name", ["session", "panel", "status", "events", "check", "reset", "stop", "terminal_token"])
def test_another_learners_session_answers_404(linus_client, ready, name):
    method = linus_client.post if name in ("check", "stop", "terminal_token") else linus_client.get
    assert method(url(name, ready)).status_code == 404
    assert linus_client.post(url("reset", ready)).status_code == 404
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["check", "stop", "terminal_token"])
def test_buttons_need_a_post_with_a_csrf_token(ada, lab, ready, name):
    strict = type(builders.signed_in(ada))(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.get(url(name, ready)).status_code == 405
    assert strict.post(url(name, ready)).status_code == 403
    assert strict.post(f"/labs/{lab.id}/start").status_code == 403


def test_a_visitor_is_sent_to_the_sign_in_page(client, lab, ready):
    for address in (f"/labs/{lab.id}/", url("panel", ready), url("events", ready), "/labs/"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")


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


def test_output_of_a_lab_is_escaped_on_every_page(ada, ada_client, lab, ready, engine):
    attempt = evil_attempt(ready)
    ada.is_staff = ada.is_superuser = True
    ada.save()
    pages = [f"/labs/{lab.id}/", url("panel", ready), f"/admin/labs/attempt/{attempt.pk}/change/"]
    pages += [f"/admin/labs/labsession/{ready.pk}/change/", "/admin/labs/labsession/"]
    for address in pages:
        LabSession.objects.update(error=EVIL, detail=EVIL)
        answer = ada_client.get(address, headers={"X-Vaka": "panel"})
        assert answer.status_code == 200
        assert EVIL not in answer.text, address
    LabSession.objects.update(state=State.FAILED)
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert EVIL not in text
    assert html.escape(EVIL) in text


def test_the_administration_is_read_only_for_sessions(ada, ada_client, ready):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    assert ada_client.get("/admin/labs/labsession/add/").status_code == 403
    assert ada_client.post(f"/admin/labs/labsession/{ready.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ada_client.post(f"/admin/labs/labsession/{ready.pk}/change/", {"state": "stopped"}).status_code == 403


def test_a_translation_with_other_parameters_does_not_break_the_page(ready, monkeypatch):
    monkeypatch.setattr("labs.translations.gettext", lambda text: "%(nonsense)s")
    from labs.translations import translated

    assert translated({"msgid": "Seen: %(name)s", "params": {"name": "r1"}}) == "Seen: r1"


def test_a_solved_lab_leads_on_with_the_course(ada_client, lab, ready, engine, queue):
    onward = f'href="/courses-after/{lab.id}/"'
    assert onward not in page(ada_client, lab)
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    assert onward in page(ada_client, lab)


def test_before_the_start_the_page_lists_the_stages(ada_client, lab):
    text = page(ada_client, lab)
    box = text[text.index("Your task") :]
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


def test_the_page_needs_few_queries(ada_client, lab, ready, engine, django_assert_max_num_queries, queue):
    request_check(ready)
    queue()
    with django_assert_max_num_queries(17):
        # Of them: her seat in a workshop, its pause, the saves to go back to, and the stages that she has skipped
        page(ada_client, lab)


@pytest.fixture
def with_a_secret(lab, monkeypatch):
    """A lab whose second stage has a check that its learner sees only when it has passed."""
    forwarding, file = lab.stages
    hidden = replace(file.checks[0], title="A light is lit in secret", show="after_pass")
    changed = replace(lab, stages=(forwarding, replace(file, checks=(hidden,))))
    monkeypatch.setattr(versions, "of", lambda session: changed)
    return changed


def test_a_hidden_check_appears_on_no_page_before_it_has_passed(ada_client, with_a_secret, lab, ready, engine, queue):
    ada_client.post(url("check", ready), {"kind": "attempt"})
    queue()
    text = page(ada_client, lab)
    assert "0 of 3 checks" in text
    status = ada_client.get(url("status", ready)).json()
    assert "secret" not in text
    assert "4 more points are for hidden checks." in text
    assert "file" not in status["attempt"]["verdicts"]
    assert "on" in status["attempt"]["verdicts"]
    session = LabSession.objects.get(pk=ready.pk)
    session.check_statuses.filter(check_id="file").update(outcome="passed", first_passed_at=timezone.now())
    text = page(ada_client, lab)
    assert "A light is lit in secret" in text
    assert "1 of 3 checks" in text  # as many as before


def test_the_page_offers_saved_work_only_to_its_owner(ada_client, grace_client, lab, ready, engine, queue):
    ada_client.post(url("save", ready))
    queue()
    assert "Your work was saved at" in page(ada_client, lab)
    ada_client.post(url("stop", ready))
    queue()
    save = ready.saves.get()
    assert f'value="{save.pk}"' in page(ada_client, lab)
    assert "Your saved work" not in page(grace_client, lab)
    assert grace_client.post(f"/labs/{lab.id}/start", {"resume": save.pk}).status_code == 404
    assert ada_client.post(f"/labs/{lab.id}/start", {"resume": "no-save"}).status_code == 404
    ada_client.post(f"/labs/{lab.id}/start", {"resume": save.pk})
    queue()
    text = page(ada_client, lab)
    assert 'id="resumed"' in text
    assert LabSession.objects.live().get().resumes == save


@pytest.mark.parametrize("address", ["/labs/first-light/", "/"])
def test_a_window_that_is_older_than_the_newest_work_resumes_the_newest_work(
    ada_client, lab, ready, engine, queue, address
):
    old = keep(ready, Saved(b"old", []), Save.Reason.STOP, timezone.now() - timedelta(hours=1))
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    before = ada_client.get(address).text.partition(f'name="resume" value="{old.pk}"')[2]
    form = dict(re.findall('name="(newest)" value="([^"]+)"', before.partition("</form>")[0]), resume=str(old.pk))
    new = keep(ready, Saved(b"new", []), Save.Reason.STOP, timezone.now())  # by another window
    saves.remove(old)
    ada_client.post(f"/labs/{lab.id}/start", form)
    assert LabSession.objects.live().get().resumes == new


@pytest.mark.parametrize("state", [State.READY, State.STOPPED])
def test_before_saved_work_is_removed_for_its_size_the_page_says_how_much_there_is(
    ada_client, lab, ready, engine, queue, monkeypatch, state
):
    keep(ready, Saved(b"x" * 2048, []), Save.Reason.STOP, timezone.now())
    LabSession.objects.update(state=state)
    assert "Your saved work of all labs takes" not in page(ada_client, lab)
    monkeypatch.setattr(saves, "MOST_BYTES", 2500)
    assert "Your saved work of all labs takes 2.0 KB of 2.4 KB." in page(ada_client, lab)


def test_the_page_of_a_lab_whose_saved_work_was_removed_says_so(ada_client, lab, ready, engine, queue, monkeypatch):
    keep(ready, Saved(b"x" * 2048, []), Save.Reason.STOP, timezone.now() - timedelta(hours=1))
    LabSession.objects.update(state=State.STOPPED)
    monkeypatch.setattr(saves, "MOST_BYTES", 2500)
    other = LabSession.objects.create(learner=ready.learner, lab="second-wind", lab_version="1", state=State.READY)
    keep(other, Saved(b"y" * 2048, []), Save.Reason.STOP, timezone.now())
    assert failure_sentences.SAVES_REMOVED in page(ada_client, lab)


def test_the_list_of_what_was_not_saved_is_escaped(ada_client, lab, ready, engine, queue):
    ada_client.post(url("save", ready))
    queue()
    ready.saves.update(left_out=["h1: <script>alert(1)</script>"])
    assert "<script>alert" not in ada_client.get(f"/labs/{lab.id}/").text


@pytest.mark.parametrize("state", [None, *State.values])
@pytest.mark.parametrize("is_exam", [False, True])
def test_each_part_in_the_bar_of_a_phone_is_on_the_page_in_every_state(
    ada_client, lab, ready, engine, queue, state, is_exam
):
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    if state is None:
        LabSession.objects.all().delete()
    else:
        LabSession.objects.update(state=state, exam=Exam.SEALED if is_exam else Exam.NONE)
    text = page(ada_client, lab)
    bar = text[text.index('<nav class="jump"') :].partition("</nav>")[0]
    parts = re.findall('href="#([a-z]+)"', bar)
    assert parts == ["guide", "checks", "map", "terminal"]
    assert [part for part in parts if f'id="{part}"' not in text] == []


@pytest.mark.parametrize("state", [State.FAILED, State.STOPPED])
@pytest.mark.parametrize(("its_page", "leads_to"), [("/the/exam/", "/the/exam/"), ("", "/labs/first-light/")])
def test_a_lab_of_an_exam_that_has_ended_leads_to_where_the_exam_goes_on(
    ada_client, lab, ready, engine, state, its_page, leads_to, monkeypatch
):
    """Regression: after a power cut it said "Start it again", which no button did, while the exam ran in its next lab."""
    monkeypatch.setattr(hooks, "exam_page", lambda session: its_page)
    LabSession.objects.update(state=state, exam=Exam.SEALED, error="Start it again.")
    text = ada_client.get(url("panel", ready), headers={"X-Vaka": "panel"}).text
    assert f'data-goes-on-at="{leads_to}"' in text
    assert "the lab starts again by itself" in text
    assert "Start it again" not in text
    assert "You have not checked your work yet" not in text


def test_near_the_end_the_page_says_when_the_lab_stops_and_that_work_is_saved(ada_client, lab, ready, engine):
    LabSession.objects.update(ends_at=ready.ready_at + timedelta(minutes=9))
    assert "What you have typed is saved then" in page(ada_client, lab)


def fails(session, check, **fields):
    """Let a check fail in the last attempt, and say what its page shows."""
    session.check_statuses.filter(check_id=check).update(outcome="failed", **fields)


def test_a_command_names_its_node_and_is_offered_only_where_the_learner_can_log_in(
    ada_client, lab, ready, engine, queue
):
    request_check(ready)
    queue()
    fails(ready, "on", command="sysctl net.ipv6.conf.all.forwarding", node="r1")
    assert "See for yourself on r1" in page(ada_client, lab)
    fails(ready, "on", command="birdc show route", node="up")  # which belongs to the lab
    text = page(ada_client, lab)
    assert "birdc show route" not in text
    assert "up, where you have no terminal" in text


def test_a_cable_that_the_learner_unplugged_on_the_page_is_named_as_the_cause(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    down = {"msgid": "%(end)s is down, so no packet passes this link.", "params": {"end": "r1:eth0"}}
    fails(ready, "on", cause=down)
    assert "r1:eth0 is down, so no packet passes this link." in page(ada_client, lab)
    LabSession.objects.update(cables={"r1:eth0": {"up": False}})
    text = page(ada_client, lab)
    assert "The cable r1:eth0 – h1:eth0 is unplugged on the page of the lab. Plug it in again" in text
    assert "so no packet passes this link" not in text


@pytest.mark.parametrize("how", [{"ends": {"r1:eth0": "DOWN"}}, {"cables": {"r1:eth0": {"up": False}}}])
def test_a_cable_that_is_down_is_drawn_as_down(ada_client, lab, ready, how):
    """The word stood beside a cable that was drawn like all others."""
    assert 'class="ln down"' not in page(ada_client, lab)
    LabSession.objects.update(**how)
    assert re.findall(r'class="ln down" data-link="(\d)"', page(ada_client, lab)) == ["0"]


def test_in_an_exam_the_drawing_says_nothing_of_links_that_nobody_looks_at(ada_client, lab, ready):
    """Regression: a link that the learner had set up stayed “down” until the end, because only the start was looked at."""
    LabSession.objects.update(exam=Exam.SEALED, ends={"r1:eth0": "DOWN"})
    assert 'class="ln down"' not in page(ada_client, lab)


def test_a_cause_of_several_sentences_names_the_unplugged_cable_too(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    so = Text("So packets do not pass the link of %(end)s as they should.", end="h1:eth0")
    found = cause("link-down", "ip link show eth0", "r1", so=so, end="r1:eth0", dev="eth0")
    fails(ready, "on", cause=found.text.as_json())
    assert "To bring it up, type “ip link set eth0 up”" in page(ada_client, lab)
    LabSession.objects.update(cables={"r1:eth0": {"up": False}})
    text = page(ada_client, lab)
    assert "The cable r1:eth0 – h1:eth0 is unplugged on the page of the lab. Plug it in again" in text
    assert "ip link set" not in text


def test_a_skip_is_offered_only_to_stages_that_come_later(ada_client, lab, ready, engine, queue):
    assert page(ada_client, lab).count("Skip to this stage …") == 1
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert "Skip to this stage …" not in text
    assert 'id="checks"' in text  # the tab “Checks” of a phone leads somewhere


def test_the_points_of_a_check_stand_beside_what_it_gives_also_before_it_has_run(ada_client, lab, ready):
    checks = page(ada_client, lab).partition('id="checks"')[2]
    for points in ("0 / 4", "0 / 2"):
        assert f'<span class="num quiet">{points}</span>' in checks


def test_the_page_and_the_list_count_the_same_minutes(ready):
    ready.ends_at = timezone.now() + timedelta(minutes=76, seconds=20)
    assert ready.minutes_left() == 77
    ready.ends_at = timezone.now() - timedelta(seconds=1)
    assert ready.minutes_left() == 0


def test_what_the_learner_has_not_come_to_is_not_started_and_not_failed(ada_client, lab, ready, engine, queue):
    types(ready)
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    text = page(ada_client, lab)
    assert 'id="verdict-on-none"' in text  # nobody has requested a check
    assert '0 of 3 checks<span class="points"><span class="comma">, </span>0 points' in text
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert 'id="verdict-on-fail" open' in text
    assert 'id="verdict-file-none">' in text  # the second stage; its reason can be opened
    assert 'class="v fail" id="verdict-file' not in text


STAGE = 'title="%d. %s: %s"'


def word_of(text, number, title, word):
    """Whether the bar, the stages and the drawer have this word for a stage."""
    heads = {
        part: re.findall(rf'id="{part}-[^"]*"[^>]*><summary.*?</summary>', text)[number - 1]
        for part in ("open", "checks")
    }
    return (
        STAGE % (number, title, word) in text
        and f"{word} <span class" in heads["open"]
        and f'<span class="vh">{word} </span>' in heads["checks"]
    )


def test_a_lab_in_which_nobody_has_worked_is_not_started_and_not_failed_by_a_check(
    ada_client, lab, ready, engine, queue
):
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    assert word_of(page(ada_client, lab), 1, "Forwarding", "Not started")
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert word_of(text, 1, "Forwarding", "Not started")
    assert word_of(text, 2, "A file", "Not started")
    assert not re.search(r'id="verdict-[^"]*-fail"|class="v[^"]* fail', text)
    assert re.search(r'id="now">.*?Attempt at \d\d:\d\d:\d\d: 0 of 10 points\.', text)
    assert "In progress" not in text
    types(ready)
    text = page(ada_client, lab)
    assert word_of(text, 1, "Forwarding", "In progress")
    assert 'id="verdict-on-fail" open' in text
    assert "Working" not in text


@pytest.mark.parametrize("work", [{"active_node": "r1"}, {"cables": {"r1:eth0": {"up": False}}}])
def test_work_that_is_wrong_is_in_progress_before_the_next_check(ada_client, lab, ready, engine, work):
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    LabSession.objects.update(active_at=timezone.now(), **work)
    text = page(ada_client, lab)
    assert word_of(text, 1, "Forwarding", "In progress")
    assert word_of(text, 2, "A file", "Not started")
    assert 'id="verdict-on-none"' in text
    assert "Not yet" in text[text.index('id="verdict-on-none"') :].split("</summary>")[0]


def test_a_stage_to_which_the_learner_has_come_is_in_progress_once_they_type(ada_client, lab, ready, engine):
    types(ready)
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    assert word_of(page(ada_client, lab), 2, "A file", "Not started")
    types(ready)
    assert word_of(page(ada_client, lab), 2, "A file", "In progress")


@pytest.fixture
def with_two_files(lab, monkeypatch):
    """A lab whose second stage has two checks."""
    forwarding, file = lab.stages
    more = replace(file.checks[0], id="more", title="h1 has the other file", expect={"path": "/etc/more"})
    changed = replace(lab, stages=(forwarding, replace(file, checks=(*file.checks, more))))
    monkeypatch.setattr(versions, "of", lambda session: changed)
    return ["on", "still", "file", "more"]


def test_what_passes_by_itself_in_a_stage_that_nobody_has_begun_counts_as_nothing(
    ada_client, lab, ready, engine, with_two_files
):
    """A check that nothing reaches a neighbour passes while there is no session, and fails when the guide wants the leak."""
    session = engine.client_of(ready)
    session.files["/etc/light"] = "on\n"
    live_checks.run(ready.pk, with_two_files, last=True)
    text = page(ada_client, lab)
    assert word_of(text, 2, "A file", "Not started")
    assert "0 of 4 checks" in text
    assert "True already. It counts once you work in its stage." in text
    types(ready)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_checks.run(ready.pk, with_two_files, last=True)
    assert "2 of 4 checks" in page(ada_client, lab)
    session.files.clear()
    live_checks.run(ready.pk, with_two_files, last=True)
    text = page(ada_client, lab)
    assert "2 of 4 checks" in text
    assert word_of(text, 2, "A file", "Not started")
    assert not re.search(r'id="verdict-[^"]*-fail"|class="v[^"]* fail', text)
    assert "Passed before" not in text
    session.files["/etc/light"] = "on\n"
    live_checks.run(ready.pk, with_two_files, last=True)
    text = page(ada_client, lab)
    assert "3 of 4 checks" in text
    assert word_of(text, 2, "A file", "Partly passed")
    types(ready)
    session.files.clear()
    live_checks.run(ready.pk, with_two_files, last=True)
    CheckStatus.objects.update(since=timezone.now() - timedelta(minutes=1))
    assert "Passed before" in page(ada_client, lab)  # its stage is not done


def test_what_passed_in_an_attempt_counts_also_in_a_stage_that_nobody_has_begun(
    ada_client, lab, ready, engine, queue, with_two_files
):
    engine.client_of(ready).files["/etc/light"] = "on\n"
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert "1 of 4 checks" in text
    assert word_of(text, 2, "A file", "Partly passed")


def test_what_passed_by_itself_before_the_learner_came_to_it_is_not_a_failure_afterwards(
    ada_client, lab, ready, engine, queue
):
    types(ready)
    session = engine.client_of(ready)
    session.files["/etc/light"] = "on\n"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    session.files.clear()
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert 'id="verdict-on-fail" open' in text
    assert 'id="verdict-file-none">' in text
    assert "Passed before" not in text


def test_what_passed_with_its_stage_stays_passed_without_an_attempt_when_a_later_stage_breaks_it(
    ada_client, lab, ready, engine, queue
):
    """The guide of a later stage asks for a cable to be pulled; nobody has requested a check since."""
    types(ready)
    request_check(ready)
    queue()
    session = engine.client_of(ready)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    types(ready)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    CheckStatus.objects.update(since=timezone.now() - timedelta(minutes=1))
    text = page(ada_client, lab)
    assert word_of(text, 1, "Forwarding", "Passed, does not pass now")
    assert '2 of 3 checks<span class="points"><span class="comma">, </span>6 points' in text
    assert "does not pass now, and is not counted yet" in text
    assert not re.search(r'id="verdict-[^"]*-fail"|class="v[^"]* fail', text)
    assert "You are here" in text[text.index('id="stage-file"') :]
    assert "“Check my work” counts" not in text  # at this moment it would count nothing


def test_a_stage_that_one_has_just_come_to_is_not_failed_before_the_next_check(ada_client, lab, ready, engine, queue):
    types(ready)
    request_check(ready)
    queue()
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    text = page(ada_client, lab)
    assert "You are here" in text[text.index('id="stage-file"') :]
    assert 'id="verdict-file-none">' in text
    assert "v flat solo fail" not in text
    types(ready)
    request_check(ready)
    queue()
    assert 'id="verdict-file-fail" open' in page(ada_client, lab)


def test_a_check_that_is_requested_because_a_stage_is_complete_does_not_fail_the_next(
    ada_client, lab, ready, engine, queue
):
    """The automatic checks have seen the stage pass. So the learner requests a check, which counts its points."""
    types(ready)
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    for _time in range(2):
        request_check(ready)
        queue()
        text = page(ada_client, lab)
        assert word_of(text, 2, "A file", "Not started")
        assert not re.search(r'id="verdict-[^"]*-fail"|class="v[^"]* fail', text)
    types(ready)
    assert not re.search(r'id="verdict-[^"]*-fail"|class="v[^"]* fail', page(ada_client, lab))
    request_check(ready)
    queue()
    assert 'id="verdict-file-fail" open' in page(ada_client, lab)


def test_a_check_that_completes_a_stage_does_not_fail_the_next(ada_client, lab, ready, engine, queue):
    """The learner has done a stage and requests a check before the automatic ones have seen it."""
    types(ready)
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert word_of(text, 1, "Forwarding", "Passed")
    assert word_of(text, 2, "A file", "Not started")
    assert "You are here" in text[text.index('id="stage-file"') :]
    assert not re.search(r'id="verdict-[^"]*-fail"|class="v[^"]* fail', text)
    types(ready)
    request_check(ready)
    queue()
    assert 'id="verdict-file-fail" open' in page(ada_client, lab)


def test_the_page_says_in_words_that_what_passes_now_is_not_counted_yet(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    text = page(ada_client, lab)
    assert '3 of 3 checks<span class="points"><span class="comma">, </span>10 points' in text
    assert "Best so far: 0 of 10 points" in text
    assert "The checks that pass now are worth 10 points: “Check my work” counts them." in text
    request_check(ready)
    queue()
    assert "“Check my work” counts" not in page(ada_client, lab)


def test_the_page_says_that_points_in_the_bar_were_never_counted_and_do_not_pass_now(
    ada_client, lab, ready, engine, queue
):
    types(ready)
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    before = timezone.now() - timedelta(minutes=1)
    CheckStatus.objects.filter(session=ready).update(outcome="failed", points=0, since=before)
    text = page(ada_client, lab)
    assert "The points above include checks that passed when nothing counted them, and do not pass now." in text
    assert "“Check my work” counts" not in text


def test_a_lab_whose_checks_pass_asks_for_the_check_that_counts_them_and_not_for_its_stop(
    ada_client, lab, ready, engine, queue
):
    types(ready)
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    text = page(ada_client, lab)
    uncounted = "The checks that pass now are worth 10 points: “Check my work” counts them."
    now, stop = re.search(r'id="now">(.*?)</div>', text)[1], re.search(r'id="stop-menu">(.*?)</details>', text)[1]
    for part in (now, stop):
        assert uncounted in part
        assert 'form="check-work"' in part
        assert "Your score is kept" not in part
    assert "Stop the lab when you have finished" not in text
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    assert "Your score is kept." in re.search(r'id="stop-menu">(.*?)</details>', text)[1]
    assert uncounted not in text
    assert text.count('form="check-work"') == 1, "only the one of the bar for phones"


def test_a_lab_that_was_stopped_without_a_check_says_what_is_not_counted(ada_client, lab, ready, engine, queue):
    types(ready)
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    stop_session(ready)
    assert ">Your score is kept<" not in page(ada_client, lab)
    queue()
    text = page(ada_client, lab)
    assert "checks passed that are worth 10 points, and nothing has counted them. Resume the lab" in text


def test_a_lab_that_failed_does_not_say_that_nothing_is_lost_where_passes_are_not_counted(
    ada_client, lab, ready, engine, queue
):
    types(ready)
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    type(ready).objects.update(state=State.FAILED, error="It failed.")
    text = page(ada_client, lab)
    assert "checks passed that are worth 10 points, and nothing has counted them." in text
    assert "You lost no points." not in text
    type(ready).objects.update(state=State.READY)
    request_check(ready)
    queue()
    type(ready).objects.update(state=State.FAILED)
    assert "You lost no points." in page(ada_client, lab)


def test_in_a_lab_that_has_stopped_nothing_fails_and_what_was_not_started_is_not(ada_client, lab, ready, engine, queue):
    types(ready)
    request_check(ready)
    queue()
    assert 'id="verdict-on-fail"' in page(ada_client, lab)
    stop_session(ready)
    queue()
    text = page(ada_client, lab)
    assert not re.search(r'id="verdict-[^"]*-fail"|class="(v[^"]* )?fail', text)
    assert word_of(text, 1, "Forwarding", "Not passed")
    assert word_of(text, 2, "A file", "Not started")
    assert "You are here" not in text


def test_what_a_check_would_count_is_what_passes_now(ada_client, lab, ready, engine, queue):
    """The file gives 4 points, and an attempt has counted 6 for what is off now: an attempt would count less."""
    types(ready)
    session = engine.client_of(ready)
    session.sysctls["net.ipv6.conf.all.forwarding"] = "1"
    request_check(ready)
    queue()
    session.is_solved()
    session.sysctls["net.ipv6.conf.all.forwarding"] = "0"
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    text = page(ada_client, lab)
    assert "You have passed all checks, but not all of them pass now. Your score is kept." in text
    assert "“Check my work” counts" not in text


def test_the_end_of_a_lab_says_what_was_done_and_where_to_go_on(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    assert 'achieved"' not in page(ada_client, lab)  # it passes, but nothing is counted yet
    request_check(ready)
    queue()
    text = page(ada_client, lab)
    achieved = text[text.index('id="achieved"') : text.index("</section>", text.index('id="achieved"'))]
    for part in ("10 of 10 points", "1 min", "Continue the course", "echo on > /etc/light"):
        assert part in achieved
    assert text.count('href="#achieved"') == 1  # in the bar, which is always in view
    panel = text[: text.index('id="say"')]  # the dialogs are after it
    assert panel.count('class="btn go"') == 1  # one primary action, and it leads on


def test_an_end_with_help_after_an_end_without_leads_on_once(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    type(ready).objects.update(assisted=["forwarding"])
    text = page(ada_client, lab)
    assert "All checks pass, with help." in text
    assert 'id="achieved"' in text
    assert text.count("Continue the course") == 1


@pytest.mark.parametrize("state", [State.STOPPED, State.FAILED])
def test_a_lab_that_ended_before_all_was_solved_leads_back_to_the_course(ada_client, lab, ready, queue, state):
    request_check(ready)
    queue()
    assert "Continue the course" not in page(ada_client, lab)  # there is work to do
    type(ready).objects.update(state=state)
    text = page(ada_client, lab)
    assert f'<a href="/courses-after/{lab.id}/">Continue the course</a>' in text


def test_a_check_that_the_end_of_the_lab_cut_off_is_named(ada_client, lab, ready):
    """The page said that the learner had not checked their work yet."""
    job = request_check(ready)
    Job.objects.filter(pk=job.pk).update(ended_at=timezone.now(), error="The lab ended before this was done.")
    type(ready).objects.update(state=State.STOPPED)
    text = page(ada_client, lab)
    assert "Your work was not checked. The lab ended before this was done." in text
    assert "You have not checked your work yet" not in text


def test_the_solution_is_shown_to_nobody_who_has_not_all_points(ada_client, lab, ready, engine, queue):
    request_check(ready)
    queue()
    assert "echo on > /etc/light" not in page(ada_client, lab)


def test_a_guide_explains_terms_of_the_glossary_once_and_links_rfcs(ada_client, lab, monkeypatch):
    guide = "## Forwarding {#forwarding}\n\nA **router** forwards (RFC 8200). A **router** does more.\n"
    monkeypatch.setattr(versions, "newest", lambda *_: replace(lab, guide=guide))
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert text.count('popovertarget="word-guide-') == 1
    assert '<a href="https://www.rfc-editor.org/rfc/rfc8200"' in text
    assert "<strong>router</strong> does more" in text
