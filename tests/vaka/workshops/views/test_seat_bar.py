"""The seat bar on every page of a trainee."""

from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.builders import make_person, signed_in
from tests.vaka.workshops.conftest import signs_in, sits, text_of
from vaka.workshops.models import Hand, Seat, Workshop
from vaka.workshops.services import joining, seat_actions, seat_changes, workshop_changes


@pytest.fixture
def ana(workshop, item):
    """Ana has an account, and joined on a laptop in the room."""
    return joining.take_seat(workshop, "Ana", user=make_person("ana", name="Ana Leota"))


def test_signing_in_after_the_workshop_shows_no_seat_bar(workshop, ana):
    Workshop.objects.update(closed_at=timezone.now())
    assert "Moana NOG 6" not in text_of(signs_in(), "/courses/")


def test_the_seat_bar_prefers_a_workshop_that_is_not_over(workshop, lab, ana, evening):
    laptop = signed_in(ana.user)
    laptop.get(f"/workshops/{workshop.pk}/mine")
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    assert "Moana NOG 6" in text_of(laptop, "/courses/")
    joining.take_seat(evening, "Ana", user=ana.user)
    page = text_of(laptop, "/courses/")
    assert "Evening class" in page
    assert "Moana NOG 6" not in page


def test_the_seat_bar_prefers_a_workshop_that_is_held_to_one_that_begins_later(workshop, ana, ngozi):
    soon = workshop.first_day + timedelta(days=9)
    coming = workshop_changes.make(Workshop(title="Coming class", first_day=soon, last_day=soon), ngozi)
    joining.take_seat(coming, "Ana", user=ana.user)
    assert Seat.objects.current_of(ana.user) == ana
    laptop = signed_in(ana.user)
    assert "Coming class" in text_of(laptop, f"/workshops/{coming.pk}/mine")  # this browser remembers that seat
    page = text_of(laptop, "/courses/")
    assert "Moana NOG 6" in page
    assert "Coming class" not in page
    Workshop.objects.filter(pk=workshop.pk).update(closed_at=timezone.now())
    assert "Coming class" in text_of(laptop, "/courses/")


def test_the_start_page_links_to_the_seats_of_a_trainee(workshop, ana, ada_client):
    phone = signs_in()
    page = text_of(phone, "/")
    assert f'href="/workshops/{workshop.pk}/mine"' in page
    assert "Seat 1, from" in page
    Workshop.objects.update(closed_at=timezone.now() - timedelta(days=9))
    assert "and is over." in text_of(phone, "/")
    assert "My workshops" not in text_of(ada_client, "/")


def test_the_start_page_links_to_the_seat_of_a_guest(workshop, item):
    assert "My workshops" in text_of(signed_in(sits(workshop, "Ben").user), "/")


def test_a_hand_can_be_raised_on_any_page_and_other_trainees_do_not_see_it(workshop, item, client):
    client.post("/join/", {"code": workshop.join_code, "name": "Ana"})
    bar = unescape(client.get("/courses/").content.decode())
    assert "Raise hand" in bar
    answer = client.post(f"/workshops/{workshop.pk}/mine/hand", {"text": "Help & <b>"}, headers={"X-Vaka": "part"})
    assert "Your hand is raised" in answer.content.decode()
    neighbour = signed_in(sits(workshop, "Ben").user)
    assert "Help &amp;" not in neighbour.get(f"/workshops/{workshop.pk}/mine").content.decode()
    client.post(f"/workshops/{workshop.pk}/mine/hand/lower")
    assert not Hand.objects.filter(lowered_at=None).exists()


def test_a_page_with_the_seat_bar_has_its_styles_and_its_script(workshop, ana):
    page = text_of(signed_in(ana.user), "/courses/")
    assert "workshops/seat-bar.css" in page[: page.index("</head>")]
    assert "workshops/seat-bar.js" in page[page.index('id="seat-bar"') :]


def test_a_user_without_a_seat_has_no_seat_bar_and_no_query_for_it(ada_client):
    with CaptureQueriesContext(connection) as asked:
        page = ada_client.get("/courses/")
    assert "seat-bar" not in page.content.decode()
    about_seats = [query["sql"] for query in asked if "workshops_seat" in query["sql"]]
    assert all("an_exam_runs" in sql for sql in about_seats), "one query asks everything about a person"
    assert len(about_seats) == 1


def test_a_broadcast_does_not_push_out_an_answer_and_a_trainee_can_dismiss_each(workshop, ana, ngozi):
    seat_actions.send_message(workshop, [ana], ngozi, "Your mask is wrong.")
    for text in ("Coffee at ten.", "Coffee at eleven.", "Lunch at twelve."):
        seat_actions.send_message(workshop, None, ngozi, text)
    laptop = signed_in(ana.user)
    laptop.get(f"/workshops/{workshop.pk}/mine")
    bar = text_of(laptop, f"/workshops/{workshop.pk}/mine/bar")
    assert "Your mask is wrong." in bar
    assert "Lunch at twelve." in bar
    assert "Coffee" not in bar
    answer = workshop.log_entries.get(seat=ana)
    laptop.post(f"/workshops/{workshop.pk}/mine/dismiss", {"message": answer.pk})
    bar = text_of(laptop, f"/workshops/{workshop.pk}/mine/bar")
    assert "Your mask is wrong." not in bar
    assert "Lunch at twelve." in bar
    assert "Your mask is wrong." in text_of(laptop, f"/workshops/{workshop.pk}/mine")  # the seat log keeps it
    laptop.post(f"/workshops/{workshop.pk}/mine/dismiss", {"message": "9" * 40})
    ben = sits(workshop, "Ben")
    assert "Lunch at twelve." in text_of(signed_in(ben.user), f"/workshops/{workshop.pk}/mine/bar")


def test_a_trainee_does_not_read_that_another_seat_was_freed(workshop, ana, ngozi):
    seat_changes.free(sits(workshop, "Ben"), ngozi)
    assert "Freed a seat" not in text_of(signed_in(ana.user), f"/workshops/{workshop.pk}/mine")
    assert workshop.log_entries.get().kind == "free"


def test_a_notice_has_the_time_of_the_time_zone_of_the_workshop(workshop, ana, ngozi):
    Workshop.objects.filter(pk=workshop.pk).update(time_zone="Asia/Kathmandu")
    seat_actions.send_message(workshop, [ana], ngozi, "Your mask is wrong.")
    at = workshop.log_entries.get().at.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"{ngozi.shown_name}, {at:%H:%M}" in text_of(signed_in(ana.user), f"/workshops/{workshop.pk}/mine/bar")
