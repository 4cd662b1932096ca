"""Taking a seat: a code and a name are enough. A seat is its device's; the same name never opens another's."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from labs.terminals import tokens
from vaka.accounts import codes, signup
from vaka.accounts.models import User
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Attendance, Device, Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.services import presence

CODE_LASTS = timedelta(minutes=15)  # of a seat's own code
RUNS_LATE = timedelta(hours=1)  # a session, after its end
SEEN_EVERY = timedelta(minutes=1)  # shorter than seats.HERE
GUEST = "guest-"  # begins the username of an account that was made for a seat


class NoSeatLeft(Exception):
    """All seats of the workshop are taken."""


def workshop_of(code: str) -> Workshop | None:
    """The workshop that this code lets into now."""
    found = named_by(code)
    return None if found is None or found.is_over else found


def named_by(code: str) -> Workshop | None:
    """The workshop of this code, also when it is over: who has a seat there finds it again by his device."""
    return Workshop.objects.filter(join_code=codes.typed(code)).first()


def take(
    workshop: Workshop, name: str, partner: str = "", user: User | None = None, token: str = "", place: str = ""
) -> Seat:
    """Give somebody a seat: his own, the one that waits for his name, or the next that is free. Raises NoSeatLeft.

    Without a USER he gets an account made for the seat, with no password. TOKEN is that of his device: who presses twice
    with it has one seat. PLACE is where it is (``presence``).
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=workshop.pk)  # two who press at once get two numbers
        if mine := _sits_already(workshop, name, user, token):
            if partner and partner != mine.partner:
                mine.partner = partner
                mine.save(update_fields=["partner"])
            return mine
        seat = _waits_for(workshop, name) or Seat(workshop=workshop, number=_free_number(workshop), name=name)
        seat.partner = partner or seat.partner
        seat.is_guest = user is None or is_guest(user)
        seat.user = user or _guest(workshop, name)
        seat.joined_at = timezone.now()
        seat.save()
        if user:
            signup.confirm(user)  # the join code of the workshop confirms the account
        if token and seat.is_guest:
            keep_on(token, seat)
        was_seen(seat, place)
    return seat


def _sits_already(workshop: Workshop, name: str, user: User | None, token: str) -> Seat | None:
    """The seat of the user, or of a guest of this name on this device; another name there is somebody else."""
    if user:
        return workshop.places.filter(user=user).first()
    kept = kept_by(token, workshop)
    return kept if kept and kept.name.casefold() == name.casefold() else None


def _waits_for(workshop: Workshop, name: str) -> Seat | None:
    """A seat of the roster that nobody has opened yet: there is nothing of anybody's in it."""
    free = workshop.places.filter(user=None)
    return next((seat for seat in free if seat.name.casefold() == name.casefold()), None)


def _free_number(workshop: Workshop) -> int:
    taken = set(workshop.places.values_list("number", flat=True))
    for number in range(1, workshop.seats + 1):
        if number not in taken:
            return number
    raise NoSeatLeft(f"{workshop} has {workshop.seats} seats.")


def _guest(workshop: Workshop, name: str) -> User:
    guest = User(username=f"{GUEST}{secrets.token_hex(6)}", first_name=name, time_zone=workshop.time_zone)
    guest.set_unusable_password()
    guest.save()
    return guest


def is_guest(user: User) -> bool:
    """Whether the account was made for a seat, and has become nobody's own yet."""
    return user.username.startswith(GUEST) and not user.has_usable_password()


def comes_again(user: User, name: str) -> bool:
    """Whether he is a guest whose seat was freed, under the name that he had: what he did waits for him."""
    same = user.first_name.casefold() == name.casefold()
    return same and is_guest(user) and not Seat.objects.of(user).exists()


def keep_on(token: str, seat: Seat) -> None:
    """Let this device open the seat from now on, and no other seat of the same workshop."""
    kept = codes.hashed(token)
    with transaction.atomic():
        Device.objects.filter(token_hash=kept, seat__workshop=seat.workshop_id).exclude(seat=seat).delete()
        Device.objects.get_or_create(token_hash=kept, seat=seat)


def kept_by(token: str, workshop: Workshop) -> Seat | None:
    """The seat that this device may open without asking anybody: a guest's, never one of an account with a password."""
    if not token:
        return None
    mine = Seat.objects.filter(devices__token_hash=codes.hashed(token), workshop=workshop, is_guest=True)
    return mine.select_related("user").first()


