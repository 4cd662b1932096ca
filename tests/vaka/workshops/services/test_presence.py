"""Who is in the room: a page that is open at home is no presence, and makes no attempt supervised."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import RequestFactory
from django.utils import timezone

from tests.builders import Taken, make_person, signed_in
from tests.vaka.workshops.conftest import is_in_the_room, joins, seat_of, session_of
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Presence, RoomNetwork, Seat
from vaka.workshops.services import joining, presence
from vaka.workshops.views import sse

ROOM, HOME, HOME_6 = "198.41.0.4", "185.33.7.9", "2a02:8070:1:2::9"


@pytest.fixture
def lead_in_the_room(workshop, item, clients):
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=ROOM)
    return clients["lead"]


def opens(browser, workshop, address):
    return browser.get(f"/workshops/{workshop.pk}/mine", REMOTE_ADDR=address)


def supervises(workshop, seat, at=None, lab="first-light"):
    return joining.event_of(seat.user_id, lab, at or timezone.now()) == workshop.title


@pytest.fixture
def ana(workshop, item):
    """Has joined, and nobody of the team had opened the room yet."""
    return joins(workshop, "Ana")


def test_an_open_page_at_home_supervises_nobody(workshop, ana, lead_in_the_room):
    opens(ana, workshop, HOME)
    assert seat_of(ana).is_here, "a page of hers is open"
    assert not supervises(workshop, seat_of(ana))
    opens(ana, workshop, HOME_6)
    assert not supervises(workshop, seat_of(ana))
    opens(ana, workshop, ROOM)
    assert supervises(workshop, seat_of(ana))


def test_a_page_at_home_hides_no_presence_of_a_second_device_in_the_room(workshop, ana, lead_in_the_room):
    opens(ana, workshop, HOME)
    opens(ana, workshop, ROOM)
    opens(ana, workshop, HOME)
    assert supervises(workshop, seat_of(ana))


def test_who_was_in_the_room_in_the_morning_is_not_supervised_at_home_at_noon(workshop, ana, lead_in_the_room):
    seat = seat_of(ana)
    workshop.agenda.update(opened_at=timezone.now() - timedelta(hours=4))
    is_in_the_room(seat, ago=120)
    opens(ana, workshop, HOME)
    assert not supervises(workshop, seat)
    assert supervises(workshop, seat, timezone.now() - timedelta(minutes=121)), "then she was there"


def test_a_stretch_goes_on_while_her_page_is_open_and_a_new_one_begins_after_a_break(workshop, ana, lead_in_the_room):
    seat = seat_of(ana)
    is_in_the_room(seat, ago=2)
    opens(ana, workshop, ROOM)
    one = Presence.objects.get()
    assert one.last_at - one.began_at > timedelta(minutes=1)
    Presence.objects.update(began_at=timezone.now() - timedelta(hours=2), last_at=timezone.now() - timedelta(hours=1))
    opens(ana, workshop, ROOM)
    opens(ana, workshop, ROOM)
    assert Presence.objects.count() == 2


def test_where_nobody_of_the_team_has_the_room_page_open_there_is_no_room(workshop, ana):
    opens(ana, workshop, ROOM)
    assert not supervises(workshop, seat_of(ana))


def test_a_room_is_of_one_day(workshop, ana, lead_in_the_room):
    RoomNetwork.objects.update(day=workshop.today - timedelta(days=1))
    opens(ana, workshop, ROOM)
    assert not supervises(workshop, seat_of(ana))


def test_the_evening_before_makes_no_room_of_a_hotel(workshop, clients):
    tomorrow = timezone.now() + timedelta(hours=14)
    session_of(workshop, labs=["first-light"], from_at=tomorrow, to_at=tomorrow + timedelta(hours=3))
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=HOME)
    assert not RoomNetwork.objects.exists()


def test_the_site_s_staff_who_look_in_from_elsewhere_make_no_room(workshop, item):
    signed_in(make_person("olga", is_staff=True)).get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=HOME)
    assert not RoomNetwork.objects.exists()


def test_a_helper_s_page_makes_a_room_too_and_a_trainee_s_never(workshop, item, ana, clients):
    opens(ana, workshop, HOME)
    assert not RoomNetwork.objects.exists()
    clients["helper"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=ROOM)
    assert [str(row.network) for row in RoomNetwork.objects.all()] == [ROOM]


def test_in_a_room_with_a_server_of_its_own_all_private_addresses_are_the_room(workshop, ana, clients):
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR="127.0.0.1")
    opens(ana, workshop, "192.168.8.31")
    assert supervises(workshop, seat_of(ana))


def test_behind_a_proxy_that_does_not_say_where_people_are_nobody_is_in_the_room(workshop, ana, clients, settings):
    settings.BEHIND_PROXY = True
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR="127.0.0.1", secure=True)
    ana.get(f"/workshops/{workshop.pk}/mine", REMOTE_ADDR="127.0.0.1", secure=True)
    assert not supervises(workshop, seat_of(ana))
    assert not RoomNetwork.objects.exists()


def test_of_ipv6_a_room_is_its_network():
    asked = RequestFactory().get("/", REMOTE_ADDR="2a02:8070:1:2:aaaa::1")
    assert presence.place_of(asked) == "2a02:8070:1:2::/64"


def test_whoever_joins_in_the_room_is_there_at_once(workshop, lead_in_the_room):
    browser = joins(workshop, "Ben", REMOTE_ADDR=ROOM)
    assert supervises(workshop, seat_of(browser))


def test_without_scripts_each_page_with_the_strip_says_that_she_is_there(workshop, ana, lead_in_the_room):
    ana.get("/courses/", REMOTE_ADDR=ROOM)
    assert supervises(workshop, seat_of(ana))


@pytest.mark.django_db(transaction=True)
def test_the_open_pages_of_the_team_and_of_a_seat_say_where_they_are(workshop, item, ana, ngozi, broker):
    """As long as they hear their events."""

    async def hears(events, client, address):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        request.session = client.session
        told = events(request)
        async for _word in told:
            if "hello" in _word:
                break
        await told.aclose()

    async_to_sync(hears)(lambda request: sse.of_room(request, workshop), signed_in(ngozi), ROOM)
    seat = Seat.objects.select_related("workshop").get(pk=seat_of(ana).pk)
    async_to_sync(hears)(lambda request: sse.of_seat(request, seat), ana, HOME)
    assert not supervises(workshop, seat)
    async_to_sync(hears)(lambda request: sse.of_seat(request, seat), ana, ROOM)
    assert supervises(workshop, seat)


def test_the_last_check_of_a_close_counts_for_whoever_was_there_in_the_hour_before(workshop, ana, lead_in_the_room):
    seat = seat_of(ana)
    is_in_the_room(seat, ago=50)
    Workshop.objects.update(closed_at=timezone.now())
    assert supervises(workshop, seat)
    Presence.objects.update(last_at=timezone.now() - timedelta(minutes=61))
    assert not supervises(workshop, seat)


def test_her_file_has_when_she_was_in_the_room_and_no_address(workshop, ada, ada_client, lead_in_the_room):
    joins(workshop, "", ada_client, REMOTE_ADDR=ROOM)
    [told] = Taken(ada_client).json("workshops")["seats"]
    assert len(told["in_the_room"]) == 1
    assert ROOM not in str(told)


def test_a_trainee_and_the_team_read_whether_it_counts_as_in_the_room(workshop, ana, lead_in_the_room):
    tile = f"/workshops/{workshop.pk}/room/1"
    assert "not written as supervised" in opens(ana, workshop, HOME).content.decode()
    assert "Not seen in the room" in lead_in_the_room.get(tile, REMOTE_ADDR=ROOM).content.decode()
    assert "You are in the room" in opens(ana, workshop, ROOM).content.decode()
    assert "Not seen in the room" not in lead_in_the_room.get(tile, REMOTE_ADDR=ROOM).content.decode()
    workshop.agenda.update(opened_at=None)
    assert "supervised" not in opens(ana, workshop, HOME).content.decode()
