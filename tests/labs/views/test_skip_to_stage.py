"""Skipping to a stage: what it does, what it costs, and who may do it."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.engine import errors
from labs.lifecycle import check_work, resets, services, shown_stages, skip_to_stage, starts
from labs.live import live_checks
from labs.models import Attempt, CheckStatus, Job, LabSession, Save, ShownStage, WrongState
from labs.registry import seeds, versions
from tests.builders import signed_in

pytestmark = pytest.mark.django_db
enqueues = pytest.mark.django_db(transaction=True)


@pytest.fixture
def typing(monkeypatch, engine):
    """Type into the fake lab: who types the solution of its first stage switches its router on."""
    typed = []

    def type_solution(lab, published, stages, *, seconds, on_node):
        lab.there()
        typed.append(tuple(stages))
        lab.sysctls["net.ipv6.conf.all.forwarding"] = "1"
        on_node("r1")

    monkeypatch.setattr(skip_to_stage, "type_solution", type_solution)
    return typed


def skip(session, stage="file"):
    job = session.jobs.create(kind=Job.Kind.SKIP, stage=stage)
    skip_to_stage.skip(job.pk)
    session.refresh_from_db()
    job.refresh_from_db()
    return job


def attempt(session):
    check_work.check(session.jobs.create(kind=Job.Kind.ATTEMPT).pk)
    return Attempt.objects.first()


def test_ada_skips_to_the_second_stage_and_gets_points_for_what_she_does_herself(ready, engine, typing):
    job = skip(ready)
    assert (job.error, typing, engine.client_of(ready).resets) == ("", [("forwarding",)], [None])
    assert ready.assisted == ["forwarding"]
    helped = attempt(ready)
    assert (helped.score, helped.out_of, helped.unknown, helped.assisted) == (0, 10, 0, ["forwarding"])
    assert {v.check_id: (v.outcome, v.points) for v in helped.verdicts.all()}["on"] == ("passed", 0)
    engine.client_of(ready).is_solved()
    own = attempt(ready)
    assert own.score == 4
    assert not own.is_full
    assert CheckStatus.objects.get(check_id="on").first_passed_at is None
    assert CheckStatus.objects.get(check_id="file").first_passed_at


@pytest.mark.parametrize("again", [Job.Kind.SKIP, Job.Kind.RESET])
def test_a_check_of_before_a_skip_or_reset_makes_nothing_red_after_it(ready, engine, typing, again):
    LabSession.objects.update(active_node="r1", active_at=timezone.now())
    attempt(ready)
    there, learner = reverse("labs:lab", args=[ready.lab]), signed_in(ready.learner)
    red = 'class="v fail" id="verdict-'
    assert red in learner.get(there).text
    if again == Job.Kind.SKIP:
        skip(ready)
    else:
        resets.reset(ready.jobs.create(kind=again).pk)
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    text = learner.get(there).text
    assert red not in text
    assert "v flat solo fail" not in text
    attempt(ready)  # at nothing: nobody has typed since
    assert red not in learner.get(there).text
    LabSession.objects.update(active_node="r1", active_at=timezone.now())
    attempt(ready)
    assert red in learner.get(there).text


def words_of_stages(session):
    """Return the words that the bar has for each stage."""
    text = signed_in(session.learner).get(reverse("labs:lab", args=[session.lab])).text
    return re.findall(r'href="#stage-\w+" title="\d\. [^:"]+: ([^"]+)"', text)


@pytest.mark.parametrize("resumed", [False, True])
def test_a_stage_that_was_skipped_to_is_in_progress_once_its_learner_types(ready, engine, typing, resumed):
    """Regression: it was in progress because the learner, or the site, had typed before."""
    LabSession.objects.update(active_node="r1", active_at=timezone.now())
    if resumed:
        facts = {"learner": ready.learner, "lab": ready.lab, "lab_version": ready.lab_version, "size": 1}
        LabSession.objects.update(resumes=Save.objects.create(session=ready, reason=Save.Reason.ASKED, **facts))
    skip(ready)
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    assert words_of_stages(ready) == ["Assisted", "Not started"]
    LabSession.objects.update(active_node="r1", active_at=timezone.now())
    assert words_of_stages(ready) == ["Assisted", "In progress"]


def test_what_had_passed_before_a_reset_is_not_red_after_it(ready, engine):
    """Regression: a check that had passed once was red at once in a lab as at its start."""
    LabSession.objects.update(active_node="r1", active_at=timezone.now())
    engine.client_of(ready).is_solved()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    reset_all(ready)
    engine.client_of(ready).files.clear()
    live_checks.run(ready.pk, ["on", "still", "file"], last=True)
    assert words_of_stages(ready) == ["Not started", "Not started"]
    text = signed_in(ready.learner).get(reverse("labs:lab", args=[ready.lab])).text
    assert 'class="v fail"' not in text


def test_a_reset_of_all_nodes_removes_the_assistance_and_a_reset_of_one_node_does_not(ready, engine, typing):
    skip(ready)
    for node, left in (("r1", ["forwarding"]), ("", [])):
        resets.reset(ready.jobs.create(kind=Job.Kind.RESET, node=node).pk)
        ready.refresh_from_db()
        assert ready.assisted == left


def reset_all(session):
    resets.reset(session.jobs.create(kind=Job.Kind.RESET).pk)
    session.refresh_from_db()


def test_a_stage_whose_solution_was_shown_gives_no_points_after_a_reset(ada, ready, engine, typing):
    skip(ready)
    reset_all(ready)
    engine.client_of(ready).is_solved()  # Ada types what she was shown
    pasted = attempt(ready)
    assert (pasted.score, pasted.assisted, pasted.is_full) == (4, ["forwarding"], False)
    page = signed_in(ada).get(reverse("labs:lab", args=[ready.lab])).text
    assert "This stage was skipped, so its solution was shown to you. It gives no points" in page
    assert "All checks pass, with help." in page
    assert "4 / 6" not in page
    assert "0 / 6" in page


def test_a_reset_after_which_the_stage_is_to_be_done_again_leaves_the_learner_at_its_beginning(
    ada, ready, engine, typing
):
    skip(ready)
    reset_all(ready)
    page = signed_in(ada).get(reverse("labs:lab", args=[ready.lab])).text
    assert '1. Forwarding <span class="here">You are here</span>' in page


def another_session(before, learner=None, **facts):
    LabSession.objects.filter(pk=before.pk).update(state="stopped")
    same = {"learner": learner or before.learner, "lab": before.lab, "lab_version": before.lab_version}
    session = LabSession.objects.create(**same | {"seed": before.seed, "admitted_at": timezone.now()} | facts)
    starts.start(session.pk, 1)
    session.refresh_from_db()
    return session


def solved(session, engine):
    engine.client_of(session).is_solved()
    check_work.check(session.jobs.create(kind=Job.Kind.ATTEMPT).pk)
    return Attempt._base_manager.get(session=session)


def test_it_gives_no_points_in_a_new_session_with_the_same_values(ready, engine, typing):
    skip(ready)
    assert solved(another_session(ready), engine).score == 4


def test_it_gives_points_to_others_with_other_lines_and_in_an_exam(ready, linus, engine, typing, monkeypatch):
    skip(ready)
    assert solved(another_session(ready, linus), engine).is_full
    monkeypatch.setattr(shown_stages, "lines_of", lambda lab, stage, nodes: f"{stage} as typed in another lab")
    with_new_values = another_session(ready, seed=7)
    assert solved(with_new_values, engine).is_full
    in_exam = another_session(with_new_values, seed=0, exam="sealed", ends_at=timezone.now())
    assert shown_stages.of(in_exam) == frozenset()


def test_it_gives_no_points_with_new_values_that_change_nothing_of_its_lines(ready, engine, typing):
    skip(ready)
    assert solved(another_session(ready, seed=7), engine).score == 4


def test_a_skip_that_broke_off_gives_no_points_after_a_reset_either(ready, engine, monkeypatch):
    def type_half(lab, published, stages, **more):
        raise errors.TookTooLong("No prompt came back.")

    monkeypatch.setattr(skip_to_stage, "type_solution", type_half)
    assert skip(ready).error
    reset_all(ready)
    engine.client_of(ready).is_solved()
    assert attempt(ready).score == 4


def stopped(ada, **facts):
    plain = versions.newest("first-ebgp")
    fields = {"learner": ada, "lab": plain.id, "lab_version": plain.version, "seed": seeds.fresh(plain)}
    return LabSession.objects.create(**fields | {"state": "stopped"} | facts)


@enqueues
def test_a_learner_who_has_skipped_starts_the_lab_with_new_values_and_keeps_them(ada, broker):
    before = stopped(ada)
    ShownStage.objects.create(learner=ada, lab=before.lab, seed=before.seed, stage="originate")
    browser, page = signed_in(ada), reverse("labs:lab", args=["first-ebgp"])
    assert "Start with new values" in browser.get(page).text
    browser.post(reverse("labs:start", args=["first-ebgp"]), {"new_values": "yes"})
    session = LabSession.objects.live().get()
    assert session.seed not in (0, before.seed)
    assert seeds.kept(ada, versions.newest("first-ebgp")) == session.seed
    assert seeds.kept_for(ada, ["first-ebgp"]) == {"first-ebgp": session.seed}
    LabSession.objects.filter(pk=session.pk).update(state="stopped")
    assert "Start with new values" not in browser.get(page).text


@enqueues
def test_a_learner_who_has_skipped_nothing_keeps_the_values(ada, broker):
    before = stopped(ada)
    browser = signed_in(ada)
    assert "Start with new values" not in browser.get(reverse("labs:lab", args=["first-ebgp"])).text
    browser.post(reverse("labs:start", args=["first-ebgp"]), {"new_values": "yes"})
    assert LabSession.objects.live().get().seed == before.seed


def test_the_page_of_a_skip_says_whether_its_points_can_be_earned_later(ada, ready):
    LabSession.objects.filter(pk=ready.pk).update(state="ready")
    asked = signed_in(ada).get(reverse("labs:skip", args=[ready.pk]), {"stage": "file"}).text
    assert "Their checks give no points, also after a reset" in asked
    assert "The lab is the same for everybody, so you cannot earn their points later." in asked


@pytest.mark.parametrize(
    ("lab_id", "stage", "told"),
    [
        ("first-ebgp", "close", "To earn their points later, start the lab with new values."),
        (
            "isis-dual-stack",
            "six",
            "Their solution is the same with all values, so you cannot earn their points later.",
        ),
        ("anti-spoofing", "", "You cannot earn the points of “"),
    ],
)
def test_the_page_of_a_skip_says_of_which_stages_new_values_give_the_points(ada, lab_id, stage, told):
    found = versions.newest(lab_id)
    session = stopped(ada, lab=found.id, lab_version=found.version, seed=seeds.fresh(found), state="ready")
    asked = signed_in(ada).get(reverse("labs:skip", args=[session.pk]), {"stage": stage or found.stages[-1].id}).text
    assert told in asked


def shown(session, *stages):
    shown_stages.record(session, versions.of(session), stages)


@enqueues
def test_new_values_are_not_offered_where_they_change_nothing(ada, broker):
    before = stopped(ada)
    shown(before, "prefer")
    browser, page = signed_in(ada), reverse("labs:lab", args=["first-ebgp"])
    text = browser.get(page).text
    assert "Start with new values" not in text
    assert "Its solution is the same with all values, so you cannot earn its points later." in text
    browser.post(reverse("labs:start", args=["first-ebgp"]), {"new_values": "yes"})
    assert LabSession.objects.live().get().seed == before.seed


@enqueues
def test_each_stage_says_how_its_points_can_be_earned(ada, broker):
    shown(stopped(ada), "prefer", "originate")
    text = signed_in(ada).get(reverse("labs:lab", args=["first-ebgp"])).text
    assert "Start with new values" in text
    assert "Its solution is the same with all values, so you cannot earn its points later." in text
    assert "To earn its points, stop the lab and start it with new values." in text


def test_a_better_earlier_attempt_is_kept(ada, ready, engine, typing):
    engine.client_of(ready).is_solved()
    before = attempt(ready)
    resets.reset(ready.jobs.create(kind=Job.Kind.RESET).pk)
    skip(ready)
    assert attempt(ready).score == 4  # the file of the fake lab outlives its reset
    assert Attempt.objects.best(ada, ready.lab) == before


def test_a_stage_that_has_passed_in_an_attempt_stays_the_learners_after_a_skip(ready, engine, typing):
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    before = attempt(ready)
    said = signed_in(ready.learner).get(reverse("labs:skip", args=[ready.pk]), {"stage": "file"}).text
    assert "not counted before the skip" not in said
    skip(ready)
    assert (ready.assisted, shown_stages.of(ready)) == ([], frozenset())
    assert attempt(ready).score == before.score > 0
    skip(ready)
    assert ready.assisted == []


def test_the_page_of_a_skip_says_that_a_pass_must_be_counted_before(ada):
    found = versions.newest("lin-find-your-way")
    session = stopped(ada, lab=found.id, lab_version=found.version, seed=seeds.fresh(found), state="ready")
    page = {"path": reverse("labs:skip", args=[session.pk]), "data": {"stage": found.stages[-1].id}}
    assert "Points that are not counted before the skip are lost." not in signed_in(ada).get(**page).text
    for check in found.stages[0].checks:
        row = {"stage": found.stages[0].id, "outcome": "passed", "points": check.points, "out_of": check.points}
        row |= {"expected": {"msgid": ""}, "seen": {"msgid": ""}}
        now = timezone.now()
        CheckStatus.objects.create(
            session=session, check_id=check.id, since=now, seen_at=now, first_passed_at=now, reached=True, **row
        )
    asked = signed_in(ada).get(**page).text
    assert "Points that are not counted before the skip are lost." in asked
    assert reverse("labs:check", args=[session.pk]) in asked


def test_a_skip_that_fails_gives_no_points_either(ready, engine, monkeypatch):
    def type_half(lab, published, stages, **more):
        lab.sysctls["net.ipv6.conf.all.forwarding"] = "1"
        raise errors.TookTooLong("No prompt came back.")

    monkeypatch.setattr(skip_to_stage, "type_solution", type_half)
    assert skip(ready).error
    said = signed_in(ready.learner).get(reverse("labs:lab", args=[ready.lab])).content.decode()
    assert "Skipping to the stage failed" in said
    assert attempt(ready).score == 0


def test_unknown_checks_of_an_assisted_stage_do_not_count_as_unknown_points(ready, engine, typing):
    skip(ready)
    engine.client_of(ready).error = errors.LabFailed("The supervisor is busy.")
    assert attempt(ready).unknown == 4


@enqueues
def test_the_first_stage_and_an_unknown_stage_cannot_be_skipped_to(ready, queue):
    for stage in ("forwarding", "nowhere"):
        with pytest.raises(WrongState):
            services.request_skip(ready, stage)
    assert queue() == 0


@enqueues
def test_the_page_says_what_a_skip_costs_and_then_that_the_stage_was_assisted(ada, ready, engine, typing, queue):
    browser, page = signed_in(ada), reverse("labs:lab", args=[ready.lab])
    here = reverse("labs:skip", args=[ready.pk])
    assert f'{here}?stage=file"' in browser.get(page).content.decode()
    asked = browser.get(here, {"stage": "file"}).content.decode()
    assert "Skip to “A file”" in asked
    assert "Forwarding" in asked
    assert "6 points" in asked
    assert browser.post(here, {"stage": "file"}).status_code == 302
    assert "are done on them" in browser.get(page).content.decode()
    assert queue() == 1
    attempt(ready)
    said = browser.get(page).content.decode()
    assert said.count("Assisted") == 6  # twice in the bar, the stage in the guide and in the drawer, its two checks
    assert 'class="v pass"' not in said
    assert "Assisted" in browser.get(reverse("labs:catalogue")).content.decode()
    assert "Assisted" in browser.get(reverse("courses:my_progress")).content.decode()


@enqueues
def test_another_learner_cannot_skip_in_ada_s_lab_and_an_administrator_can(
    ready, linus_client, olga_client, engine, typing, queue
):
    here = reverse("labs:skip", args=[ready.pk])
    assert linus_client.post(here, {"stage": "file"}).status_code == 404
    assert linus_client.get(here).status_code == 404
    assert "This is the lab “First light” of" in olga_client.get(here).content.decode()
    olga_client.post(here, {"stage": "file"})
    assert queue() == 1
    ready.refresh_from_db()
    assert ready.assisted == ["forwarding"]


def comes_to_the_file(session):
    """The learner has passed the first stage."""
    facts = {"stage": "forwarding", "outcome": "passed", "reached": True, "points": 3, "out_of": 3}
    facts |= dict.fromkeys(("since", "seen_at"), timezone.now()) | {key: {} for key in ("expected", "seen")}
    for check in ("on", "still"):
        CheckStatus.objects.create(session=session, check_id=check, **facts)


@enqueues
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_skip_to_where_ada_is_already_asks_and_resets_nothing(ready, queue, ada, method):
    """As with a dialog that was opened before she passed the stage, or in another window."""
    comes_to_the_file(ready)
    send = getattr(signed_in(ada), method)
    answer = send(reverse("labs:skip", args=[ready.pk]), {"stage": "file"}, follow=True)
    assert "You have come to “A file” already, so nothing was reset." in answer.content.decode()
    assert not ready.jobs.exists()


@enqueues
def test_a_skip_in_all_labs_leaves_those_alone_who_have_come_as_far(ready, linus, engine, typing, queue, olga_client):
    asked = {"learner": linus, "lab": ready.lab, "lab_version": ready.lab_version}
    behind = LabSession.objects.create(**asked, admitted_at=timezone.now())
    starts.start(behind.pk, 1)
    comes_to_the_file(ready)
    here = reverse("labs:skip_all", args=[ready.lab])
    asks = olga_client.get(here, {"stage": "file"}).content.decode()
    assert "1 running lab is reset and skips" in asks
    assert "1 lab is left as it is: its learner has come as far." in asks
    assert "1 lab is left as it is" in olga_client.post(here, {"stage": "file"}, follow=True).content.decode()
    assert list(Job.objects.values_list("session", "kind")) == [(behind.pk, Job.Kind.SKIP)]
    comes_to_the_file(behind)
    assert "Nothing is reset." in olga_client.get(here, {"stage": "file"}).content.decode()


@enqueues
def test_an_administrator_skips_to_a_stage_in_all_labs(
    ready, linus, grace, engine, typing, queue, olga_client, linus_client
):
    here = reverse("labs:skip_all", args=[ready.lab])
    assert linus_client.get(here).status_code == linus_client.post(here, {"stage": "file"}).status_code == 404
    sessions = [ready]
    for person in (linus, grace):
        asked = {"learner": person, "lab": ready.lab, "lab_version": ready.lab_version}
        sessions.append(LabSession.objects.create(**asked, admitted_at=timezone.now()))
        starts.start(sessions[-1].pk, 1)
    busy = sessions.pop()
    busy.jobs.create(kind=Job.Kind.UNGRADED_CHECK)
    assert "3 running labs are reset" in olga_client.get(here, {"stage": "file"}).content.decode()
    said = olga_client.post(here, {"stage": "file"}, follow=True).content.decode()
    assert "2 labs are skipping to the stage." in said
    assert "1 lab is busy with another job and was left out." in said
    assert queue() == 2
    for session in sessions:
        session.refresh_from_db()
        assert session.assisted == ["forwarding"]
