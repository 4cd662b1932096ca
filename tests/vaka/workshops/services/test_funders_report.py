"""The funder's report: numbers, and no person who could be recognised."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from tests.vaka.workshops.conftest import adds_item, sits
from vaka.credentials.models import Credential
from vaka.workshops.models import AgendaItem, AttendanceMark, Sitting, Workshop
from vaka.workshops.services import guest_expiry
from vaka.workshops.services.funders_report import SMALLEST, FundersReport, Group, groups


def test_people_are_counted_in_groups_the_largest_first():
    assert groups(["woman"] * 3 + ["Man"] * 4 + [" man "]) == [Group("Man", 5), Group("woman", 3)]


def test_a_small_group_is_counted_with_those_who_gave_nothing():
    assert groups(["woman"] * 5 + ["man"] * 4 + ["other"] + [""] * 2) == [
        Group("woman", 5),
        Group("man", 4),
        Group("", 3),
    ]


def test_a_small_group_cannot_be_computed_from_the_others():
    """One person alone among those without a name would be the one of the small group."""
    assert groups(["woman"] * 5 + ["man"] * 4 + ["other"]) == [Group("woman", 5), Group("", 5)]
    assert groups(["woman", "man"]) == [Group("", 2)]
    assert groups([]) == []


def test_no_named_group_is_small_and_nobody_is_lost():
    for values in (["a"] * n + ["b"] * m + [""] * o for n in range(6) for m in range(6) for o in range(4)):
        found = groups(values)
        named = [group.people for group in found if group.name]
        assert sum(group.people for group in found) == len(values)
        assert all(people >= SMALLEST for people in named)
        was_small = any(0 < values.count(name) < SMALLEST for name in "ab")
        assert not was_small or len(values) - sum(named) >= SMALLEST or not named


@pytest.fixture
def class_of_four(workshop, item):
    """Three women of Samoa and a couple of Fiji at one seat attended; a fifth seat never came."""
    for number, (name, partner) in enumerate([("Ana", ""), ("Bea", ""), ("Cai", ""), ("Dan", "Eve")]):
        place = {"country": "Fiji", "gender": "man"} if partner else {"country": "Samoa", "gender": "woman"}
        seat = sits(workshop, name, partner=partner, **place)
        AttendanceMark.objects.create(seat=seat, item=item, attended=number < 5)
    sits(workshop, "Never").attendance_days.all().delete()


def test_the_report_counts_people_hours_and_groups(workshop, class_of_four):
    report = FundersReport(workshop)
    assert (report.people, report.hours_held, report.person_hours) == (5, 3, 15)
    assert report.countries == [Group("", 5)]  # two of Fiji would be computed from three of Samoa
    assert report.certificates == 0


def test_the_page_and_the_file_say_the_same_and_name_nobody(workshop, class_of_four, clients):
    page = clients["lead"].get(f"/workshops/{workshop.pk}/funders-report/").content.decode()
    file = clients["lead"].get(f"/workshops/{workshop.pk}/funders-report.csv").content.decode()
    assert "People,,5" in file
    assert "Hours attended by all people,,15" in file
    for text in (page, file):
        for name in ("Ana", "Dan", "Eve", "Fiji"):
            assert name not in text
    assert clients["helper"].get(f"/workshops/{workshop.pk}/funders-report/").status_code == 403


def figures(workshop):
    report = FundersReport(Workshop.objects.get(pk=workshop.pk))
    exams = [(item.title, sat, passed) for item, sat, passed in report.exams]
    return report.people, report.hours_held, report.person_hours, report.certificates, exams, report.genders


def expires(workshop):
    """All that the daily cleaning finds in a workshop that was closed long ago is deleted."""
    long = timedelta(days=1000)
    AgendaItem.objects.update(from_at=F("from_at") - long, to_at=F("to_at") - long)
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now() - long)
    for one in guest_expiry.leftovers():
        one.remove()
    assert not workshop.seats.exists()


def test_the_figures_stay_when_guests_and_people_who_never_joined_are_deleted(workshop, item, class_of_four, lab):
    exam = adds_item(workshop, "Final", kind="exam", labs=[lab.id], results_opened_at=timezone.now())
    for seat in workshop.seats.filter(name__in=["Ana", "Bea", "Cai"]):
        Sitting.objects.create(item=exam, seat=seat, began_at=timezone.now())
        Credential.objects.create(learner=seat.user, achievement=f"workshop/{workshop.pk}", content={})
    Workshop.objects.filter(pk=workshop.pk).update(seat_count=9)
    on_paper = workshop.seats.create(number=9, name="Fa", partner="Gio")
    AttendanceMark.objects.create(seat=on_paper, item=item, attended=True)
    workshop.seats.update(country="", gender="")
    before = figures(workshop)
    assert before[:1] + before[2:5] == (7, 21, 3, [("Final", 3, 0)])
    expires(workshop)
    assert not Credential.objects.exists()
    assert figures(workshop) == before


def test_guests_who_expired_before_version_0_14_count_as_one_person_each(workshop, class_of_four):
    Workshop.objects.filter(pk=workshop.pk).update(expired_guests={"seats": 3, "met": 0})
    assert figures(workshop)[0] == 8
    expires(workshop)
    assert figures(workshop)[0] == 8
