"""The present state of checks: what passed in an attempt stays, and what cannot be seen now does not become wrong."""

from dataclasses import replace

import pytest

from labs.engine.grading.grading import ON_ASKING
from labs.engine.grading.verdicts import Outcome, Verdict
from labs.engine.translatable_text import Text
from labs.lifecycle import check_statuses
from labs.models import CheckStatus

pytestmark = pytest.mark.django_db

PASSED = Verdict(
    check="on",
    stage="file",
    outcome=Outcome.PASSED,
    points=5,
    out_of=5,
    expected=Text.plain("a light"),
    seen=Text.plain("a light"),
    cause=None,
    command="ip link",
    node="h1",
    read_more=(),
    evidence={},
    seconds=0.1,
)
FAILED = replace(PASSED, outcome=Outcome.FAILED, points=0, seen=Text.plain("no light"))
UNKNOWN = replace(PASSED, outcome=Outcome.UNKNOWN, points=0, seen=Text.plain("no answer"))
ONLY_ON_ASKING = replace(PASSED, outcome=Outcome.WAITING, points=0, seen=Text(ON_ASKING))


def written(session, *verdicts, **how):
    check_statuses.write(session, verdicts, last=False, **how)
    return CheckStatus.objects.get(session=session)


def test_what_passed_in_an_attempt_stays_passed_when_it_fails_later(ready):
    assert written(ready, PASSED, attempt=True).passed_in_attempt_at
    row = written(ready, FAILED)
    assert (row.outcome, bool(row.passed_in_attempt_at)) == ("failed", True)


def test_what_cannot_be_seen_now_keeps_its_last_outcome_and_is_marked_as_missed(ready):
    written(ready, PASSED)
    row = written(ready, UNKNOWN)
    assert (row.outcome, row.missed) == ("passed", True)
    assert not written(ready, PASSED).missed


def test_a_check_that_could_not_run_when_the_learner_asked_says_so_until_they_ask_again(ready):
    written(ready, ONLY_ON_ASKING)
    row = written(ready, UNKNOWN, attempt=True)
    assert (row.outcome, row.missed) == ("unknown", False)
    assert written(ready, ONLY_ON_ASKING).outcome == "unknown"
    assert written(ready, FAILED, attempt=True).outcome == "failed"
    row = written(ready, UNKNOWN, attempt=True)
    assert (row.outcome, row.missed) == ("failed", True)


def test_a_live_check_that_shows_nothing_new_writes_nothing(ready):
    written(ready, FAILED)
    assert not check_statuses.write(ready, [FAILED], last=False)
    assert check_statuses.write(ready, [PASSED], last=False)


def test_a_stage_that_the_site_did_for_the_learner_gives_no_points(ready):
    ready.assisted = ["file"]
    assert [verdict.points for verdict in check_statuses.counted(ready, [PASSED])] == [0]
    assert written(ready, PASSED).first_passed_at is None


def test_a_passed_check_that_fails_is_diagnosed_once(ready):
    written(ready, PASSED)
    assert check_statuses.to_be_diagnosed(ready)(FAILED)
    written(ready, replace(FAILED, cause=Text.plain("The lamp is off.")))
    assert not check_statuses.to_be_diagnosed(ready)(FAILED)


def test_after_a_reset_of_one_node_passes_stay(ready):
    written(ready, PASSED, attempt=True)
    check_statuses.clear(ready, node="h1")
    row = CheckStatus.objects.get()
    assert (row.outcome, bool(row.passed_in_attempt_at)) == ("", True)


def test_after_a_reset_of_all_nodes_the_learner_begins_again(ready):
    written(ready, PASSED, attempt=True)
    check_statuses.clear(ready)
    assert CheckStatus.objects.get().passed_in_attempt_at is None


GOOD = Text.plain("The hello and dead intervals differ.")
LATE = Text.plain("No node answered.")


def test_a_cause_that_was_found_is_not_replaced_because_nobody_answered_in_time(ready):
    written(ready, replace(FAILED, cause=GOOD, further=True))
    assert written(ready, replace(FAILED, cause=LATE), attempt=True).cause == GOOD.as_json()
    other = replace(FAILED, seen=Text.plain("another light"), cause=LATE)
    assert written(ready, other, attempt=True).cause == LATE.as_json()


def test_the_sentence_of_a_check_is_no_cause_that_was_found(ready):
    """A trainee read it three times, where the diagnosis had said that it was not ready."""
    general = Text.plain("Compare the addresses of both routers.")
    written(ready, replace(FAILED, cause=general))
    assert written(ready, replace(FAILED, cause=LATE), attempt=True).cause == LATE.as_json()
    assert written(ready, replace(FAILED, cause=general)).cause == LATE.as_json()  # a live check leaves it
    assert written(ready, replace(FAILED, cause=GOOD, further=True)).cause == GOOD.as_json()


def test_a_cause_has_the_time_at_which_it_was_found(ready):
    """A trainee read a cause that they had mended two minutes before, without a time."""
    first = written(ready, replace(FAILED, cause=GOOD, further=True), attempt=True).cause_at
    assert written(ready, replace(FAILED, cause=LATE), attempt=True).cause_at == first
    assert written(ready, replace(FAILED, cause=GOOD, further=True), attempt=True).cause_at > first
    assert written(ready, replace(FAILED, outcome=Outcome.PASSED, cause=None), attempt=True).cause_at is None


def replies(errors):
    seen = Text("%(received)s replies to %(sent)s requests %(errors)s", received=0, sent=2, errors=errors)
    return replace(FAILED, seen=seen, cause=LATE)


UNREACHABLE = "2001:db8::10: Address unreachable"


@pytest.mark.parametrize(("first", "then"), [("", UNREACHABLE), (UNREACHABLE, "")])
def test_a_cause_stays_whether_or_not_a_node_reported_the_error_in_time(ready, first, then):
    """Regression: a cause of an attempt was replaced by a general sentence 2 seconds later, though nothing had changed."""
    written(ready, replace(replies(first), cause=GOOD, further=True), attempt=True)
    assert not check_statuses.to_be_diagnosed(ready)(replies(then))
    assert written(ready, replies(then)).cause == GOOD.as_json()


def test_another_error_is_another_failure(ready):
    for other in ("Network is unreachable", "2001:db8::1: No route"):
        written(ready, replace(replies(UNREACHABLE), cause=GOOD, further=True), attempt=True)
        assert written(ready, replies(other)).cause == LATE.as_json()
    written(ready, replace(replies("Network is unreachable"), cause=GOOD, further=True), attempt=True)
    assert written(ready, replies("")).cause == LATE.as_json()


def test_without_a_cause_that_nobody_answered_is_said(ready):
    written(ready, FAILED)
    assert written(ready, replace(FAILED, cause=LATE), attempt=True).cause == LATE.as_json()
