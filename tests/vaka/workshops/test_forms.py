"""The days of a workshop: the people who have a seat share their work for 31 days at most.

An agenda item that is open stays an exam, or none.
"""

from datetime import timedelta

import pytest
from django.forms import model_to_dict

from tests.vaka.workshops.conftest import adds_item, sits
from vaka.workshops.forms import AgendaItemForm, WorkshopForm
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.services import agenda_items, exams, workshop_changes

pytestmark = pytest.mark.django_db


def moved(workshop, *, by, length=31):
    """The form after the first day was moved BY days from today. It is saved if there is no mistake."""
    workshop = Workshop.objects.get(pk=workshop.pk)
    first = workshop.today + timedelta(days=by)
    days = {"first_day": first, "last_day": first + timedelta(days=length - 1), "time_zone": "UTC", "language": "en"}
    form = WorkshopForm({"title": "NOG", "seat_count": "5", "pass_percent": "70", **days}, instance=workshop)
    if form.is_valid():
        workshop_changes.change(form.save(commit=False))
    return form


def has_been_held_for(workshop, days):
    first = workshop.today - timedelta(days=days)
    Workshop.objects.filter(pk=workshop.pk).update(first_day=first, last_day=first + timedelta(days=30))
    return first


def test_the_days_of_a_workshop_do_not_move_on_and_on_once_somebody_has_a_seat(workshop):
    first = has_been_held_for(workshop, 30)
    sits(workshop, "Ana")
    refused = moved(workshop, by=0)
    assert refused.errors == {"__all__": [refused.non_field_errors()[0]]}
    assert refused.non_field_errors() == [
        f"This workshop began on {first:%-d %B %Y} and can last 31 days, because its trainees share their work with the team "
        f"during that time. Choose {first + timedelta(days=30):%-d %B %Y} or an earlier day, or copy the workshop."
    ]
    # The 31st day is allowed. In small steps it goes no further: the first day that was held is kept
    assert moved(workshop, by=0, length=1).is_valid()
    assert Workshop.objects.get(pk=workshop.pk).held_since == first
    assert not moved(workshop, by=0, length=2).is_valid()
    assert not moved(workshop, by=1, length=1).is_valid()
    assert Workshop.objects.get(pk=workshop.pk).last_day == first + timedelta(days=30)


def test_days_can_move_while_nobody_has_a_seat_or_the_workshop_has_not_begun(workshop):
    has_been_held_for(workshop, 30)
    assert moved(workshop, by=40).is_valid()
    sits(workshop, "Ana")
    assert moved(workshop, by=80).is_valid(), "it is put off before its first day"
    assert Workshop.objects.get(pk=workshop.pk).held_since is None


def test_days_can_move_again_once_all_who_had_a_seat_have_gone(workshop):
    has_been_held_for(workshop, 10)
    seat = sits(workshop, "Ana")
    assert moved(workshop, by=5, length=2).is_valid()
    assert not moved(workshop, by=40).is_valid()
    seat.delete()
    assert moved(workshop, by=40).is_valid()
    sits(workshop, "Ben")
    assert Workshop.objects.get(pk=workshop.pk).held_from is None


def test_a_missing_day_is_the_only_mistake_of_a_form(workshop):
    sits(workshop, "Ana")
    form = WorkshopForm({"first_day": workshop.today, "title": "NOG"}, instance=Workshop.objects.get(pk=workshop.pk))
    assert "last_day" in form.errors
    assert "__all__" not in form.errors


def changed(item, **facts):
    """The form with which an agenda item is changed."""
    item = AgendaItem.objects.select_related("workshop").get(pk=item.pk)
    return AgendaItemForm(model_to_dict(item, fields=AgendaItemForm.Meta.fields) | facts, instance=item)


@pytest.mark.parametrize(("before", "after"), [("practice", "exam"), ("exam", "practice")])
def test_an_item_becomes_an_exam_or_stops_to_be_one_only_while_it_is_closed(workshop, lab, ngozi, before, after):
    """Regression: a practice that was open became an exam for which no terminal had been closed."""
    item = adds_item(workshop, kind=before, labs=[lab.id])
    assert changed(item, kind=after).is_valid()
    exams.open_exam(item, ngozi)
    assert "Close the item again first." in changed(item, kind=after).non_field_errors()[0]
    assert changed(item, title="Other").is_valid()
    assert changed(item, kind="talk").is_valid() == (before == "practice")
    assert agenda_items.close_item(item, ngozi)
    assert changed(item, kind=after).is_valid()


def test_an_open_exam_gets_no_other_lab(workshop, lab, other_lab, ngozi):
    item = adds_item(workshop, kind="exam", labs=[lab.id])
    exams.open_exam(item, ngozi)
    assert not changed(item, labs=[other_lab.id]).is_valid()
    AgendaItem.objects.update(kind="practice")
    assert changed(item, labs=[other_lab.id]).is_valid()
