"""The seats that are in the room. A page that is open at home is no presence."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import RequestFactory
from django.utils import timezone

from tests.builders import Taken, make_person, signed_in
from tests.vaka.workshops.conftest import adds_item, is_in_the_room, joins, seat_of
from vaka.workshops.models import Presence, RoomNetwork, Seat, Workshop
from vaka.workshops.services import room_presence, supervised_attempts
from vaka.workshops.views import event_stream

ROOM, HOME, HOME_6 = "198.41.0.4", "185.33.7.9", "2a02:8070:1:2::9"


@pytest.fixture
def lead_in_the_room(workshop, item, clients):
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=ROOM)
    return clients["lead"]


def opens(browser, workshop, address):
    return browser.get(f"/workshops/{workshop.pk}/mine", REMOTE_ADDR=address)


def supervises(workshop, seat, at=None, lab="first-light"):
    return supervised_attempts.supervising_workshop(seat.user_id, lab, at or timezone.now()) == workshop.title


@pytest.fixture
def ana(workshop, item):
    """Ana has joined before the team opened the Room page."""
    return joins(workshop, "Ana")


def test_an_open_page_at_home_is_no_presence(workshop, ana, lead_in_the_room):
    opens(ana, workshop, HOME)
    assert seat_of(ana).is_online, "a page of hers is open"
    assert not supervises(workshop, seat_of(ana))
    opens(ana, workshop, HOME_6)
    assert not supervises(workshop, seat_of(ana))
    opens(ana, workshop, ROOM)
    assert supervises(workshop, seat_of(ana))


def test_a_page_at_home_does_not_hide_a_second_device_in_the_room(workshop, ana, lead_in_the_room):
    opens(ana, workshop, HOME)
    opens(ana, workshop, ROOM)
    opens(ana, workshop, HOME)
    assert supervises(workshop, seat_of(ana))


def test_presence_in_the_morning_does_not_supervise_attempts_at_home_at_noon(workshop, ana, lead_in_the_room):
    seat = seat_of(ana)
    workshop.agenda.update(opened_at=timezone.now() - timedelta(hours=4))
    is_in_the_room(seat, ago=120)
    opens(ana, workshop, HOME)
    assert not supervises(workshop, seat)
    assert supervises(workshop, seat, timezone.now() - timedelta(minutes=121)), "then she was there"


def test_a_presence_continues_while_a_page_is_open_and_a_new_one_begins_after_a_break(workshop, ana, lead_in_the_room):
    seat = seat_of(ana)
    is_in_the_room(seat, ago=2)
    opens(ana, workshop, ROOM)
    one = Presence.objects.get()
    assert one.last_at - one.began_at > timedelta(minutes=1)
    Presence.objects.update(began_at=timezone.now() - timedelta(hours=2), last_at=timezone.now() - timedelta(hours=1))
    opens(ana, workshop, ROOM)
    opens(ana, workshop, ROOM)
    assert Presence.objects.count() == 2


def test_no_network_is_the_room_until_the_team_opens_the_room_page(workshop, ana):
    opens(ana, workshop, ROOM)
    assert not supervises(workshop, seat_of(ana))


def test_a_network_is_the_room_for_one_day(workshop, ana, lead_in_the_room):
    RoomNetwork.objects.update(day=workshop.today - timedelta(days=1))
    opens(ana, workshop, ROOM)
    assert not supervises(workshop, seat_of(ana))


def test_a_room_page_on_the_evening_before_makes_no_room(workshop, clients):
    tomorrow = timezone.now() + timedelta(hours=14)
    adds_item(workshop, labs=["first-light"], from_at=tomorrow, to_at=tomorrow + timedelta(hours=3))
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=HOME)
    assert not RoomNetwork.objects.exists()


def test_a_room_page_of_an_administrator_makes_no_room(workshop, item):
    signed_in(make_person("olga", is_staff=True)).get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=HOME)
    assert not RoomNetwork.objects.exists()


def test_a_page_of_a_helper_makes_a_room_and_a_page_of_a_trainee_does_not(workshop, item, ana, clients):
    opens(ana, workshop, HOME)
    assert not RoomNetwork.objects.exists()
    clients["helper"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR=ROOM)
    assert [str(row.network) for row in RoomNetwork.objects.all()] == [ROOM]


def test_with_a_server_in_the_room_all_private_addresses_are_the_room(workshop, ana, clients):
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR="127.0.0.1")
    opens(ana, workshop, "192.168.8.31")
    assert supervises(workshop, seat_of(ana))


def test_behind_a_proxy_without_x_forwarded_for_nobody_is_in_the_room(workshop, ana, clients, settings):
    settings.BEHIND_PROXY = True
    clients["lead"].get(f"/workshops/{workshop.pk}/room", REMOTE_ADDR="127.0.0.1", secure=True)
    ana.get(f"/workshops/{workshop.pk}/mine", REMOTE_ADDR="127.0.0.1", secure=True)
    assert not supervises(workshop, seat_of(ana))
    assert not RoomNetwork.objects.exists()


def test_an_ipv6_room_is_a_64_prefix():
    asked = RequestFactory().get("/", REMOTE_ADDR="2a02:8070:1:2:aaaa::1")
    assert room_presence.network_of_request(asked) == "2a02:8070:1:2::/64"


def test_joining_in_the_room_is_presence_at_once(workshop, lead_in_the_room):
    browser = joins(workshop, "Ben", REMOTE_ADDR=ROOM)
    assert supervises(workshop, seat_of(browser))


def test_each_page_with_the_seat_bar_records_presence_without_javascript(workshop, ana, lead_in_the_room):
    ana.get("/courses/", REMOTE_ADDR=ROOM)
    assert supervises(workshop, seat_of(ana))


@pytest.mark.django_db(transaction=True)
def test_event_streams_record_the_networks_of_the_team_and_of_a_seat(workshop, item, ana, ngozi, broker):
    """They record it while the stream is open."""

    async def hears(events, client, address):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        request.session = client.session
        stream = events(request)
        async for text in stream:
            if "hello" in text:
                break
        await stream.aclose()

    async_to_sync(hears)(lambda request: event_stream.room_stream(request, workshop), signed_in(ngozi), ROOM)
    seat = Seat.objects.select_related("workshop").get(pk=seat_of(ana).pk)
    async_to_sync(hears)(lambda request: event_stream.seat_stream(request, seat), ana, HOME)
    assert not supervises(workshop, seat)
    async_to_sync(hears)(lambda request: event_stream.seat_stream(request, seat), ana, ROOM)
    assert supervises(workshop, seat)


def test_the_last_check_of_a_close_is_supervised_after_presence_in_the_hour_before(workshop, ana, lead_in_the_room):
    seat = seat_of(ana)
    is_in_the_room(seat, ago=50)
    Workshop.objects.update(closed_at=timezone.now())
    assert supervises(workshop, seat)
    Presence.objects.update(last_at=timezone.now() - timedelta(minutes=61))
    assert not supervises(workshop, seat)


def test_the_export_has_the_times_of_presence_and_no_address(workshop, ada, ada_client, lead_in_the_room):
    joins(workshop, "", ada_client, REMOTE_ADDR=ROOM)
    [exported] = Taken(ada_client).json("workshops")["seats"]
    assert len(exported["in_the_room"]) == 1
    assert ROOM not in str(exported)


def test_a_trainee_and_the_team_can_read_whether_a_seat_is_in_the_room(workshop, ana, lead_in_the_room):
    tile = f"/workshops/{workshop.pk}/room/1"
    assert "are not supervised" in opens(ana, workshop, HOME).content.decode()
    assert "This seat is not in the room" in lead_in_the_room.get(tile, REMOTE_ADDR=ROOM).content.decode()
    assert "You are in the room" in opens(ana, workshop, ROOM).content.decode()
    assert "This seat is not in the room" not in lead_in_the_room.get(tile, REMOTE_ADDR=ROOM).content.decode()
    workshop.agenda.update(opened_at=None)
    assert "supervised" not in opens(ana, workshop, HOME).content.decode()
