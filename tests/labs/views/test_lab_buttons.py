"""The buttons of the lab page: start, check, reset, extend and stop."""

import re
from datetime import timedelta

import pytest

from labs.engine import errors
from labs.failure_sentences import NO_STARTER, SENTENCES
from labs.lifecycle import saves
from labs.lifecycle.services import request_check
from labs.models import Attempt, LabSession, Save, State
from labs.models.save import NoSave
from labs.registry.versions import NoSuchLab
from tests import builders
from tests.labs.lifecycle.test_starts import FAILING
from tests.labs.views.helpers import ends_in, page, url

pytestmark = pytest.mark.django_db(transaction=True)


def test_start_creates_a_session_and_returns_to_the_page(ada_client, lab, engine, queue):
    answer = ada_client.post(f"/labs/{lab.id}/start", follow=True)
    assert answer.redirect_chain == [(f"/labs/{lab.id}/", 302)]
    assert "Your lab is starting" in answer.text
    assert '<noscript><meta http-equiv="refresh"' in answer.text
    assert queue() == 1
    assert "Check my work" in page(ada_client, lab)


def test_ten_presses_in_two_windows_start_one_lab(ada, lab, engine, queue):
    windows = builders.signed_in(ada), builders.signed_in(ada)
    for press in range(10):
        windows[press % 2].post(f"/labs/{lab.id}/start")
    assert LabSession.objects.count() == 1
    queue()
    assert len(engine.started) == 1
    for window in windows:
        assert "Check my work" in page(window, lab)


def test_the_check_button_answers_a_script_with_the_panel_and_a_form_with_a_redirect(
    ada_client, lab, ready, engine, queue
):
    answer = ada_client.post(url("check", ready), headers={"X-Vaka": "panel"})
    assert answer.status_code == 200
    assert "Checking your work" in answer.text
    assert "<html" not in answer.text
    assert 'id="panel"' in answer.text
    assert ada_client.post(url("check", ready)).status_code == 302
    queue()
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("kind", ["ungraded", "look"])  # the second from a page that was open before an update
def test_a_run_of_the_checks_is_not_graded(ada_client, ready, engine, queue, kind):
    ada_client.post(url("check", ready), {"kind": kind})
    queue()
    assert Attempt.objects.get().kind == Attempt.Kind.UNGRADED_CHECK


