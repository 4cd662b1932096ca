"""Ngozi opens an agenda item in the room, and closes it again."""

from datetime import timedelta

from django.utils import timezone

from labs.registry import versions
from tests.labs import fakes
from tests.vaka.workshops.conftest import adds_item, joins


def test_an_item_that_was_opened_by_mistake_is_closed_again(workshop, lab, clients):
    item = adds_item(workshop, "Day 2", labs=[lab.id])
    lead, room = clients["lead"], f"/workshops/{workshop.pk}/room"
    assert (
        "falls until they have worked on them" in lead.get(room).content.decode()
    )  # said before the button is pressed
    lead.post(f"{room}/open/{item.pk}")
    ana = joins(workshop, "Ana")
    assert "Day 2" in ana.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert clients["helper"].post(f"{room}/close/{item.pk}").status_code == 403
    said = lead.post(f"{room}/close/{item.pk}", follow=True).content.decode()
    assert "“Day 2” is closed again." in said
    assert '<section class="mine" aria-labelledby="h-' not in ana.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert [entry.kind for entry in workshop.log_entries.order_by("pk")] == ["open_item", "close_item"]
    form = lead.get(f"/workshops/{workshop.pk}/agenda/{item.pk}").content.decode()
    assert "You cannot undo this." in form  # Remove asks


def test_the_marked_button_opens_the_item_whose_time_it_is_and_not_one_that_is_over(workshop, clients):
    now, marked = timezone.now(), 'class="btn go" aria-label="Open: “'
    for title, hours in (("Skipped", -6), ("Now", -1), ("Later", 3)):
        begins = now + timedelta(hours=hours)
        adds_item(workshop, title, from_at=begins, to_at=begins + timedelta(hours=2))
    room = clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert room.split(marked)[1].startswith("Now”")
    workshop.agenda.update(to_at=now - timedelta(minutes=1))
    room = clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert room.split(marked)[1].startswith("Skipped”")


def test_the_room_says_on_which_day_an_item_ends_that_was_opened_a_day_early(workshop, clients):
    now = timezone.now()
    ends = now + timedelta(days=1)
    adds_item(workshop, "Tomorrow", from_at=now + timedelta(hours=23), to_at=ends, opened_at=now)
    room = clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert f"until {ends.astimezone(workshop.zone):%-d %B %Y, %H:%M}" in room


def test_an_exam_of_an_older_plan_that_nobody_can_sit_is_not_opened(workshop, lab, clients, monkeypatch):
    monkeypatch.setattr(versions, "all_labs", lambda: [fakes.with_bots(lab)])
    exam = adds_item(workshop, "Final", kind="exam", labs=[lab.id])
    said = clients["lead"].post(f"/workshops/{workshop.pk}/room/open/{exam.pk}", follow=True).content.decode()
    assert "Final: “First light” is a class lab, in which nobody can sit an exam alone." in said
    exam.refresh_from_db()
    assert exam.opened_at is None
