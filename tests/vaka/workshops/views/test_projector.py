"""The page for the projector: where the room is, the time and how to join. No names, and nothing that acts."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from labs.engine.translatable_text import Text
from labs.models import CheckStatus, LabSession, State
from tests.vaka.workshops.conftest import POLICY, adds_item, ago, fails, sits, works
from vaka.workshops.models import Workshop
from vaka.workshops.room.projector_progress import common_mistake, funnels
from vaka.workshops.room.room import Room


@pytest.fixture
def room_of_six(workshop, item, lab):
    Workshop.objects.filter(pk=workshop.pk).update(seat_count=9, wifi_name="Reef", wifi_password="coral & sand")
    for name in ("Ana", "Ben", "Cai"):
        fails(works(sits(workshop, name), lab, failed=("on", POLICY)), "on")
    works(sits(workshop, "Dee"), lab, ["on", "still"])
    works(sits(workshop, "Eve"), lab, ["on", "still", "file"])
    sits(workshop, "Fay")
    workshop.refresh_from_db()
    return workshop


def test_the_funnel_counts_the_seats_of_each_stage(room_of_six, lab):
    (funnel,) = funnels(Room.of(room_of_six))
    assert [(step.kind, step.number, step.count) for step in funnel.steps] == [
        ("waiting", 0, 1),
        ("stage", 1, 3),
        ("stage", 2, 1),
        ("done", 0, 1),
    ]


def test_the_projector_shows_no_name_and_has_nothing_that_acts(room_of_six, clients):
    page = unescape(clients["helper"].get(f"/workshops/{room_of_six.pk}/projector").text)
    for name in ("Ana", "Ben", "Cai", "Dee", "Eve", "Fay", "Hedy", "Ngozi"):
        assert name not in page
    for tag in ("<a ", "<button", "<form", "<input", "<nav"):
        assert tag not in page
    for text in (room_of_six.code_shown, "Reef", "coral & sand", "at stage 1", POLICY):
        assert text in page
    ends = room_of_six.agenda.get().to_at.astimezone(room_of_six.zone)
    assert ("End at" in page) == (ends.date() == room_of_six.today), "late in the evening the item ends tomorrow"
    assert clients["stranger"].get(f"/workshops/{room_of_six.pk}/projector").status_code == 404


def test_a_mistake_of_one_person_is_not_shown(room_of_six):
    assert common_mistake(Room.of(room_of_six)) == (1, POLICY)
    room_of_six.seats.get(name="Ana").delete()
    assert common_mistake(Room.of(room_of_six)) is None


def test_what_one_person_has_typed_is_not_shown_for_others(room_of_six):
    rows = CheckStatus.objects.filter(cause__msgid=POLICY)
    assert rows.count() >= 3
    for number, row in enumerate(rows):
        CheckStatus.objects.filter(pk=row.pk).update(
            cause=Text("r1 has %(line)s", line=f"description {number}").as_json()
        )
    assert common_mistake(Room.of(room_of_six)) is None


def test_paused_covers_everything_and_the_break_is_the_next_item(room_of_six, clients):
    path = f"/workshops/{room_of_six.pk}/projector"
    assert "PAUSED" not in clients["lead"].get(path).text
    clients["lead"].post(f"/workshops/{room_of_six.pk}/room/pause")
    paused = clients["lead"].get(path, headers={"X-Vaka": "part"}).text
    assert '<div class="paused" role="status">' in paused
    assert POLICY not in paused
    later = timezone.now() + timedelta(hours=1)
    soon = room_of_six.agenda.create(title="After coffee", from_at=later, to_at=later + timedelta(hours=2))
    room_of_six.agenda.exclude(pk=soon.pk).update(to_at=later - timedelta(minutes=15))
    assert ("Break at" in clients["lead"].get(path).text) == (later.date() == timezone.now().date())
    room_of_six.agenda.exclude(pk=soon.pk).update(to_at=later)  # no break between the two
    page = clients["lead"].get(path).text
    assert "Break at" not in page
    assert "After coffee" in page
    soon.delete()
    room_of_six.agenda.update(to_at=timezone.now() - timedelta(minutes=1))
    room_of_six.agenda.create(title="After lunch", from_at=later, to_at=later + timedelta(hours=2))
    assert "After lunch" in clients["lead"].get(path).text


def test_an_exam_shows_no_progress_because_nothing_is_checked_before_its_end(room_of_six, item, clients):
    path = f"/workshops/{room_of_six.pk}/projector"
    assert "at stage 1" in clients["lead"].get(path).text
    room_of_six.agenda.filter(pk=item.pk).update(kind="exam", title="Final")
    page = clients["lead"].get(path).text
    assert "at stage" not in page
    assert POLICY not in page
    assert "Exam: Final" in page


def test_those_who_still_sit_an_exam_are_in_no_funnel_once_another_item_is_open(
    room_of_six, item, lab, other_lab, clients
):
    LabSession.objects.update(exam="sealed")
    room_of_six.agenda.filter(pk=item.pk).update(kind="exam", title="Final", opened_at=ago(hours=1))
    talk = adds_item(room_of_six, "A talk", kind="talk", opened_at=timezone.now())
    path = f"/workshops/{room_of_six.pk}/projector"
    assert funnels(Room.of(room_of_six)) == []
    page = clients["lead"].get(path).text
    assert "at stage" not in page
    assert "A talk" in page
    talk.labs = [other_lab.id]
    talk.save()
    LabSession.objects.filter(learner=room_of_six.seats.get(name="Eve").user).update(state=State.STOPPED)
    (funnel,) = funnels(Room.of(room_of_six))
    assert funnel.lab == other_lab
    assert [(step.kind, step.count) for step in funnel.steps if step.count] == [("waiting", 2)]
    assert "at stage 1" in clients["lead"].get(path).text, "of the lab that is open"


def test_an_item_that_was_opened_a_day_early_does_not_say_when_today_has_a_break(workshop, clients):
    now = timezone.now()
    begins, tea = now + timedelta(hours=25), now + timedelta(minutes=10)
    workshop.agenda.create(title="Early", from_at=begins, to_at=begins + timedelta(hours=1), opened_at=now)
    workshop.agenda.create(title="Tea", kind="break", from_at=tea, to_at=tea + timedelta(minutes=30))
    page = clients["lead"].get(f"/workshops/{workshop.pk}/projector").text
    assert [word for word in ("Break at", "End at") if word in page] == []
    assert "Tea" in page


def test_an_item_of_another_day_has_its_date_and_no_countdown(workshop, clients):
    begins = timezone.now() + timedelta(days=1)
    workshop.agenda.create(title="Second day", from_at=begins, to_at=begins + timedelta(hours=2))
    page = clients["lead"].get(f"/workshops/{workshop.pk}/projector").text
    assert f"{begins.astimezone(workshop.zone):%A, %-d %B, %H:%M} Second day" in page
    assert 'id="countdown"' not in page


def test_an_item_that_was_opened_early_is_not_announced_as_the_next_one(workshop, clients):
    """Regression: during an exam the projector counted down to its beginning on the agenda, and still after its end."""
    now = timezone.now()
    begins, ends = now + timedelta(minutes=30), now + timedelta(minutes=40)
    exam = adds_item(workshop, "Final", kind="exam", opened_at=now, from_at=begins, to_at=ends)
    adds_item(workshop, "Farewell", kind="talk", from_at=ends, to_at=ends + timedelta(hours=1))
    times = clients["lead"].get(f"/workshops/{workshop.pk}/projector").text.partition('class="times"')[2]
    assert "Farewell" in times
    assert "Final" not in times
    exam.ended_at = now
    exam.save()
    page = clients["lead"].get(f"/workshops/{workshop.pk}/projector").text
    assert "The exam has ended." in page
    workshop.agenda.filter(title="Farewell").delete()
    assert "End at" not in clients["lead"].get(f"/workshops/{workshop.pk}/projector").text
