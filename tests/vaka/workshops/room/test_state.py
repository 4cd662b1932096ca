"""What ngozi sees of her room: stages, who needs her and why, and what most fail."""

import asyncio
import gc
from contextlib import aclosing
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labs.models import CheckStatus, LabSession, State
from labs.pages import sse
from tests.builders import signed_in
from tests.vaka.workshops.conftest import fails, session_of, sighting, sits, works
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat_log import Hand, SeatLogEntry
from vaka.workshops.room import needs
from vaka.workshops.room.needs import Signs
from vaka.workshops.room.state import Crowd, Room
from vaka.workshops.services import help_requests

POLICY = "There is no policy on the session."


def shapes(room):
    return {tile.seat.name: [cell.shape for cell in tile.cells] for tile in room.tiles}


def why(room):
    return [(tile.seat.name, need.kind) for tile, need in room.needs]


def test_each_seat_is_where_its_network_is(workshop, item, lab):
    works(sits(workshop, "Ana"), lab, ["on", "still", "file"])
    works(sits(workshop, "Ben"), lab, ["on", "still"])
    tried = works(sits(workshop, "Cai"), lab, ["on", "still"], failed=("file", ""))
    fails(tried, "file")
    works(sits(workshop, "Dee"), lab, failed=("on", ""))  # seen by a look: he has not asked
    Workshop.objects.filter(pk=workshop.pk).update(seats=9)
    workshop.refresh_from_db()
    jumped = works(sits(workshop, "Eve"), lab, ["on", "still"], assisted=["forwarding"])
    CheckStatus.objects.filter(session=jumped).update(first_passed_at=None)
    works(sits(workshop, "Fay"), lab, state=State.STARTING, ready_at=None)
    unseen = works(sits(workshop, "Gil"), lab)
    sighting(unseen, lab, "on", "failed", missed=True)
    sits(workshop, "Hal", seen_at=None)
    works(sits(workshop, "Ida"), lab, ["on", "still"], state=State.STOPPED)
    room = Room.of(workshop)
    assert shapes(room) == {
        "Ana": ["pass", "pass"],
        "Ben": ["pass", "run"],
        "Cai": ["pass", "fail"],
        "Dee": ["run", "none"],
        "Eve": ["assist", "run"],
        "Fay": ["wait", "none"],
        "Gil": ["unknown", "none"],
        "Hal": ["none", "none"],
        "Ida": ["pass", "none"],
    }
    assert [tile.last for tile in room.tiles][:2] == ["done", "5"]
    assert room.tiles[7].last == "away"
    assert room.crowd == Crowd(2, 3, 1)
    assert why(room) == [("Gil", "ours")]


def test_hands_come_first_and_the_oldest_before_the_others(workshop, item, lab, ngozi):
    ana, ben, cai = (sits(workshop, name) for name in ("Ana", "Ben", "Cai"))
    works(cai, lab, minutes=30, active_at=timezone.now() - timedelta(minutes=20))
    help_requests.raise_hand(ben, "  Why no routes?  ")
    help_requests.raise_hand(ana, "")
    Hand.objects.filter(seat=ben).update(raised_at=timezone.now() - timedelta(minutes=4))
    room = Room.of(workshop)
    assert why(room) == [("Ben", "hand"), ("Ana", "hand"), ("Cai", "quiet")]
    assert room.needs[0][1].sentence == "Why no routes?"
    help_requests.raise_hand(ben, "The session is up, why no routes?")
    assert Hand.objects.count() == 2
    help_requests.lower_hand(ben, ben.user)
    assert why(Room.of(workshop)) == [("Ana", "hand"), ("Cai", "quiet")]


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({"in_stage": 18}, "slow"),
        ({"in_stage": 13}, None),  # not twice the room's seven
        ({"stage": 1, "in_stage": 4}, None),  # under five minutes nobody is slow
        ({"fails": 3}, "repeated"),
        ({"fails": 2}, None),
        ({"quiet": 8}, "quiet"),
        ({"quiet": 7}, None),
        ({"unseen": 1, "fails": 5}, "ours"),
        ({"broken": "It broke.", "runs": False}, "ours"),
        ({"quiet": 60, "stage": None}, None),  # he is done
        ({"quiet": 60, "runs": False}, None),
    ],
)
def test_who_is_stuck_is_said_with_one_reason(signs, expected):
    plain = {"stage": 0, "in_stage": 1.0, "quiet": 0.0, "fails": 0, "unseen": 0}
    need = needs.stuck(Signs(**plain | signs), {0: 7.0, 1: 1.0}, "lab", paused=False)
    assert (need.kind if need else None) == expected


