"""Raised hands, and needs that a team member marks as done."""

from datetime import timedelta

from django.utils import timezone

from tests.builders import signed_in
from tests.vaka.workshops.conftest import fails, sits, works
from vaka.workshops.models import Hand, SeatLogEntry
from vaka.workshops.room.room import Room
from vaka.workshops.services import raised_hands

POLICY = "There is no policy on the session."


def why(room):
    return [(tile.seat.name, need.kind) for tile, need in room.needs]


def test_a_repeated_failure_is_a_need_until_somebody_marks_it_as_done(workshop, item, lab, clients, ngozi):
    seat = sits(workshop, "Ana")
    fails(works(seat, lab, failed=("on", POLICY)), "on", 3)
    assert why(Room.of(workshop)) == [("Ana", "repeated")]
    about = Room.of(workshop).needs[0][1].about
    clients["helper"].post(f"/workshops/{workshop.pk}/room/done", {"seat": "1", "about": about})
    assert why(Room.of(workshop)) == []
    entry = SeatLogEntry.objects.get()
    assert (entry.by.username, entry.seat) == ("hedy", seat)
    SeatLogEntry.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert why(Room.of(workshop)) == [("Ana", "repeated")]
    mine = signed_in(seat.user).get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Hedy Lamarr" in mine


def test_marking_an_old_hand_as_done_does_not_lower_a_new_one(workshop, item, ngozi, hedy, clients):
    ana, ben = sits(workshop, "Ana"), sits(workshop, "Ben")
    old = raised_hands.raise_hand(ana, "Why no routes?")
    bens = raised_hands.raise_hand(ben, "")
    assert raised_hands.resolve(workshop, ana, f"hand:{old.pk}", hedy)
    new = raised_hands.raise_hand(ana, "And now?")
    done = f"/workshops/{workshop.pk}/room/done"
    for about in (f"hand:{old.pk}", f"hand:{bens.pk}", "hand:", "hand:x", "", "dance:1"):
        answer = clients["lead"].post(done, {"seat": "1", "about": about})
        assert "This was done already" in clients["lead"].get(answer.url).content.decode()
    new.refresh_from_db()
    bens.refresh_from_db()
    assert (new.lowered_at, bens.lowered_at) == (None, None)
    assert [(entry.by, entry.about) for entry in SeatLogEntry.objects.all()] == [(hedy, f"hand:{old.pk}")]
    clients["lead"].post(done, {"seat": "1", "about": f"hand:{new.pk}"})
    assert SeatLogEntry.objects.count() == 2
    assert why(Room.of(workshop)) == [("Ben", "hand")]


def test_marking_a_need_as_done_twice_counts_once(workshop, item, lab, ngozi, hedy):
    seat = sits(workshop, "Ana")
    fails(works(seat, lab, failed=("on", POLICY)), "on", 3)
    about = Room.of(workshop).needs[0][1].about
    assert raised_hands.resolve(workshop, seat, about, hedy)
    assert not raised_hands.resolve(workshop, seat, about, ngozi)
    SeatLogEntry.objects.update(at=timezone.now() - timedelta(minutes=16))  # it is back in the list
    assert raised_hands.resolve(workshop, seat, about, ngozi)


def test_the_newest_hands_of_a_seat_are_kept(workshop, monkeypatch):
    monkeypatch.setattr(raised_hands, "KEPT", 2)
    ana, ben = sits(workshop, "Ana"), sits(workshop, "Ben")
    for seat, text in ((ben, "0"), (ana, "1"), (ana, "2"), (ana, "3")):
        raised_hands.raise_hand(seat, text)
        raised_hands.lower_hand(seat, seat.user)
    assert [hand.text for hand in Hand.objects.all()] == ["0", "2", "3"]
