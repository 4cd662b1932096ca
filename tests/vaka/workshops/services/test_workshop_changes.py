"""A change of a workshop is checked when it is saved: the workshop may be another one than when its form was checked."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from labs.registry import versions
from tests.labs import fakes
from tests.vaka.workshops.conftest import adds_item, sits
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import devices, join_cards, joining, preflight_of_plan, workshop_changes
from vaka.workshops.services.capacity import capacity_for

pytestmark = pytest.mark.django_db


def put_off(workshop, days):
    """Change the workshop as one that was read before."""
    workshop.first_day += timedelta(days=days)
    workshop.last_day = workshop.first_day
    return workshop_changes.change(workshop)


def test_days_are_refused_if_somebody_has_taken_a_seat_since_the_form_was_checked(workshop):
    first = workshop.first_day
    put_off(workshop, 1)
    put_off(workshop, -1)
    sits(workshop, "Ana")
    with pytest.raises(ValidationError, match="can last 31 days"):
        put_off(workshop, 31)
    stored = Workshop.objects.get(pk=workshop.pk)
    assert (stored.first_day, stored.held_since) == (first, None)
    put_off(stored, 30)
    assert Workshop.objects.get(pk=workshop.pk).held_since == first


def test_a_day_in_the_past_is_refused_if_somebody_has_taken_a_seat_since_the_form_was_checked(workshop):
    first = workshop.first_day
    sits(workshop, "Ana")
    with pytest.raises(ValidationError, match="cannot move into the past"):
        put_off(workshop, -3)
    assert Workshop.objects.get(pk=workshop.pk).first_day == first


def test_a_seat_is_not_lost_if_it_was_taken_since_the_form_was_checked(workshop):
    seats = workshop.seat_count
    workshop.seat_count = 2
    for name in ("Ana", "Sione", "Mere"):
        sits(Workshop.objects.get(pk=workshop.pk), name)
    with pytest.raises(ValidationError, match="Seat 3 is taken or reserved"):
        workshop_changes.change(workshop)
    assert Workshop.objects.get(pk=workshop.pk).seat_count == seats


def test_days_are_refused_if_the_workshop_was_closed_since(workshop):
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    with pytest.raises(ValidationError, match="its days cannot change"):
        put_off(workshop, 1)


def test_the_title_of_a_workshop_that_is_over_can_change(workshop):
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    workshop.title = "Moana NOG 7"
    workshop_changes.change(workshop)
    assert Workshop.objects.get(pk=workshop.pk).title == "Moana NOG 7"


@pytest.mark.parametrize("days", [7, -1])
def test_a_printed_join_card_works_until_the_end_that_the_workshop_has_now(workshop, ngozi, days):
    put_off(workshop, 2)
    Seat.objects.create(workshop=workshop, number=1, name="Mele")
    [(_seat, code)] = join_cards.make_card_codes(workshop, ngozi)
    put_off(workshop, days)
    assert workshop.seats.get().code_until == workshop.ends
    assert joining.take_seat_by_card(code)


def test_a_join_card_that_is_used_and_a_seat_code_of_a_device_are_not_renewed(workshop, ngozi):
    workshop.seats.create(number=1, name="Mele")
    [(_seat, code)] = join_cards.make_card_codes(workshop, ngozi)
    mele = joining.take_seat_by_card(code)
    devices.make_seat_code(mele, ngozi, lost=False)
    mele.refresh_from_db()
    until = mele.code_until
    put_off(workshop, 7)
    mele.refresh_from_db()
    assert mele.code_until == until < timezone.now() + timedelta(hours=1)
    assert joining.take_seat_by_card(code) is None


def test_a_copy_has_the_logo_of_the_workshop_and_each_keeps_its_own(workshop, ngozi):
    """Regression: the copy had the person who signs, and certificates without the logo."""
    Workshop.objects.update(signer="Ngozi Eze", logo=b"PNG")
    new = Workshop.objects.get(pk=workshop_changes.copy(Workshop.objects.get(), ngozi).pk)
    assert (new.signer, bytes(new.logo)) == ("Ngozi Eze", b"PNG")
    Workshop.objects.filter(pk=new.pk).update(logo=None)
    assert bytes(Workshop.objects.get(pk=workshop.pk).logo) == b"PNG"


def test_the_copy_of_an_old_exam_in_a_class_lab_builds_no_lab_and_says_what_to_change(
    workshop, lab, ngozi, monkeypatch
):
    monkeypatch.setattr(versions, "all_labs", lambda: [fakes.with_bots(lab)])
    at = timezone.now()
    adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=at, ended_at=at, results_opened_at=at)
    new = workshop_changes.copy(workshop, ngozi)
    exam = new.agenda.get()
    assert (exam.opened_at, exam.ended_at, exam.results_opened_at) == (None, None, None)
    assert not exam.sittings.exists()
    assert not exam.pools.exists()
    found = preflight_of_plan.findings(new, capacity_for(new))[0]
    assert not found.is_fine
    assert found.text.startswith("Final: “First light” is a class lab, in which nobody can sit an exam alone.")
