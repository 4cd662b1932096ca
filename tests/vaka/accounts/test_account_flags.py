"""The flags of an account, which every page needs."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.module_loading import import_string

from labs.models import LabSession, State
from vaka.accounts import account_flags
from vaka.accounts.account_flags import flags_of
from vaka.workshops.models import AgendaItem, Workshop


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


def test_each_person_has_their_own_flags(request_of, ada, linus):
    LabSession.objects.create(learner=ada, lab="village", lab_version="0" * 12, state=State.READY)
    shared = LabSession.objects.create(lab="exchange", lab_version="0" * 12, state=State.READY)
    assert [flags_of(request_of(one))["has_live_lab"] for one in (ada, linus)] == [True, False]
    shared.seats.create(user=linus, nodes=["r1"])
    assert [flags_of(request_of(one))["has_live_lab"] for one in (linus, ada)] == [True, True]
    LabSession.objects.update(state=State.STOPPED)
    assert [flags_of(request_of(one))["has_live_lab"] for one in (linus, ada)] == [False, False]


def test_the_query_is_built_once_for_all_people_and_again_on_the_next_day(request_of, ada, linus, monkeypatch):
    """Regression: to build it took 6 ms of CPU time in every request, and to ask it 0.3 ms."""
    built = []
    monkeypatch.setattr(account_flags, "import_string", lambda path: built.append(path) or import_string(path))
    account_flags._query.cache_clear()
    for person in (ada, linus, ada):
        flags_of(request_of(person))
    assert len(built) == len(settings.ACCOUNT_FLAGS)
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    flags_of(request_of(ada))
    assert len(built) == 2 * len(settings.ACCOUNT_FLAGS)


def test_a_flag_follows_the_day(request_of, ada, monkeypatch):
    """An exam that nobody has ended counts until the day after its workshop."""
    today = timezone.now()
    workshop = Workshop.objects.create(title="Moana NOG 6", first_day=today, last_day=today, join_code="AAAABBBB")
    workshop.seats.create(number=1, name="Ada", user=ada)
    times = {"from_at": today, "to_at": today + timedelta(hours=1), "opened_at": today}
    workshop.agenda.create(title="Final", kind=AgendaItem.Kind.EXAM, **times)
    assert flags_of(request_of(ada))["an_exam_runs"]
    monkeypatch.setattr(timezone, "now", lambda: today + timedelta(days=2))
    assert not flags_of(request_of(ada))["an_exam_runs"]


def test_nothing_is_asked_about_visitors_and_on_error_pages_without_a_user(
    db, rf, request_of, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert flags_of(request_of(AnonymousUser())) == {}
        assert flags_of(rf.get("/")) == {}
