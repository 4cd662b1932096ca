"""The preflight of the plan: one line for each question."""

import pytest
from django.utils import timezone

from labs.models import Host, LabSession, State
from labs.registry import versions
from tests.builders import make_person
from tests.labs import fakes
from tests.vaka.workshops.conftest import adds_item
from vaka.workshops.models import Rehearsal, Role, Workshop
from vaka.workshops.services import preflight_of_plan, team
from vaka.workshops.services.capacity import capacity_for


def answers(workshop):
    found = preflight_of_plan.findings(workshop, capacity_for(workshop))
    return {one.title: one for one in found}


def test_an_empty_plan_lacks_its_agenda_only(workshop):
    assert [title for title, one in answers(workshop).items() if not one.is_fine] == ["Agenda"]


def test_a_lab_must_be_rehearsed_in_the_version_that_the_site_has(workshop, item, lab):
    assert answers(workshop)["Rehearsal"].text.endswith("or failed: First light.")
    session = LabSession.objects.create(lab=lab.id, lab_version=lab.version, state=State.STOPPED)
    Rehearsal.objects.create(
        workshop=workshop, lab=lab.id, session=session, ended_at=timezone.now(), checks_run=2, checks_passed=2
    )
    assert answers(workshop)["Rehearsal"].is_fine
    LabSession.objects.update(lab_version="old")
    assert not answers(workshop)["Rehearsal"].is_fine


@pytest.mark.parametrize(("seats", "is_enough"), [(30, True), (31, False)])
def test_one_person_is_enough_for_fifteen_seats(workshop, seats, is_enough):
    Workshop.objects.update(seat_count=seats)
    workshop.refresh_from_db()
    assert answers(workshop)["Helpers"].is_fine == is_enough


def test_a_helper_counts_once_they_have_accepted_and_is_named_before(workshop, ngozi):
    Workshop.objects.update(seat_count=45)
    workshop.refresh_from_db()
    zed = make_person("zed", name="Zed Aro")
    team.add(workshop, zed, Role.HELPER, ngozi)
    asked = answers(workshop)["Helpers"]
    assert not asked.is_fine
    assert "2 people for 45 seats. Not counted, because they have not accepted yet: Zed Aro." in asked.text
    team.accept(workshop, zed)
    assert answers(workshop)["Helpers"].is_fine
    assert "Zed" not in answers(workshop)["Helpers"].text


def test_two_items_at_the_same_time_are_named(workshop, lab):
    adds_item(workshop, "One")
    adds_item(workshop, "Two")
    assert answers(workshop)["Agenda"].text == "“One” and “Two” are at the same time."


def test_what_does_not_fit_is_named(workshop, item, lab, settings):
    settings.LAB_MEMORY_MB = 100
    found = answers(workshop)["Capacity"]
    assert not found.is_fine
    assert found.text == "First light: the workshop needs 5 copies, and fewer fit on this server."
    Host.objects.update(memory=4000 << 20)
    assert answers(workshop)["Capacity"].is_fine


def test_a_class_lab_with_fewer_seats_than_the_workshop_is_a_problem(workshop, item, lab, monkeypatch):
    monkeypatch.setattr(versions, "all_labs", lambda: [fakes.with_bots(lab)])
    found = answers(workshop)["Capacity"]
    assert not found.is_fine
    assert found.text == (
        "First light: a class lab has 2 class-lab seats, and there are 5 seats. Start 3 class labs, each by another "
        "instructor of the team."
    )
    Workshop.objects.update(seat_count=2)
    workshop.refresh_from_db()
    assert answers(workshop)["Capacity"].is_fine
