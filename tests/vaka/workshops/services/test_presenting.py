"""Slides that a member of the team presents to the room, and trainees follow."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labs import events as lab_events
from tests.builders import make_person, signed_in
from tests.vaka.workshops.conftest import adds_item, joins, sits
from vaka.workshops.models import Workshop
from vaka.workshops.services import joining, presenting, workshop_changes
from vaka.workshops.views import event_stream

SLIDES = "/courses/first-steps/first-ebgp/slides/"


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setattr(lab_events, "publish_on", lambda _channel, event, **facts: found.append((event, facts)))
    return found


def test_each_slide_is_told_and_the_beginning_once(workshop, told, ngozi):
    presenting.present(workshop, SLIDES, 2, ngozi)
    presenting.present(workshop, SLIDES, 3, ngozi)
    assert [event for event, _facts in told] == ["presenting", "slide", "slide"]
    assert (told[-1][1]["path"], told[-1][1]["number"]) == (SLIDES, 3)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "https://evil.example/", "//evil.example/", "/courses/first-steps/", "javascript:1"),
        f"/courses/first-steps/{'a' * 300}/slides/",
        *("/courses/gone/first-ebgp/slides/", "/courses/first-steps/gone/slides/"),
    ],
)
def test_only_slides_can_be_presented(workshop, path, ngozi):
    """Browsers of trainees go where the presenter is."""
    with pytest.raises(presenting.NoSlides):
        presenting.present(workshop, path, 1, ngozi)


def test_a_forgotten_presentation_ends(workshop, told, ngozi):
    presenting.present(workshop, SLIDES, 2, ngozi)
    assert presenting.is_on(workshop)
    Workshop.objects.update(slides_at=timezone.now() - timedelta(hours=2))
    workshop.refresh_from_db()
    assert not presenting.is_on(workshop)


def test_the_team_can_lead_and_trainees_follow(workshop, clients, client):
    where = f"/workshops/{workshop.pk}/present"
    trainee = joins(workshop, "Ana")
    assert "Lead the room: Moana NOG 6" in clients["helper"].get(SLIDES).content.decode()
    assert 'id="follow"' in trainee.get(SLIDES).content.decode()
    for stranger in (clients["stranger"], client):
        page = stranger.get(SLIDES).content.decode()
        assert 'id="lead"' not in page
        assert 'id="follow"' not in page
    assert clients["helper"].post(where, {"path": SLIDES, "slide": "4"}).status_code == 204
    assert f'href="{SLIDES}#s4"' in trainee.get(f"/workshops/{workshop.pk}/mine/bar").content.decode()
    assert clients["helper"].post(where, {"path": "/", "slide": "4"}).status_code == 400
    assert clients["helper"].post(where, {"path": SLIDES, "slide": "x"}).status_code == 400
    clients["helper"].post(where)
    assert SLIDES not in trainee.get(f"/workshops/{workshop.pk}/mine/bar").content.decode()
    assert trainee.post(where, {"path": SLIDES, "slide": "1"}).status_code == 404


def test_the_workshop_that_is_held_is_led_and_followed_before_one_that_begins_later(workshop, clients, ngozi):
    soon = workshop.first_day + timedelta(days=1)
    coming = workshop_changes.make(Workshop(title="Tomorrow’s class", first_day=soon, last_day=soon), ngozi)
    ana = make_person("ana", name="Ana Leota")
    for one in (workshop, coming):
        joining.take_seat(one, "Ana", user=ana)
    lead, trainee = clients["lead"].get(SLIDES), signed_in(ana).get(SLIDES)
    assert "Lead the room: Moana NOG 6" in lead.text
    assert f"/workshops/{workshop.pk}/" in trainee.context["slides_bar"]
    assert f"/workshops/{coming.pk}/" not in trainee.context["slides_bar"]


def test_who_leads_a_workshop_that_begins_tomorrow_follows_the_one_in_which_they_sit_today(workshop, chidi):
    soon = workshop.first_day + timedelta(days=1)
    workshop_changes.make(Workshop(title="Tomorrow’s class", first_day=soon, last_day=soon), chidi)
    assert 'id="lead"' in signed_in(chidi).get(SLIDES).text
    joining.take_seat(workshop, "Chidi", user=chidi)
    page = signed_in(chidi).get(SLIDES).text
    assert 'id="follow"' in page
    assert 'id="lead"' not in page


def box(client, page=SLIDES):
    """The box “Lead the room” of a window that is opened now."""
    return re.search(r'<input type="checkbox" id="lead"[^>]*>', client.get(page).text)[0]


def test_each_window_of_the_person_who_leads_shows_so_and_no_other(workshop, clients):
    """Regression: the box of the second window was not ticked, and nobody else read who led."""
    where = f"/workshops/{workshop.pk}/present"
    lead, helper = clients["lead"], clients["helper"]
    assert "checked" not in box(lead)
    lead.post(where, {"path": SLIDES, "slide": "4"})
    assert "checked" in box(lead)
    assert "checked" in box(lead, f"{SLIDES}presenter")
    assert 'data-slide="4"' in lead.get(SLIDES).text  # where it goes, so that it does not move the room
    assert "checked" not in box(lead, SLIDES.replace("first-ebgp", "leaks-and-hijacks"))
    assert "checked" not in box(helper)
    assert "leads it now" in helper.get(SLIDES).text
    lead.post(where)
    assert "checked" not in box(lead)
    assert "leads it now" not in helper.get(SLIDES).text


def test_a_window_that_goes_on_does_not_begin_again(workshop, clients):
    """A window of before moved the room after leading had ended, or while somebody else led."""
    where, on = f"/workshops/{workshop.pk}/present", {"path": SLIDES, "slide": "5", "continues": "yes"}
    assert clients["lead"].post(where, on).status_code == 409
    clients["lead"].post(where, {"path": SLIDES, "slide": "4"})
    assert clients["lead"].post(where, on).status_code == 204
    clients["helper"].post(where, {"path": SLIDES, "slide": "1"})
    assert clients["lead"].post(where, on).status_code == 409
    workshop.refresh_from_db()
    assert workshop.slides_number == 1


def test_a_window_that_is_behind_stops_nobody_else(workshop, clients):
    """Regression: who closed a window in which they had led before stopped the slides of the colleague who leads now."""
    where = f"/workshops/{workshop.pk}/present"
    clients["lead"].post(where, {"path": SLIDES, "slide": "4"})
    clients["helper"].post(where, {"path": SLIDES, "slide": "5"})
    assert clients["lead"].post(where).status_code == 204
    assert "leads it now" in clients["lead"].get(SLIDES).text
    clients["helper"].post(where)
    assert "leads it now" not in clients["lead"].get(SLIDES).text


def test_slides_that_an_exam_closes_are_not_offered_before_it_has_ended(workshop, told, ngozi):
    """Regression: once the trainee had handed in, the bar led to “This lab is an exam”."""
    ana = sits(workshop, "Ana")
    exam = adds_item(workshop, "Final", kind="exam", labs=["first-ebgp"], opened_at=timezone.now())
    exam.sittings.create(seat=ana, began_at=timezone.now(), handed_in_at=timezone.now())
    presenting.present(workshop, SLIDES, 4, ngozi)
    bar, client = f"/workshops/{workshop.pk}/mine/bar", signed_in(ana.user)
    assert client.get(SLIDES).status_code == 403
    assert "Slides are being presented" not in client.get(bar).text
    assert not event_stream._slide_now(ana), "a window that follows does not go there"
    type(exam).objects.update(ended_at=timezone.now())
    assert client.get(SLIDES).status_code == 200
    assert "Slides are being presented" in client.get(bar).text
    assert event_stream._slide_now(ana)
