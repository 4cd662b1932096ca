"""Hedy observes Ana's terminals, and types there only while Ana allows it. Ana sees it on every device and page."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from labs.models import Observer, State
from labs.terminals import permissions, tokens
from tests.builders import make_person, signed_in
from tests.vaka.workshops.conftest import adds_item, reads, signs_in, sits, text_of, works
from vaka.workshops import tasks
from vaka.workshops.models import SeatLogEntry, Workshop
from vaka.workshops.services import closing, joining, observing, workshop_changes


@pytest.fixture
def ben(workshop, item):
    return sits(workshop, "Ben")


def token_of(client, workshop, **more):
    return client.post(f"/workshops/{workshop.pk}/room/1/observer/terminal-token", {"node": "r1", **more})


def held(answer):
    return tokens.read(answer.json()["token"])


def log():
    return [entry.kind for entry in SeatLogEntry.objects.order_by("pk")]


def ends_by_itself(how, workshop, session):
    if how == "two hours":
        long_ago = timezone.now() - timedelta(hours=2, seconds=1)
        Observer.objects.update(began_at=long_ago)
        SeatLogEntry.objects.update(at=long_ago)
    elif how == "the lab":
        session.move_to(State.STOPPING)
    else:
        yesterday = workshop.today - timedelta(days=1)
        Workshop.objects.update(first_day=yesterday, last_day=yesterday)


def test_hedy_observes_and_types_only_while_ana_allows_it(workshop, lab, ana, hedy, clients):
    session = works(ana, lab)
    where = f"/workshops/{workshop.pk}/room/1"
    assert token_of(clients["helper"], workshop).status_code == 409  # only after she has begun to observe
    clients["helper"].post(f"{where}/observe")
    assert "Hedy Lamarr is observing your terminals." in reads(ana, "/labs/first-light/")
    seen = held(token_of(clients["helper"], workshop, mode="control"))
    assert seen.mode is tokens.Mode.VIEW
    typed = tokens.read(tokens.issue(hedy.pk, session.pk, "r1", "1", "control"))
    assert set(permissions.refusals([seen, typed])) == {typed.id}

    clients["helper"].post(f"{where}/observer/ask")
    clients["helper"].post(f"{where}/observer/ask")
    observer = Observer.objects.get()
    assert "asks for permission to type in your lab." in reads(ana, "/labs/first-light/")
    consent = f"/workshops/{workshop.pk}/mine/observers/{observer.pk}"
    anas = signed_in(ana.user)
    anas.post(consent, {"answer": "yes"})
    assert "Hedy Lamarr can type in your lab." in reads(ana)
    assert held(token_of(clients["helper"], workshop, mode="control")).mode is tokens.Mode.CONTROL
    assert held(token_of(clients["helper"], workshop, mode="view")).mode is tokens.Mode.VIEW
    assert permissions.refusals([seen, typed]) == {}

    anas.post(consent, {"answer": "no"})
    assert set(permissions.refusals([seen, typed])) == {typed.id}
    clients["helper"].post(f"{where}/observer/stop")
    assert set(permissions.refusals([seen, typed])) == {seen.id, typed.id}
    kinds = ["observe", "ask_to_type", "allowed", "type", "refused", "stop_observing"]
    assert [entry.kind for entry in SeatLogEntry.objects.order_by("pk")] == kinds
    for word in (
        "Started to observe your terminals",
        "You gave permission to type in your lab",
        "Opened a terminal of your lab to type",
        "You refused or withdrew permission to type in your lab",
        "Stopped observing your terminals",
    ):
        assert word in reads(ana)


def test_the_log_tells_a_refusal_a_permission_and_typing_apart(workshop, lab, ana, hedy):
    observer = observing.begin(ana, works(ana, lab), hedy)
    observing.refuse(ana, observer)  # Hedy has not asked
    assert log() == ["observe"]
    observing.ask_to_type(ana, observer)
    observing.refuse(ana, observer)
    assert log() == ["observe", "ask_to_type", "refused"]
    observing.ask_to_type(ana, observer)
    observing.allow(ana, observer)
    assert log()[3:] == ["ask_to_type", "allowed"]  # Hedy has not typed yet


def test_nothing_is_logged_for_an_observer_that_has_ended(workshop, lab, ana, hedy):
    observer = observing.begin(ana, works(ana, lab), hedy)
    observing.ask_to_type(ana, observer)
    late = Observer.objects.get()
    observing.end(ana, observer)
    observing.allow(ana, late)
    observing.refuse(ana, late)
    observing.end(ana, late)
    assert log() == ["observe", "ask_to_type", "stop_observing"]


@pytest.mark.parametrize("how", ["two hours", "the lab", "the workshop"])
def test_a_forgotten_observer_is_ended_and_logged(workshop, lab, ana, hedy, how):
    session = works(ana, lab)
    observing.begin(ana, session, hedy)
    tasks.end_stale_observers()
    assert log() == ["observe"]
    ends_by_itself(how, workshop, session)
    tasks.end_stale_observers()
    tasks.end_stale_observers()
    assert log() == ["observe", "stop_observing"]
    assert Observer.objects.get().ended_at


def test_observing_again_after_two_hours_ends_the_first_observer(workshop, lab, ana, hedy):
    session = works(ana, lab)
    observing.begin(ana, session, hedy)
    ends_by_itself("two hours", workshop, session)
    observing.begin(ana, session, hedy)
    assert log() == ["observe", "stop_observing", "observe"]


def test_closing_a_workshop_or_losing_a_role_ends_only_the_observers_of_that_workshop(workshop, lab, ana, ngozi, hedy):
    today = workshop.today
    second = workshop_changes.make(Workshop(title="Evening class", first_day=today, last_day=today), hedy)
    adds_item(second, labs=[lab.id], opened_at=timezone.now())
    session = works(ana, lab)
    there = joining.take_seat(second, "Ana", user=ana.user)
    observing.begin(there, session, hedy)
    observing.begin(ana, session, ngozi)
    closing.close(workshop, ngozi)
    assert [(observer.user, observer.ended_at is not None) for observer in Observer.objects.order_by("pk")] == [
        (hedy, False),
        (ngozi, True),
    ]
    observing.end_all(second, hedy)
    assert [(entry.kind, entry.seat, entry.by) for entry in SeatLogEntry.objects.order_by("pk")][2:] == [
        ("close", None, ngozi),
        ("stop_observing", ana, ngozi),
        ("stop_observing", there, hedy),
    ]


def test_typing_is_logged_once_for_each_permission(workshop, lab, ana, hedy, clients):
    observer = observing.begin(ana, works(ana, lab), hedy)
    for _time in range(2):
        observing.ask_to_type(ana, observer)
        observing.allow(ana, observer)
        token_of(clients["helper"], workshop, mode="view")
        token_of(clients["helper"], workshop, mode="control")
        token_of(clients["helper"], workshop, mode="control")
        observing.refuse(ana, observer)
    assert log() == ["observe", *["ask_to_type", "allowed", "type", "refused"] * 2]


def test_only_ana_can_give_permission_and_only_the_observer_can_use_it(workshop, lab, ana, ben, hedy, clients):
    session = works(ana, lab)
    observer = observing.begin(ana, session, hedy)
    observing.ask_to_type(ana, observer)
    for stranger in (signed_in(ben.user), clients["helper"], clients["lead"]):
        assert (
            stranger.post(f"/workshops/{workshop.pk}/mine/observers/{observer.pk}", {"answer": "yes"}).status_code
            == 404
        )
    assert token_of(clients["lead"], workshop).status_code == 409  # Ngozi does not observe
    assert token_of(clients["other"], workshop).status_code == 404
    stolen = tokens.read(tokens.issue(ben.user_id, session.pk, "r1", "1", "view"))
    assert set(permissions.refusals([stolen])) == {stolen.id}
    observer.refresh_from_db()
    assert not observer.may_type


def test_permission_cannot_be_given_before_it_was_asked_for(workshop, lab, ana, hedy):
    observer = observing.begin(ana, works(ana, lab), hedy)
    observing.allow(ana, observer)
    assert not observer.may_type


def test_observing_ends_with_the_role_and_after_two_hours(workshop, lab, ana, hedy, ngozi, clients):
    session = works(ana, lab)
    observing.begin(ana, session, hedy)
    seen = tokens.read(tokens.issue(hedy.pk, session.pk, "r1", "1", "view"))
    assert permissions.refusals([seen]) == {}
    clients["lead"].post(f"/workshops/{workshop.pk}/team/{workshop.team.get(user=hedy).pk}/remove")
    assert set(permissions.refusals([seen])) == {seen.id}
    assert observing.observers_of(ana) == []
    observing.begin(ana, session, ngozi)
    Observer.objects.filter(user=ngozi).update(began_at=timezone.now() - timedelta(hours=3))
    hers = tokens.read(tokens.issue(ngozi.pk, session.pk, "r1", "1", "view"))
    assert set(permissions.refusals([hers])) == {hers.id}
    observing.begin(ana, session, ngozi)
    assert permissions.refusals([hers]) == {}


OBSERVES = "Hedy Lamarr is observing your terminals."


@pytest.fixture
def ana(workshop, item):
    """Ana has an account, and joined on a laptop in the room."""
    return joining.take_seat(workshop, "Ana", user=make_person("ana", name="Ana Leota"))


def test_a_trainee_who_signs_in_on_another_device_sees_the_observer_there(workshop, lab, ana, hedy):
    observing.begin(ana, works(ana, lab), hedy)
    phone = signs_in()
    assert OBSERVES in text_of(phone)
    assert OBSERVES in text_of(phone, "/courses/")


def test_a_device_signed_in_before_joining_shows_the_observer_on_lab_pages(workshop, item, lab, hedy):
    user = make_person("ana", name="Ana Leota")
    phone = signed_in(user)
    ana = joining.take_seat(workshop, "Ana", user=user)
    observing.begin(ana, works(ana, lab), hedy)
    assert OBSERVES in text_of(phone)
    assert OBSERVES in text_of(phone, "/courses/")  # from now on the browser's session knows the seat


def test_the_seat_bar_shows_observers_from_another_workshop_and_takes_the_answer(workshop, lab, ana, evening, hedy):
    there = joining.take_seat(evening, "Ana", user=ana.user)
    laptop = signed_in(ana.user)
    laptop.get(f"/workshops/{workshop.pk}/mine")  # its seat bar is that of the first workshop
    observer = observing.begin(there, works(ana, lab), hedy)
    observing.ask_to_type(there, observer)
    page = text_of(laptop)
    assert "Hedy Lamarr asks for permission to type in your lab." in page
    where = f"/workshops/{workshop.pk}/mine/observers/{observer.pk}"
    assert where in page
    laptop.post(where, {"answer": "yes"})
    assert Observer.objects.get().may_type
    assert set(SeatLogEntry.objects.values_list("workshop", "seat")) == {(evening.pk, there.pk)}


@pytest.mark.django_db(transaction=True)
def test_the_seat_bar_receives_events_about_observers_from_another_workshop(workshop, lab, ana, evening, hedy, broker):
    there = joining.take_seat(evening, "Ana", user=ana.user)
    session = works(ana, lab)

    async def listens():
        laptop = AsyncClient()
        await laptop.aforce_login(ana.user)
        answer = await laptop.get(f"/workshops/{workshop.pk}/mine/events")
        async with asyncio.timeout(10), aclosing(aiter(answer.streaming_content)) as pieces:
            async for piece in pieces:
                if b"event: hello" in piece:
                    await sync_to_async(observing.begin)(there, session, hedy)
                if b"event: seat" in piece:
                    return b'"observe"' in piece
        return False

    assert async_to_sync(listens)()


def test_nobody_observes_a_seat_of_a_class_lab_and_its_page_says_so(workshop, shared, seated, clients):
    where = f"/workshops/{workshop.pk}/room/{seated[0].number}"
    page = clients["lead"].get(where).text
    assert "Observe terminals" not in page
    says = "The terminals of a class lab cannot be observed. Its leader can open them on the page of the lab."
    assert says in page
    answer = clients["lead"].post(f"{where}/observe", follow=True)
    assert [str(message) for message in answer.context["messages"]] == [says]
