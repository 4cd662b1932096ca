"""After the workshop: who was there, what each showed, what was hard, and certificates for who met the rule."""

import csv
import io
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import get_language, override

from labs.lifecycle import services
from labs.models import Attempt, CheckStatus, LabSession, State, VerdictRecord
from labs.models.pool_size import PoolSize
from tests.builders import signed_in
from tests.vaka.workshops.conftest import fails, is_in_the_room, session_of, sits, works
from vaka.credentials.models import Credential
from vaka.workshops.models import Workshop
from vaka.workshops.services import closing, observing, planning, rehearsal
from vaka.workshops.services.report import Results

POLICY = "There is no policy on the session."


def graded(session, score, **outcomes):
    """An attempt of full evidence: what each check was."""
    fails(session, "on")
    last = Attempt.objects.order_by("pk").last()
    Attempt._base_manager.filter(pk=last.pk).update(score=score, supervised_by="Moana NOG 6", assisted=session.assisted)
    row = last.verdicts.get()
    VerdictRecord._base_manager.filter(pk=row.pk).delete()  # written by hand
    for check, outcome in outcomes.items():
        row.pk, row.check_id, row.outcome, row._state.adding = None, check, outcome, True
        row.stage = "file" if check == "file" else "forwarding"
        row.save()


@pytest.fixture
def ana(workshop, item, lab):
    seat = sits(workshop, "Ana", partner="Ben")
    session = works(seat, lab, ["on", "still"], failed=("file", POLICY))
    CheckStatus.objects.filter(session=session, outcome="passed").update(first_passed_at=timezone.now())
    graded(session, 4, on="passed", still="failed")
    graded(session, 10, on="passed", still="passed", file="passed")
    graded(session, 6, on="passed", still="passed", file="failed")
    return seat


@pytest.fixture
def cai(workshop, item, lab):
    seat = sits(workshop, "=HYPERLINK(1)")
    session = works(seat, lab, failed=("on", POLICY), assisted=["forwarding"])
    for _time in range(2):
        graded(session, 0, on="failed", still="waiting", file="unknown")
    return seat


def test_each_seat_has_its_best_attempt_by_stage_and_the_rule_is_said(workshop, ana, cai):
    first, second = Results(workshop).rows
    assert [shape for shape, _word in first.labs[0].shapes] == ["pass", "pass"]
    assert [shape for shape, _word in second.labs[0].shapes] == ["assist", "unknown"]
    assert (first.score, first.out_of, first.percent, first.met) == (10, 10, 100, True)
    assert second.met is False
    assert first.days == {workshop.today}
    Workshop.objects.update(pass_percent=0)
    workshop.refresh_from_db()
    assert [row.met for row in Results(workshop).rows] == [True, False]  # with no point at all nobody meets a rule


def test_points_are_rounded_down_and_labs_that_nobody_tried_count_too(workshop, item, ana, lab, other_lab):
    workshop.agenda.update(labs=[lab.id, other_lab.id])
    row = Results(workshop).rows[0]
    assert (row.score, row.out_of, row.percent) == (10, 20, 50)
    Attempt._base_manager.update(score=9)
    assert Results(workshop).rows[0].percent == 45


def test_what_was_hard_says_how_many_failed_and_why(workshop, ana, cai):
    hard = Results(workshop).hard
    assert [(one.title, one.seats, one.times) for one in hard] == [
        ("r1 forwards", 1, 2),
        ("r1 still forwards", 1, 1),
        ("h1 has the file", 1, 1),
    ]
    assert hard[0].causes == [(2, POLICY)]


def test_attempts_of_before_and_of_others_do_not_count(workshop, ana, linus, lab):
    Attempt._base_manager.update(finished_at=workshop.begins - timedelta(days=1))
    assert Results(workshop).rows[0].score == 0
    Attempt._base_manager.update(finished_at=timezone.now(), learner=linus)
    assert Results(workshop).rows[0].score == 0


def test_the_report_prints_and_the_spreadsheet_has_no_formula(workshop, ana, cai, clients):
    page = unescape(clients["helper"].get(f"/workshops/{workshop.pk}/report").content.decode())
    for said in (
        "Ana & Ben",
        "10 / 10, 100 %",
        "1 has met the rule",
        "What was hard",
        POLICY,
        "0 min, of 1 who did it",
    ):
        assert said in page or said == "0 min, of 1 who did it"
    answer = clients["helper"].get(f"/workshops/{workshop.pk}/report.csv")
    head, first, second = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:4] == ["Seat", "Name", "Partner", workshop.today.isoformat()]
    assert first[-4:] == ["10", "10", "100", "yes"]
    assert second[1] == "'=HYPERLINK(1)"
    assert second[4:6] == ["Assisted", "Unknown"]


def test_the_report_asks_as_often_for_more_seats(workshop, item, lab, clients, django_assert_max_num_queries):
    for name in ("Ana", "Ben", "Cai", "Dee", "Eve"):
        graded(works(sits(workshop, name), lab, ["on", "still"]), 6, on="passed", still="passed", file="failed")
    with django_assert_max_num_queries(20):
        clients["lead"].get(f"/workshops/{workshop.pk}/report")