def test_in_a_pause_nobody_is_quiet():
    signs = Signs(stage=0, in_stage=1, quiet=60, fails=0, unseen=0)
    assert needs.stuck(signs, {}, "lab", paused=True) is None


def test_slow_is_measured_by_the_room_once_three_have_passed(workshop, item, lab):
    for name, minutes in (("Ana", 6), ("Ben", 7), ("Cai", 8)):
        works(sits(workshop, name), lab, ["on", "still"], minutes=minutes, ago=0)
    works(sits(workshop, "Dee"), lab, minutes=18)
    room = Room.of(workshop)
    assert room.usual == {lab.id: {0: pytest.approx(7, abs=0.1)}}
    assert [(tile.seat.name, need.sentence) for tile, need in room.needs] == [("Dee", "Stage 1 takes the room 7 min.")]


def test_the_same_failure_again_and_again_is_seen_and_what_is_seen_to_leaves_the_list(
    workshop, item, lab, clients, ngozi
):
    seat = sits(workshop, "Ana")
    fails(works(seat, lab, failed=("on", POLICY)), "on", 3)
    assert why(Room.of(workshop)) == [("Ana", "repeated")]
    about = Room.of(workshop).needs[0][1].about
    clients["helper"].post(f"/workshops/{workshop.pk}/room/done", {"seat": "1", "about": about})
    assert why(Room.of(workshop)) == []
    deed = SeatLogEntry.objects.get()
    assert (deed.by.username, deed.seat) == ("hedy", seat)
    SeatLogEntry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert why(Room.of(workshop)) == [("Ana", "repeated")]
    mine = signed_in(seat.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Hedy Lamarr" in mine


def test_done_on_an_old_hand_lowers_no_new_one(workshop, item, ngozi, hedy, clients):
    ana, ben = sits(workshop, "Ana"), sits(workshop, "Ben")
    old = help_requests.raise_hand(ana, "Why no routes?")
    bens = help_requests.raise_hand(ben, "")
    assert help_requests.resolve(workshop, ana, f"hand:{old.pk}", hedy)
    new = help_requests.raise_hand(ana, "And now?")
    done = f"/workshops/{workshop.pk}/room/done"
    for about in (f"hand:{old.pk}", f"hand:{bens.pk}", "hand:", "hand:x", "", "dance:1"):
        said = clients["lead"].post(done, {"seat": "1", "about": about})
        assert "Somebody was faster" in clients["lead"].get(said.url).content.decode()
    new.refresh_from_db()
    bens.refresh_from_db()
    assert (new.lowered_at, bens.lowered_at) == (None, None)
    assert [(deed.by, deed.about) for deed in SeatLogEntry.objects.all()] == [(hedy, f"hand:{old.pk}")]
    clients["lead"].post(done, {"seat": "1", "about": f"hand:{new.pk}"})
    assert SeatLogEntry.objects.count() == 2
    assert why(Room.of(workshop)) == [("Ben", "hand")]


def test_two_who_press_done_at_once_have_helped_once(workshop, item, lab, ngozi, hedy):
    seat = sits(workshop, "Ana")
    fails(works(seat, lab, failed=("on", POLICY)), "on", 3)
    about = Room.of(workshop).needs[0][1].about
    assert help_requests.resolve(workshop, seat, about, hedy)
    assert not help_requests.resolve(workshop, seat, about, ngozi)
    SeatLogEntry.objects.update(at=timezone.now() - timedelta(minutes=16))  # it is back in the list
    assert help_requests.resolve(workshop, seat, about, ngozi)


def test_what_fails_is_grouped_by_its_explanation_whatever_the_numbers(workshop, item, lab):
    text = "r1 peers with AS %(own)s."
    for name, own in (("Ana", 1), ("Ben", 2), ("Cai", 3)):
        session = works(sits(workshop, name), lab, failed=("on", text))
        CheckStatus.objects.filter(session=session).update(cause={"msgid": text, "params": {"own": own}})
        fails(session, "on")
    fails(works(sits(workshop, "Dee"), lab, failed=("on", "")), "on")
    works(sits(workshop, "Eve"), lab)
    found = Room.of(workshop).failing
    assert [(one.number, one.check.title, one.fail, one.at) for one in found] == [(1, "r1 forwards", 4, 5)]
    assert found[0].causes == [(3, "r1 peers with AS 1."), (1, "It was off.")]


def test_what_comes_out_of_a_lab_is_text_on_the_page(workshop, item, lab, clients):
    fails(works(sits(workshop, "<b>Ana</b>"), lab, failed=("on", "<script>alert(1)</script>")), "on", 3)
    for page in ("room", "room/1"):
        text = clients["lead"].get(f"/workshops/{workshop.pk}/{page}").content.decode()
        assert "<script>alert" not in text
        assert "<b>Ana" not in text
        assert "&lt;script&gt;alert" in text


@pytest.fixture
def two_labs(workshop, item, lab, other_lab):
    """A session with two labs: Ana and Ben have done the first and are in the second, Cai is in the first, Dee in none."""
    workshop.agenda.update(labs=[lab.id, other_lab.id])
    minute = timedelta(minutes=1)
    seats = {name: sits(workshop, name) for name in ("Ana", "Ben", "Cai", "Dee")}
    for name in ("Ana", "Ben"):
        before = {"state": State.STOPPED, "created_at": timezone.now() - 50 * minute}
        works(seats[name], lab, ["on", "still", "file"], minutes=45, ago=30, **before)
    works(seats["Ana"], other_lab, ["on", "still"], ("file", POLICY), active_at=timezone.now() - 3 * minute)
    works(seats["Ben"], other_lab, minutes=20, active_at=timezone.now() - 12 * minute)
    works(seats["Cai"], lab, ["on", "still"], active_at=None)
    return seats


def test_who_works_in_the_second_lab_is_watched_too(workshop, two_labs, lab, other_lab):
    fails(two_labs["Ana"].user.lab_sessions.get(lab=other_lab.id), "file", 3)
    room = Room.of(workshop)
    assert shapes(room) == {
        "Ana": ["pass", "fail"],
        "Ben": ["run", "none"],
        "Cai": ["pass", "run"],
        "Dee": ["none", "none"],
    }
    assert [tile.lab and tile.lab.id for tile in room.tiles] == [other_lab.id, other_lab.id, lab.id, lab.id]
    assert [(tile.seat.name, need.kind, need.about) for tile, need in room.needs] == [
        ("Ben", "quiet", "quiet:second-wind:0"),
        ("Ana", "repeated", "repeated:second-wind:1"),
    ]
    assert [(one.lab.id, one.number, one.fail, one.at) for one in room.failing] == [(other_lab.id, 2, 1, 1)]
    assert [[row.mark for row in part] for part in room.tables] == [["B", "B", "A", ""]]


def test_the_grid_of_one_lab_shows_all_in_it_and_who_needs_somebody_elsewhere_stays_on_the_list(
    workshop, two_labs, lab, clients
):
    room = Room.of(workshop, lab.id)
    assert [[cell.shape for cell in tile.cells] for tile in room.shown][:3] == [["pass"] * 2] * 2 + [["pass", "run"]]
    assert why(room) == [("Ben", "quiet")]
    page = unescape(clients["lead"].get(f"/workshops/{workshop.pk}/room?lab={lab.id}").content.decode())
    assert f"/room/2?lab={lab.id}" in page  # Ben's row is of this lab, and his need of the other
    assert f'href="/workshops/{workshop.pk}/room/2" aria-label="Help seat 2"' in page


def test_slow_is_measured_by_all_who_have_passed_a_lab_also_when_they_are_in_the_next(workshop, two_labs, lab):
    works(sits(workshop, "Eve"), lab, ["on", "still"], minutes=15, ago=0)
    assert set(Room.of(workshop).usual[lab.id]) == {0}


def test_who_still_works_in_the_lab_of_yesterday_is_watched_and_a_lab_of_his_own_is_his_own(
    workshop, item, lab, other_lab
):
    yesterday = {"opened_at": timezone.now() - timedelta(days=1), "from_at": timezone.now() - timedelta(days=1)}
    before = session_of(workshop, "Yesterday", labs=[other_lab.id], **yesterday)
    works(sits(workshop, "Ana"), other_lab, ["on"], active_at=timezone.now() - timedelta(minutes=9), minutes=20)
    assert why(Room.of(workshop)) == [("Ana", "quiet")]
    before.delete()
    assert Room.of(workshop).tiles[0].session is None
    assert Room.of(workshop, other_lab.id).tiles[0].session is None


def test_what_is_done_at_a_seat_leaves_one_where_one_was(workshop, two_labs, lab, other_lab, clients):
    lead, seat = clients["lead"], f"/workshops/{workshop.pk}/room/1"
    assert '<h2 id="h-lab">Second wind</h2>' in lead.get(seat).content.decode()
    page = lead.get(f"{seat}?lab={lab.id}").content.decode()
    assert '<h2 id="h-lab">First light</h2>' in page
    assert f'href="/workshops/{workshop.pk}/room?lab={lab.id}"' in page
    act, done = f"/workshops/{workshop.pk}/room/act?lab={lab.id}", f"/workshops/{workshop.pk}/room/done?lab={lab.id}"
    assert f'action="{act}"' in page
    said = {"seats": "1", "what": "message", "text": "Look up."}
    assert lead.post(act, said | {"from": "1"}).url == f"{seat}?lab={lab.id}"
    assert lead.post(act, said).url == f"/workshops/{workshop.pk}/room?lab={lab.id}"
    assert lead.post(done, {"seat": "1", "about": "quiet:x"}).url == f"/workshops/{workshop.pk}/room?lab={lab.id}"
    assert lead.post(f"/workshops/{workshop.pk}/room/act", said | {"from": "1"}).url == seat


@pytest.mark.parametrize(
    ("seat", "typed", "said"),
    [
        (1, 3, "Typed 3 min ago."),
        (2, 12, "Typed 12 min ago."),
        (3, None, "Nobody has typed here yet."),
        (4, None, "Has not started it."),
    ],
)
def test_when_somebody_typed_last_is_in_the_grid_and_on_the_seats_page(workshop, two_labs, clients, seat, typed, said):
    assert Room.of(workshop).tiles[seat - 1].quiet == typed
    assert said in clients["helper"].get(f"/workshops/{workshop.pk}/room/{seat}").content.decode()


def test_a_pause_is_told_by_the_clock_of_the_room(workshop, item, clients):
    paused = timezone.now().replace(hour=3, minute=0)
    Workshop.objects.filter(pk=workshop.pk).update(time_zone="Pacific/Apia", paused_at=paused)
    there = paused.astimezone(ZoneInfo("Pacific/Apia"))
    page = clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert f"The room is paused since {there:%H:%M}" in page


@pytest.mark.parametrize("part", [{}, {"X-Vaka": "part"}])
def test_the_room_asks_as_often_for_thirty_seats_as_for_five(workshop, item, lab, other_lab, clients, part):
    Workshop.objects.filter(pk=workshop.pk).update(seats=30)
    workshop.agenda.update(labs=[lab.id, other_lab.id])
    clients["lead"].get(f"/workshops/{workshop.pk}/room")  # the first of the day writes down where the room is
    counts = []
    for seats in (5, 30):
        for n in range(workshop.places.count(), seats):
            seat = sits(workshop, f"Trainee {n}")
            fails(works(seat, (lab, other_lab)[n % 2], ["on", "still"], failed=("file", POLICY)), "file")
            if n % 3 == 0:
                help_requests.raise_hand(seat, "Please.")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = clients["lead"].get(f"/workshops/{workshop.pk}/room", headers=part)
        assert f"{seats} here" in page.content.decode()
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_notes_and_solution_are_beside_the_room_and_no_trainee_reads_them(workshop, lab, clients):
    session_of(workshop, labs=[lab.id], opened_at=timezone.now(), notes="Draw it **first**.")
    page = clients["helper"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert "Draw it <strong>first</strong>." in page
    assert "sysctl -w net.ipv6.conf.all.forwarding=1" in page
    seat = sits(workshop, "Ana")
    works(seat, lab)
    ana = signed_in(seat.user)
    assert "sysctl -w" in clients["helper"].get(f"/workshops/{workshop.pk}/room/1").content.decode()
    assert "Draw it" not in ana.get(f"/workshops/{workshop.pk}/mine").content.decode()
    for page in ("room", "room/1", "room/events"):
        assert ana.get(f"/workshops/{workshop.pk}/{page}").status_code == 404
        assert clients["other"].get(f"/workshops/{workshop.pk}/{page}").status_code == 404


def test_a_session_of_before_the_workshop_is_not_of_it(workshop, item, lab):
    works(sits(workshop, "Ana"), lab, ["on"], created_at=workshop.begins - timedelta(days=300))
    assert Room.of(workshop).tiles[0].session is None


def test_a_hand_is_raised_from_any_page_and_the_neighbours_do_not_see_it(workshop, item, client):
    client.post("/join/", {"code": workshop.join_code, "name": "Ana"})
    strip = unescape(client.get("/courses/").content.decode())
    assert "Raise a hand" in strip
    answer = client.post(f"/workshops/{workshop.pk}/mine/hand", {"text": "Help & <b>"}, headers={"X-Vaka": "part"})
    assert "Your hand is up" in answer.content.decode()
    neighbour = signed_in(sits(workshop, "Ben").user)
    assert "Help &amp;" not in neighbour.get(f"/workshops/{workshop.pk}/mine").content.decode()
    client.post(f"/workshops/{workshop.pk}/mine/hand/lower")
    assert not Hand.objects.filter(lowered_at=None).exists()


def test_who_never_joined_has_no_strip_and_pays_no_query_for_it(ada_client):
    with CaptureQueriesContext(connection) as asked:
        page = ada_client.get("/courses/")
    assert "strip" not in page.content.decode()
    assert not [query for query in asked if "workshops_workshopseat" in query["sql"]]


@pytest.fixture
def heartbeat(monkeypatch):
    monkeypatch.setattr(sse, "HEARTBEAT", 0.1)
    yield
    gc.collect()


async def first_event(client, path, then, wanted):
    """Open a stream, do something once it is open, and wait for an event."""
    answer = await client.get(path)
    assert answer.status_code == 200
    async with asyncio.timeout(10), aclosing(aiter(answer.streaming_content)) as pieces:
        done = False
        async for piece in pieces:
            if b"event: hello" in piece and not done:
                await sync_to_async(then)()
                done = True
            if f"event: {wanted}".encode() in piece:
                return
    raise AssertionError(f"{wanted} never came")


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_room_and_the_seat_hear_at_once_and_who_leaves_the_team_hears_no_more(
    workshop, item, lab, broker, heartbeat, ngozi, hedy
):
    seat, far = sits(workshop, "Ana"), sits(workshop, "Ben")
    session = works(seat, lab)

    async def listens():
        watching, sitting = AsyncClient(), AsyncClient()
        await watching.aforce_login(hedy)
        await sitting.aforce_login(seat.user)
        room, mine = f"/workshops/{workshop.pk}/room/events", f"/workshops/{workshop.pk}/mine/events"
        await first_event(watching, room, lambda: help_requests.raise_hand(seat, ""), "room")
        await first_event(watching, room, lambda: LabSession.objects.get(pk=session.pk).move_to(State.STOPPING), "room")
        await first_event(sitting, mine, lambda: help_requests.lower_hand(seat, ngozi), "seat")
        await first_event(watching, room, lambda: workshop.staff.filter(user=hedy).delete(), "bye")
        refused = await sitting.get(room)
        assert refused.status_code == 404
        assert (await watching.get(mine)).status_code == 404
        assert far.seen_at is not None

    async_to_sync(listens)()