def give_code(seat: Seat, by: User, *, lost: bool) -> str:
    """Make a code that lets one more device in, once; the one before it is void. LOST: those of before are out then.

    Also when the workshop is over: who loses his device then would lose his certificate with it. He reads who made it.
    """
    code = codes.draw()
    seat.code, seat.code_until, seat.code_for_lost = codes.hashed(code), timezone.now() + CODE_LASTS, lost
    with transaction.atomic():
        seat.save(update_fields=["code", "code_until", "code_for_lost"])
        SeatLogEntry.objects.create(workshop=seat.workshop, seat=seat, by=by, kind=SeatLogEntry.Kind.CODE)
    return code


def redeem(code: str) -> Seat | None:
    """Return the seat of a code, used up now; None if it is none, too old, or was used."""
    wanted = {"code": codes.hashed(codes.typed(code)), "code_until__gt": timezone.now(), "is_guest": True}
    with transaction.atomic():
        seat = Seat.objects.select_related("user", "workshop").filter(**wanted).first()
        if seat is None or seat.user is None:
            return None
        if not Seat.objects.filter(pk=seat.pk, **wanted).update(code="", code_until=None):
            return None  # somebody else was faster
        if seat.code_for_lost:
            seat.devices.all().delete()
            seat.user.set_unusable_password()  # a new one: it ends each sign-in of before
            seat.user.save(update_fields=["password"])
    if seat.code_for_lost:
        tokens.close_all(seat.user.pk)  # terminals that are open there outlive a sign-in
    return seat


def become_account(seat: Seat, username: str, password: str) -> None:
    """Let the guest stay: his seat's user gets a name to sign in with, and keeps all that he did."""
    user = seat.user
    if user is None or not seat.is_guest:
        raise ValueError(f"{seat} is no guest's.")
    with transaction.atomic():
        user.username = username
        user.set_password(password)
        user.save(update_fields=["username", "password"])
        Seat.objects.filter(user=user).update(is_guest=False, code="", code_until=None)
        Device.objects.filter(seat__user=user).delete()  # from now on a password is asked for
        seat.is_guest = False


def was_seen(seat: Seat, place: str = "") -> None:
    """A page of the seat is open now. Written down once a minute: thirty pages that live are not to keep the database busy.

    That it is open is no presence; PLACE, where it is, may be (``presence``).
    """
    now = timezone.now()
    presence.seat_is_at(seat, place)
    if seat.seen_at and now - seat.seen_at < SEEN_EVERY:
        return
    Seat.objects.filter(pk=seat.pk).update(seen_at=now)
    seat.seen_at = now
    workshop = seat.workshop
    if workshop.begins <= now < workshop.ends:
        Attendance.objects.get_or_create(seat=seat, day=workshop.today)


def event_of(learner: int, lab: str, at: datetime) -> str:
    """The title of the workshop in which they ask for a check of a lab; empty if it is their own affair, or they are not there."""
    seats = Seat.objects.of(learner).filter(workshop__agenda__opened_at__lte=at)
    for seat in seats.select_related("workshop").distinct():
        if _is_on(seat.workshop, lab, at) and presence.was_there(seat, at):
            return seat.workshop.title
    return ""


def _is_on(workshop: Workshop, lab: str, at: datetime) -> bool:
    """Whether a session with this lab is open then. The last checks, which the close asks for, are part of it."""
    if workshop.settled_at and at >= workshop.settled_at:
        return False
    return any(lab in item.labs and at < item.to_at + RUNS_LATE for item in workshop.agenda.filter(opened_at__lte=at))


def as_data(user: User) -> dict[str, Any]:
    """All that workshops hold about somebody, as plain data."""
    roles = user.workshops_run.values("workshop__title", "role")
    did = SeatLogEntry.objects.filter(by=user).values("workshop__title", "kind", "text", "at")
    return {"seats": _seats(user), "runs": list(roles), "did_there": list(did)}


def _seats(user: User) -> list[dict[str, Any]]:
    return [
        {
            "workshop": seat.workshop.title,
            "seat": seat.number,
            "name": seat.name,
            "partner": seat.partner,
            "joined_at": seat.joined_at,
            "last_seen_at": seat.seen_at,
            "devices": list(seat.devices.values_list("made_at", flat=True)),
            "days": [day.day for day in seat.days.all()],
            "in_the_room": list(seat.stretches.values("began_at", "last_at")),
            "asked": list(seat.hands.values("text", "raised_at", "lowered_at")),
            "done_there": list(SeatLogEntry.objects.seen_from(seat).values("kind", "text", "at")),
        }
        for seat in Seat.objects.of(user).select_related("workshop").prefetch_related("days")
    ]
