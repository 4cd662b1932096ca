"""Event streams of the room and of the seats."""

import asyncio
import gc
from contextlib import aclosing

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

from labs.lifecycle import class_labs
from labs.models import LabSession, State
from labs.pages import event_stream
from tests.vaka.workshops.conftest import sits, works
from vaka.workshops.services import presenting, raised_hands


@pytest.fixture
def heartbeat(monkeypatch):
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.1)
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
def test_a_stream_that_begins_tells_the_slide_that_is_shown(workshop, broker, heartbeat, ngozi):
    """Regression: a trainee who lost the connection and came back stayed at the slide of before."""
    ana = sits(workshop, "Ana").user
    presenting.present(workshop, "/courses/first-steps/first-ebgp/slides/", 4, ngozi)

    async def listens():
        sitting = AsyncClient()
        await sitting.aforce_login(ana)
        await first_event(sitting, f"/workshops/{workshop.pk}/mine/events", lambda: None, "seat")

    async_to_sync(listens)()


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_room_and_the_seat_receive_events_until_the_user_leaves_the_team(
    workshop, item, lab, broker, heartbeat, ngozi, hedy
):
    seat, far = sits(workshop, "Ana"), sits(workshop, "Ben")
    session = works(seat, lab)
    shared = LabSession.objects.create(
        learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY, is_class=True
    )

    async def listens():
        watching, sitting = AsyncClient(), AsyncClient()
        await watching.aforce_login(hedy)
        await sitting.aforce_login(seat.user)
        room, mine = f"/workshops/{workshop.pk}/room/events", f"/workshops/{workshop.pk}/mine/events"
        await first_event(watching, room, lambda: raised_hands.raise_hand(seat, ""), "room")
        await first_event(watching, room, lambda: LabSession.objects.get(pk=session.pk).move_to(State.STOPPING), "room")
        await first_event(sitting, mine, lambda: raised_hands.lower_hand(seat, ngozi), "seat")
        await first_event(watching, room, lambda: class_labs.sit_down(shared, far.user, "right"), "room")
        await first_event(watching, room, lambda: shared.move_to(State.STOPPING), "room")
        await first_event(watching, room, lambda: workshop.team.filter(user=hedy).delete(), "bye")
        refused = await sitting.get(room)
        assert refused.status_code == 404
        assert (await watching.get(mine)).status_code == 404
        assert far.seen_at is not None

    async_to_sync(listens)()
