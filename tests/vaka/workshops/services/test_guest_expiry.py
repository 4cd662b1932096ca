"""A guest account expires some time after the workshop. The report keeps counts without names."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from labs.lifecycle import daily_cleaning
from labs.models import Attempt, Job, LabSession
from tests.builders import make_person, signed_in
from tests.vaka.workshops.conftest import fails, joins, sits, works
from vaka.accounts.models import User
from vaka.workshops.models import Attendance, Seat, Workshop
from vaka.workshops.services import guest_accounts, guest_expiry, joining
from vaka.workshops.services.report import Report

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    settings.GUEST_DAYS = 90


@pytest.fixture
def ana(workshop, item):
    return sits(workshop, "Ana Tui")


@pytest.fixture
def ben(workshop, item):
    return sits(workshop, "Ben Sione")


def ended(workshop, **ago):
    """Move the workshop, its seats and its attempts into the past, AGO before now."""
    since = timedelta(**ago)
    days = timedelta(days=since.days + 3)
    Workshop.objects.filter(pk=workshop.pk).update(
        first_day=workshop.first_day - days, last_day=workshop.last_day - days, closed_at=timezone.now() - since
    )
    workshop.refresh_from_db()
    workshop.seats.exclude(joined_at=None).update(joined_at=workshop.begins)
    Attempt._base_manager.update(finished_at=workshop.begins + timedelta(hours=1))


def passes(seat, lab):
    """An attempt with all points of the lab."""
    session = works(seat, lab)
    now = timezone.now()
    job = Job.objects.create(session=session, kind=Job.Kind.ATTEMPT, ended_at=now)
    times = {"asked_at": now, "started_at": now, "finished_at": now}
    facts = {"session": session, "job": job, "lab": lab.id, "lab_version": lab.version, "kind": "attempt"}
    Attempt.objects.create(learner=seat.user, score=10, out_of=10, unknown=0, **facts, **times)


def cleans():
    out = StringIO()
    call_command("clean", stdout=out)
    return out.getvalue()


def test_a_guest_expires_after_the_set_number_of_days_and_not_before(workshop, ana, engine):
    ended(workshop, days=89)
    cleans()
    assert User.objects.filter(pk=ana.user_id).exists()
    ended(workshop, days=91)
    assert "1 guest of “Moana NOG 6”" in cleans()
    assert not User.objects.filter(pk=ana.user_id).exists()
    assert not Seat.objects.exists()


def test_the_number_of_days_is_a_setting(workshop, ana, engine, settings):
    settings.GUEST_DAYS = 7
    ended(workshop, days=8)
    cleans()
    assert not Seat.objects.exists()


def test_the_name_of_somebody_who_never_came_expires_as_a_guest_does(workshop, engine):
    workshop.seats.create(number=9, name="Nobody Yet", partner="Nor Me")
    ended(workshop, days=89)
    cleans()
    assert Seat.objects.exists()
    ended(workshop, days=91)
    assert "1 seat without a person of “Moana NOG 6”" in cleans()
    assert not Seat.objects.exists()
    workshop.refresh_from_db()
    assert not Report(workshop).expired, "nobody was here who could have expired"


def test_accounts_do_not_expire(workshop, ana, item, engine, linus):
    guest_accounts.keep_as_account(ana, "ana", "a canoe finds its way")
    sits_too = joining.take_seat(workshop, "Linus", user=linus)
    ended(workshop, days=100)
    cleans()
    assert set(Seat.objects.values_list("number", flat=True)) == {ana.number, sits_too.number}


def test_a_guest_with_a_password_does_not_expire_however_they_got_it(workshop, ana, ben, item, engine):
    ana.user.set_password("a wide lagoon")  # as an administrator can do on the pages of the administration
    ana.user.save()
    ended(workshop, days=100)
    assert "1 guest of" in cleans()
    assert list(Seat.objects.values_list("user", flat=True)) == [ana.user_id]
    assert guest_expiry.expires_on(Seat.objects.get()) is None
    Seat.objects.all().delete()
    User.objects.update(date_joined=timezone.now() - timedelta(days=1000), last_login=None)
    cleans()
    assert User.objects.filter(pk=ana.user_id).exists()


def test_the_report_keeps_counts_and_no_name(workshop, lab, ana, ben, engine, clients):
    passes(ana, lab)
    fails(works(ben, lab, failed=("on", "It was off.")), "on")
    ended(workshop, days=91)
    there = workshop.first_day.isoformat()
    Attendance.objects.update(day=workshop.first_day)
    workshop.agenda.update(opened_at=workshop.begins)
    cleans()
    report = clients["lead"].get(f"/workshops/{workshop.pk}/report").text
    table = clients["lead"].get(f"/workshops/{workshop.pk}/report.csv").content.decode()
    for text in (report, table):
        assert "Ana" not in text
        assert "Ben" not in text
    workshop.refresh_from_db()
    assert workshop.expired_guests == {
        "seats": 2,
        "met": 1,
        "days": {there: 2},
        "labs": {lab.id: {"tried": 2, "passed": 1}},
        "funder": {"people": 2, "hours": 0, "certificates": 0, "exams": {}},
    }
    assert "2 guests whose accounts have expired. Of these, 1 met the rule." in report
    assert ": 2 took part" in report
    assert "tried by 2, passed by 1" in report
    assert "2 guests whose accounts have expired" in table
    assert not LabSession.objects.exists()
    assert not Attempt.objects.exists()


def test_counts_add_up_when_a_guest_expires_later(workshop, lab, ana, ben, item, engine):
    ended(workshop, days=91)
    newer = Workshop.objects.create(
        title="Savanna", first_day=timezone.now().date(), last_day=timezone.now().date(), join_code="AAAABBBB"
    )
    again = Seat.objects.create(workshop=newer, number=1, name="Ben Sione", user=ben.user)
    cleans()
    assert [seat.user for seat in Seat.objects.all()] == [ben.user, ben.user], "Ben's time is not over"
    ended(newer, days=91)
    cleans()
    for one in (workshop, newer):
        one.refresh_from_db()
    assert (workshop.expired_guests["seats"], newer.expired_guests["seats"]) == (2, 1)
    assert not User.objects.filter(pk=again.user_id).exists()


def test_a_guest_whose_seat_was_freed_expires(workshop, ana, engine):
    person = ana.user
    ana.delete()
    cleans()
    assert User.objects.filter(pk=person.pk).exists()
    long_ago = timezone.now() - timedelta(days=91)
    User.objects.update(date_joined=long_ago, last_login=timezone.now())
    cleans()
    assert User.objects.filter(pk=person.pk).exists(), "somebody still comes with that device"
    User.objects.update(last_login=long_ago)
    assert "1 guest without a seat" in cleans()
    assert not User.objects.filter(pk=person.pk).exists()


def test_no_other_account_expires(workshop, engine, linus):
    User.objects.update(date_joined=timezone.now() - timedelta(days=1000), last_login=None)
    name_alike = make_person("guest-of-honour")
    User.objects.filter(pk=name_alike.pk).update(date_joined=timezone.now() - timedelta(days=1000))
    before = User.objects.count()
    cleans()
    assert User.objects.count() == before


def test_a_dry_run_deletes_nobody(workshop, ana, engine):
    ended(workshop, days=91)
    assert [one.what for one in daily_cleaning.clean(only_look=True)] == ["1 guest of “Moana NOG 6”"]
    assert User.objects.filter(pk=ana.user_id).exists()


def test_the_seat_page_names_the_day_of_the_deletion(workshop, item):
    browser = joins(workshop, "Ana")
    page = browser.get(f"/workshops/{workshop.pk}/mine").text
    day = guest_expiry.expires_on(Seat.objects.get())
    assert day == workshop.last_day + timedelta(days=91)
    assert f"It is deleted on {day.day} {day:%B} {day.year}" in page
    guest_accounts.keep_as_account(Seat.objects.get(), "ana", "a canoe finds its way")
    assert "It is deleted" not in signed_in(User.objects.get(username="ana")).get(f"/workshops/{workshop.pk}/mine").text
