"""The flags of an account, which every page needs."""

import pytest
from django.contrib.auth.models import AnonymousUser

from labs.models import LabSession, State
from vaka.accounts.account_flags import flags_of


@pytest.fixture
def request_of(rf):
    def made(user):
        request = rf.get("/")
        request.user = user
        return request

    return made


def test_all_flags_of_a_person_are_one_query_in_a_request(request_of, ada, django_assert_num_queries):
    request = request_of(ada)
    with django_assert_num_queries(1):
        flags = flags_of(request)
        assert flags_of(request) == flags
    assert set(flags) == {"runs_workshops", "has_mentor", "has_live_lab", "an_exam_runs"}
    assert not any(flags.values())


def test_a_live_lab_is_one_of_the_flags(request_of, ada):
    LabSession.objects.create(learner=ada, lab="village", lab_version="0" * 12, state=State.READY)
    assert flags_of(request_of(ada))["has_live_lab"]


def test_nothing_is_asked_about_visitors_and_on_error_pages_without_a_user(
    db, rf, request_of, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert flags_of(request_of(AnonymousUser())) == {}
        assert flags_of(rf.get("/")) == {}
