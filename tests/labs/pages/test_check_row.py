"""The row of a check: what the page says of one that passed in an attempt and was, or was not, looked at since."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.engine.definition.spec import Check
from labs.engine.translatable_text import Text
from labs.models import CheckStatus
from labs.pages.check_row import CheckView, SincePassed, since_passed

PING = {"type": "ping", "expect": {"to": "2001:db8::1"}}
PULLS = {"do": ({"link": "r1:eth0", "up": False},)}


def check(**more):
    return Check(id="one", title="", on=("h1",), points=1, **PING | more)


def status(outcome, *, passed=True):
    return CheckStatus(check_id="one", outcome=outcome, passed_in_attempt_at=timezone.now() if passed else None)


@pytest.mark.parametrize(
    ("one", "outcome", "found"),
    [
        (check(), "passed", SincePassed.NOTHING),
        (check(), "", SincePassed.NOTHING),  # it was reset, and nobody has looked yet
        (check(), "failed", SincePassed.LAPSED),
        (check(), "waiting", SincePassed.WAITS),
        (check(**PULLS), "failed", SincePassed.FAILED),
        (check(**PULLS), "waiting", SincePassed.WAITS),
    ],
)
def test_what_the_page_says_of_a_check_that_passed_follows_what_was_looked_at(one, outcome, found):
    assert since_passed(one, status(outcome)) is found
    view = CheckView(one, status(outcome), opened=False)
    assert (view.is_lapsed, view.has_failed_since) == (found is SincePassed.LAPSED, found is SincePassed.FAILED)


def test_of_a_lab_that_does_not_run_nothing_is_said_about_now():
    view = CheckView(check(), status("failed"), opened=False, runs=False)
    assert (view.is_lapsed, view.passed, view.shape) == (False, True, "pass")


def test_a_check_that_passed_in_no_attempt_has_not_lapsed():
    assert since_passed(check(), status("failed", passed=False)) is SincePassed.NOTHING
    assert since_passed(check(), None) is SincePassed.NOTHING


@pytest.mark.parametrize(("protocol", "listens"), [("tcp", True), ("udp", False)])
def test_of_a_flow_over_tcp_the_page_says_that_the_check_itself_listens(protocol, listens):
    one = check(type="flow.allow", expect={"to": "h2", "address": "2001:db8::2", "protocol": protocol, "port": 80})
    assert CheckView(one, status("failed"), opened=False).listens is listens
    assert not CheckView(check(), status("failed"), opened=False).listens


def test_a_cause_that_was_found_a_while_before_the_last_failure_has_its_time():
    row = status("failed", passed=False)
    row.seen_at = timezone.now()
    row.cause, row.is_cause_found = Text.plain("The address is wrong.").as_json(), True
    row.cause_at = row.seen_at - timedelta(minutes=2)
    assert CheckView(check(), row, opened=False).cause_found_at == row.cause_at
    row.cause_at = row.seen_at - timedelta(seconds=3)
    assert CheckView(check(), row, opened=False).cause_found_at is None
    row.cause_at, row.is_cause_found = row.seen_at - timedelta(minutes=2), False
    assert CheckView(check(), row, opened=False).cause_found_at is None