def test_a_reset_asks_first_and_forgets_the_results_of_checks(ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    request_check(ready)
    queue()
    assert "All nodes" in ada_client.get(url("reset", ready)).text
    ada_client.post(url("reset", ready), {"node": "r1"})
    assert "Resetting" in page(ada_client, lab)
    queue()
    text = page(ada_client, lab)
    assert engine.client_of(ready).resets == ["r1"]
    assert "Best so far: 10 of 10 points" in text
    assert "of 3 checks pass" not in text


def test_an_unknown_node_cannot_be_reset(ada_client, ready, queue):
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
    assert "Start from the beginning" in text
    assert "Resume where you left off" in text


@pytest.mark.parametrize("how", FAILING)
def test_a_failed_start_says_why(ada_client, lab, use_engine, queue, how):
    character, sentence = FAILING[how]
    use_engine(character)
    ada_client.post(f"/labs/{lab.id}/start")
    queue()
    text = page(ada_client, lab)
    assert "Your lab is not running" in text
    assert sentence in text
    assert "You lost no points." in text
    assert "Start again" in text


def primary(text):
    """Return the words of the buttons and links that are the primary action."""
    return re.findall(r'class="btn go"[^>]*>([^<]+)<', text)


@pytest.mark.parametrize(
    ("error", "has_save", "action"),
    [
        (SENTENCES[errors.ImageOld], False, "Continue the course"),
        (SENTENCES[errors.ImageOld], True, "Continue the course"),
        (NO_STARTER, False, "Continue the course"),
        (SENTENCES[NoSave], True, "Start from the beginning"),
        (SENTENCES[NoSuchLab], True, "Start from the beginning"),
        (SENTENCES[errors.TookTooLong], False, "Start again"),
        (SENTENCES[errors.TookTooLong], True, "Resume where you left off"),
    ],
)
def test_a_failed_lab_has_one_primary_action_and_that_one_can_help(
    ada_client, lab, ready, queue, error, has_save, action
):
    """Regression: it was a new start also with an image of another version, or with saved work that is lost."""
    if has_save:
        ada_client.post(url("save", ready))
        queue()
    LabSession.objects.update(state=State.FAILED, error=error)
    assert primary(page(ada_client, lab)) == [action]


def test_a_start_without_a_broker_says_why(ada_client, lab, engine):
    answer = ada_client.post(f"/labs/{lab.id}/start", follow=True)
    assert "Your lab could not start, because the message broker does not answer. You lose no work." in answer.text
    assert "Start again" in answer.text


def test_a_check_without_a_broker_says_why(ada_client, lab, ready):
    answer = ada_client.post(url("check", ready), follow=True)
    assert "Your work was not checked" in answer.text
    assert "the message broker does not answer. You lose no points." in answer.text


def test_a_check_of_a_lab_that_has_ended_says_so(ada_client, lab, ready):
    LabSession.objects.update(state=State.STOPPED)
    answer = ada_client.post(url("check", ready), follow=True)
    assert "The lab is not running, so nothing was done." in answer.text


def test_time_can_be_added_near_the_end_and_only_three_times(ada_client, lab, ready):
    assert "Add 20 min" not in ada_client.get(f"/labs/{lab.id}/").text
    for _ in range(3):
        before = ends_in(ready, minutes=12)
        assert "Add 20 min" in ada_client.get(f"/labs/{lab.id}/").text
        ada_client.post(url("extend", ready))
        ready.refresh_from_db()
        assert ready.ends_at == before + timedelta(minutes=20)
    before = ends_in(ready, minutes=12)
    assert "Add 20 min" not in ada_client.get(f"/labs/{lab.id}/").text
    answer = ada_client.post(url("extend", ready), follow=True)
    assert "No time was added" in answer.text
    ready.refresh_from_db()
    assert ready.ends_at == before


@pytest.mark.parametrize("minutes", [45, -1])
def test_time_is_not_added_too_early_or_too_late(ada_client, ready, minutes):
    before = ends_in(ready, minutes=minutes)
    ada_client.post(url("extend", ready))
    ready.refresh_from_db()
    assert ready.ends_at == before


def test_two_windows_add_time_once(ready):
    ends_in(ready, minutes=12)
    windows = [type(ready).objects.get(pk=ready.pk) for _ in range(2)]
    windows[0].extend(20, within=30, most=3)
    with pytest.raises(Exception, match="cannot be extended"):
        windows[1].extend(20, within=30, most=3)
    ready.refresh_from_db()
    assert ready.extensions == 1


def test_a_lab_that_ends_soon_says_so(ada_client, lab, ready):
    assert 'id="ending"' not in ada_client.get(f"/labs/{lab.id}/").text
    ends_in(ready, minutes=8)
    assert 'id="ending"' in ada_client.get(f"/labs/{lab.id}/").text


def test_going_back_asks_for_the_save_that_the_form_names(ready, ada_client, engine):
    early = saves.make(ready, engine.client_of(ready), Save.Reason.ASKED)
    assert "Go back to this one" in ada_client.get(f"/labs/{ready.lab}/", follow=True).text
    ada_client.post(f"/labs/sessions/{ready.pk}/go-back", {"save": str(early.pk)})
    assert [(job.kind, job.save_to_restore) for job in ready.jobs.all()] == [("goback", early)]


def test_going_back_to_nothing_says_so_and_asks_for_nothing(ready, ada_client):
    answer = ada_client.post(f"/labs/sessions/{ready.pk}/go-back", {"save": "nonsense"}, follow=True)
    assert "did not go back" in answer.text
    assert not ready.jobs.exists()
