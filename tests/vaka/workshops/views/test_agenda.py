"""Ngozi writes the agenda of a workshop: an item at a time, a duplicate, or a whole table."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from labs.models.pool_size import PoolSize
from tests.vaka.workshops.conftest import adds_item, sits
from vaka.workshops.models import AgendaItem, Workshop

DAYS = {"first_day": "2026-12-01", "last_day": "2026-12-03"}
WORKSHOP = {"title": "Moana NOG 7", "time_zone": "Pacific/Fiji", "language": "en", "pass_percent": "70", **DAYS}


def test_an_agenda_item_has_local_times_and_its_labs_are_built_ahead(ngozi_client, workshop, lab):
    Workshop.objects.filter(pk=workshop.pk).update(time_zone="Pacific/Fiji", **DAYS)
    session = {"title": "Light", "from_at": "2026-12-01T09:00", "to_at": "2026-12-01T12:30", "labs": [lab.id]}
    session |= {"courses": ["first-steps"], "notes": "Draw it first.", "built_ahead": "on"}
    answer = ngozi_client.post(f"/workshops/{workshop.pk}/agenda/new", session)
    assert answer.status_code == 302, answer.content.decode()
    kept = AgendaItem.objects.get()
    assert kept.from_at == datetime(2026, 11, 30, 21, tzinfo=UTC)
    waits = PoolSize.objects.get()
    assert (waits.lab, waits.at_start, waits.from_at, waits.until_at) == (lab.id, 5, kept.from_at, kept.to_at)
    page = ngozi_client.get(f"/workshops/{workshop.pk}/").content.decode()
    assert "09:00" in page
    assert "5 labs are built" in page

    ngozi_client.post(f"/workshops/{workshop.pk}/edit", {**WORKSHOP, "seat_count": "8"})
    assert PoolSize.objects.get().at_start == 8
    assert "09:00" in ngozi_client.get(f"/workshops/{workshop.pk}/agenda/{kept.pk}").content.decode()
    ngozi_client.post(
        f"/workshops/{workshop.pk}/agenda/{kept.pk}", {k: v for k, v in session.items() if k != "built_ahead"}
    )
    assert not PoolSize.objects.exists()
    ngozi_client.post(f"/workshops/{workshop.pk}/agenda/{kept.pk}/remove")
    assert not AgendaItem.objects.exists()


def test_an_item_is_saved_and_the_form_of_the_next_one_begins_where_it_ends(ngozi_client, workshop):
    new = f"/workshops/{workshop.pk}/agenda/new"
    begins = datetime.combine(workshop.first_day, time(9))
    item = {"title": "Light", "from_at": f"{begins:%Y-%m-%dT%H:%M}", "to_at": f"{begins:%Y-%m-%dT11:15}"}
    page = ngozi_client.post(new, item | {"next": "yes"}, follow=True)
    assert page.redirect_chain == [(new, 302)]
    assert "“Light” added." in page.text
    assert f'name="from_at" value="{begins:%Y-%m-%d}T11:15"' in page.text
    assert (
        "Save and add the next"
        not in ngozi_client.get(f"/workshops/{workshop.pk}/agenda/{workshop.agenda.get().pk}").text
    )


def test_an_agenda_item_must_be_within_the_workshop_days(ngozi_client, workshop):
    session = {"title": "Light", "from_at": "2020-12-01T09:00", "to_at": "2020-12-01T12:30"}
    answer = ngozi_client.post(f"/workshops/{workshop.pk}/agenda/new", session)
    assert "outside the workshop days" in answer.content.decode()


def test_the_lessons_to_choose_from_are_below_the_titles_of_their_courses(ngozi_client, workshop):
    page = ngozi_client.get(f"/workshops/{workshop.pk}/agenda/new").text
    lessons = page[page.index("<legend>Lessons</legend>") :]
    title, lesson = "<label>First steps for network operators</label>", 'value="first-steps/first-ebgp"'
    assert 0 < lessons.index(title) < lessons.index(lesson)
    assert "<label>" not in lessons[lessons.index(title) + len(title) : lessons.index(lesson)]


def test_a_duplicate_has_all_but_the_times(workshop, lab, ngozi_client):
    item = adds_item(
        workshop, "Light", kind="talk", labs=[lab.id], lessons=["first-steps/first-ebgp"], notes="Draw it."
    )
    page = ngozi_client.get(f"/workshops/{workshop.pk}/agenda/new?like={item.pk}").content.decode()
    for kept in ('value="talk" selected', "Draw it.", f'value="{lab.id}"', 'value="first-steps/first-ebgp"'):
        assert kept in page, kept
    assert page.count(" checked") >= 2
    for wrong in ("0", "x", "9" * 30):
        assert ngozi_client.get(f"/workshops/{workshop.pk}/agenda/new?like={wrong}").status_code == 200


@pytest.mark.parametrize("page", ["", "timetable/"])
def test_the_agenda_names_the_kind_of_an_item_unless_it_is_the_ordinary_one(workshop, lab, ngozi_client, page):
    adds_item(workshop, "Light")
    for kind in ("talk", "break", "exam"):
        adds_item(workshop, "Another", kind=kind)
    text = ngozi_client.get(f"/workshops/{workshop.pk}/{page}").text
    kinds = {word: len(re.findall(rf">{word}<", text)) for word in ("Practice", "Talk", "Break", "Exam")}
    assert kinds == {"Practice": 0, "Talk": 1, "Break": 1, "Exam": 1}


def test_an_agenda_is_pasted(workshop, lab, ngozi_client):
    where = f"/workshops/{workshop.pk}/agenda/paste"
    refused = ngozi_client.post(where, {"table": "1\t09:00\t08:00\tLight"})
    assert refused.status_code == 422
    assert "Nothing was added." in refused.content.decode()
    ngozi_client.post(where, {"table": "1\t09:00\t10:00\tLight\t\tfirst-light\n\t10:00\t10:30\tCoffee"})
    assert list(workshop.agenda.values_list("title", "kind")) == [("Light", "practice"), ("Coffee", "break")]


def test_the_example_can_be_pasted_as_it_is(workshop, lab, ngozi_client):
    Workshop.objects.filter(pk=workshop.pk).update(last_day=workshop.first_day + timedelta(1))
    where = f"/workshops/{workshop.pk}/agenda/paste"
    rows = re.findall(r"<tr>(<td>.*?)</tr>", ngozi_client.get(where).text)
    lines = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    assert {line[4] for line in lines} == {str(kind.label) for kind in AgendaItem.Kind}
    ngozi_client.post(where, {"table": "\n".join("\t".join(line) for line in lines)})
    assert list(workshop.agenda.order_by("from_at").values_list("kind", flat=True)) == [
        "practice",
        "break",
        "talk",
        "exam",
    ]


def test_an_exam_has_one_lab_and_a_break_none(workshop, lab):
    for kind, labs in (("exam", []), ("exam", [lab.id, lab.id]), ("break", [lab.id])):
        begins = workshop.begins
        item = AgendaItem(
            workshop=workshop, title="x", kind=kind, labs=labs, from_at=begins, to_at=begins + timedelta(1)
        )
        with pytest.raises(ValidationError):
            item.clean()


def test_an_exam_that_was_begun_keeps_its_lab_and_its_length(workshop, lab, other_lab, ngozi_client):
    times = {"from_at": workshop.begins, "to_at": workshop.begins + timedelta(hours=3)}
    item = adds_item(workshop, "Final", kind="exam", labs=[lab.id], **times)
    begins, ends = (at.strftime("%Y-%m-%dT%H:%M") for at in (item.from_at, item.to_at))
    facts = {"kind": "exam", "title": "The final", "from_at": begins, "to_at": ends}
    where = f"/workshops/{workshop.pk}/agenda/{item.pk}"
    item.sittings.create(seat=sits(workshop, "Ana"), began_at=timezone.now())
    assert ngozi_client.post(where, facts | {"labs": [other_lab.id]}).status_code == 422
    assert ngozi_client.post(where, facts | {"labs": [lab.id]}).status_code == 302
    assert workshop.agenda.get().title == "The final"
    longer = (item.to_at + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")
    refused = ngozi_client.post(where, facts | {"labs": [lab.id], "to_at": longer})
    assert "its length cannot change" in refused.text  # Regression: certificates would name the new minutes