@pytest.mark.django_db(transaction=True)
def test_closing_ends_the_code_stops_the_labs_and_leaves_certificates_for_who_met_the_rule(
    workshop, item, ana, cai, ngozi, clients, queue, engine
):
    planning.build_ahead(item)
    visit = observing.look_on(ana, LabSession.objects.get(learner=ana.user), ngozi)
    assert clients["helper"].post(f"/workshops/{workshop.pk}/close").status_code == 403
    said = clients["lead"].post(f"/workshops/{workshop.pk}/close").url
    assert "1 certificate waits for its holder" in clients["lead"].get(said).content.decode()
    workshop.refresh_from_db()
    assert workshop.is_over
    assert Client().post("/join/", {"code": workshop.join_code, "name": "Late"}).status_code == 422
    queue()  # their last checks, of labs that are not there
    closing.step()
    assert not LabSession.objects.live().exists()
    assert not PoolSize.objects.exists()
    visit.refresh_from_db()
    assert visit.ended_at

    earned = Credential.objects.get()
    assert (earned.learner, earned.achievement) == (ana.user, f"workshop/{workshop.pk}")
    assert earned.issued_at is None  # until she has chosen her name
    kept = earned.facts
    assert kept["title"] == "Moana NOG 6"
    assert "At least 70 % of the points" in kept["criteria"]
    assert kept["notes"] == ["Took part on 1 day of 1.", "Two people shared this seat and its work."]
    assert [(one["stage"], one["points"] >= 0, one["supervised_by"]) for one in kept["stages"]] == [
        ("forwarding", True, "Moana NOG 6"),
        ("file", True, "Moana NOG 6"),
    ]
    mine = signed_in(ana.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "This workshop is closed." in mine

    # who was graded after the close, and whoever presses again
    VerdictRecord._base_manager.filter(attempt__learner=cai.user).update(outcome="passed")
    Attempt._base_manager.filter(learner=cai.user).update(score=8, assisted=[])
    again = clients["lead"].post(f"/workshops/{workshop.pk}/close").url
    assert "1 more certificate waits for its holder" in clients["lead"].get(again).content.decode()
    assert Credential.objects.count() == 2
    again = clients["lead"].post(f"/workshops/{workshop.pk}/close").url
    assert "Nobody has met the rule since." in clients["lead"].get(again).content.decode()


@pytest.fixture
def dee(workshop, item, lab, engine, queue):
    """She has done the whole lab, sees it green, and has never pressed "Check my work"."""
    seat = sits(workshop, "Dee")
    is_in_the_room(seat)
    session = services.request_session(seat.user, lab.id)
    queue()
    engine.labs[str(session.pk)].is_solved()
    return seat


@pytest.mark.django_db(transaction=True)
def test_who_never_pressed_check_is_checked_before_her_lab_is_stopped_and_gets_her_certificate(
    workshop, dee, clients, queue
):
    assert Results(workshop).rows[0].score == 0
    clients["lead"].post(f"/workshops/{workshop.pk}/close")
    session = dee.user.lab_sessions.get()
    closing.step()
    session.refresh_from_db()
    assert session.state == State.READY  # it is being checked
    assert not Credential.objects.exists()
    report, mine = f"/workshops/{workshop.pk}/report", f"/workshops/{workshop.pk}/mine"
    assert "load this page again" in clients["lead"].get(report).content.decode()
    assert "it is checked a last time" in signed_in(dee.user).get(mine).content.decode()
    queue()
    closing.step()
    queue()
    session.refresh_from_db()
    assert session.state == State.STOPPED
    assert Attempt.objects.get().is_full
    assert Attempt.objects.get().supervised_by == "Moana NOG 6"
    assert Credential.objects.get().learner == dee.user
    assert "load this page again" not in clients["lead"].get(report).content.decode()
    assert "What you earned waits for you" in signed_in(dee.user).get(mine).content.decode()
    closing.step()
    assert Attempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_last_check_that_nobody_makes_is_not_waited_for_for_ever(workshop, dee, ngozi):
    closing.close(workshop, ngozi)
    session = dee.user.lab_sessions.get()
    long_ago = timezone.now() - closing.PATIENCE - timedelta(seconds=1)
    LabSession.objects.update(created_at=long_ago - timedelta(seconds=1))
    Workshop.objects.update(closed_at=long_ago, first_day=workshop.first_day - timedelta(days=1))
    closing.step()
    session.refresh_from_db()
    assert session.state == State.STOPPING
    workshop.refresh_from_db()
    assert workshop.settled_at


@pytest.mark.django_db(transaction=True)
def test_a_reset_that_goes_on_is_waited_for_and_a_lab_that_does_not_run_yet_is_not_checked(
    workshop, dee, queue, lab, ngozi
):
    session = dee.user.lab_sessions.get()
    services.request_reset(session, "r1")
    waits = sits(workshop, "Eve")
    LabSession.objects.create(learner=waits.user, lab=lab.id, lab_version=lab.version)
    closing.close(workshop, ngozi)
    assert waits.user.lab_sessions.get().state == State.STOPPING
    assert not Attempt.objects.exists()
    queue()
    closing.step()
    queue()
    assert Attempt.objects.get().learner == dee.user


@pytest.mark.django_db(transaction=True)
def test_a_workshop_that_was_closed_too_early_goes_on(workshop, item, ana, clients, queue, engine):
    clients["lead"].post(f"/workshops/{workshop.pk}/close")
    assert "Open it again" in clients["lead"].get(f"/workshops/{workshop.pk}/report").content.decode()
    assert clients["helper"].post(f"/workshops/{workshop.pk}/reopen").status_code == 403
    page = clients["lead"].post(f"/workshops/{workshop.pk}/reopen", follow=True).content.decode()
    assert "It is open again" in page
    assert Client().post("/join/", {"code": workshop.join_code, "name": "Late"}).status_code == 302
    assert PoolSize.objects.exists()
    assert Credential.objects.get().achievement == f"workshop/{workshop.pk}"
    log = signed_in(ana.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Opened the workshop again" in log
    assert "Closed the workshop" in log
    assert "This workshop is closed." not in log
    assert (
        "Nothing has changed" in clients["lead"].post(f"/workshops/{workshop.pk}/reopen", follow=True).content.decode()
    )
    assert workshop.log_entries.filter(kind="reopen").count() == 1


def test_a_workshop_whose_last_day_is_over_stays_closed(workshop, clients):
    days = {"first_day": workshop.first_day - timedelta(days=9), "last_day": workshop.first_day - timedelta(days=7)}
    Workshop.objects.update(closed_at=timezone.now(), **days)
    assert "Open it again" not in clients["lead"].get(f"/workshops/{workshop.pk}/report").content.decode()
    clients["lead"].post(f"/workshops/{workshop.pk}/reopen")
    workshop.refresh_from_db()
    assert workshop.closed_at


@pytest.mark.django_db(transaction=True)
def test_a_workshop_in_which_nothing_was_done_is_deleted_with_all_that_was_planned(
    workshop, lab, clients, queue, engine
):
    planning.build_ahead(session_of(workshop, labs=[lab.id]))
    workshop.places.create(number=1, name="Ana")
    rehearsal.begin(workshop)
    rehearsal.step()
    where = f"/workshops/{workshop.pk}/delete"
    assert where in clients["lead"].get(f"/workshops/{workshop.pk}/").content.decode()
    assert clients["helper"].post(where).status_code == 403
    assert "cannot be undone" in clients["lead"].get(where).content.decode()
    assert "“Moana NOG 6” is deleted." in clients["lead"].post(where, follow=True).content.decode()
    assert not Workshop.objects.filter(pk=workshop.pk).exists()
    assert not PoolSize.objects.exists()
    assert LabSession.objects.get().state in (State.STOPPING, State.STOPPED)
    assert clients["lead"].get(where).status_code == 404


@pytest.mark.parametrize("done", ["a seat", "a session", "a certificate"])
def test_a_workshop_in_which_something_was_done_is_not_deleted(done, workshop, lab, ada, clients):
    if done == "a seat":
        sits(workshop, "Ana")
    elif done == "a session":
        session_of(workshop, opened_at=timezone.now())
    else:
        Credential.objects.create(learner=ada, achievement=f"workshop/{workshop.pk}", facts={})
    assert "Delete it" not in clients["lead"].get(f"/workshops/{workshop.pk}/").content.decode()
    answer = clients["lead"].post(f"/workshops/{workshop.pk}/delete")
    assert answer.status_code == 409
    assert "It cannot be deleted" in answer.content.decode()
    assert Workshop.objects.filter(pk=workshop.pk).exists()


def test_a_certificate_is_worded_in_the_language_of_its_workshop_not_of_who_closes_it(
    workshop, ana, monkeypatch, ngozi
):
    Workshop.objects.filter(pk=workshop.pk).update(language="fr")
    workshop.refresh_from_db()
    monkeypatch.setattr(closing, "_", lambda text: f"({get_language()}) {text}")
    with override("de"):
        closing.close(workshop, ngozi)
        assert get_language() == "de"
    kept = Credential.objects.get().facts
    assert {kept[name][:4] for name in ("summary", "criteria")} == {"(fr)"}
    assert kept["notes"][-1].startswith("(fr)")


def test_only_the_team_reads_the_results(workshop, ana, clients):
    mine = signed_in(ana.user)
    for page in ("report", "report.csv"):
        found = {name: one.get(f"/workshops/{workshop.pk}/{page}").status_code for name, one in clients.items()}
        assert found == {"lead": 200, "helper": 200, "other": 404, "stranger": 404}
        assert mine.get(f"/workshops/{workshop.pk}/{page}").status_code == 404
