"""Taking a seat with a join code and a name. The same name never opens the seat of another person."""

from django.db import transaction
from django.utils import timezone

from vaka.accounts import readable_codes, signup
from vaka.accounts.models import User
from vaka.workshops.models import Seat, SeatLogEntry, Workshop
from vaka.workshops.services import devices, guest_accounts, join_cards, seat_log, seat_presence


class NoSeatLeft(Exception):
    """All seats of the workshop are taken."""


def open_workshop_of(code: str) -> Workshop | None:
    """The workshop that this join code admits to now."""
    found = workshop_of(code)
    return None if found is None or found.is_over else found


def workshop_of(code: str) -> Workshop | None:
    """The workshop of this join code, also when it is over: a device that has a seat there can still open it."""
    return Workshop.objects.filter(join_code=readable_codes.typed(code)).first()


def take_seat(
    workshop: Workshop, name: str, partner: str = "", user: User | None = None, token: str = "", network: str = ""
) -> Seat:
    """Return the seat that the person has already, the one reserved for the name, or the next free one.

    A PARTNER is added to a seat that has none. To replace one is for the team: hours and certificates are the partner's too.
    Without a USER a guest account is made. TOKEN is that of the device: a form that is sent twice takes one seat.
    NETWORK is that of the request (``room_presence``). Raises NoSeatLeft.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(no_key=True).get(
            pk=workshop.pk
        )  # two requests at once get two numbers
        if mine := _existing_seat(workshop, name, user, token):
            if partner and not mine.partner:
                _add_partner(mine, partner)
            return mine
        seat = _reserved_seat(workshop, name) or Seat(workshop=workshop, number=_free_number(workshop), name=name)
        seat.partner = seat.partner or partner
        seat.user = user or guest_accounts.make_guest(workshop, name)
        _seat_down(seat)
        if user:
            signup.confirm(user)  # the join code of the workshop confirms the account
        if token and seat.is_guest:
            devices.remember(token, seat)
        seat_presence.record_open_page(seat, network)
    return seat


def _add_partner(seat: Seat, partner: str) -> None:
    seat.partner = partner
    seat.save(update_fields=["partner"])
    seat_log.record(seat.workshop, seat, seat.user, SeatLogEntry.Kind.RENAME, seat.names)


def take_seat_by_card(code: str, network: str = "") -> Seat | None:
    """Take the reserved seat whose card has this code, as a guest. None if the code is wrong, used, or the workshop is over."""
    with transaction.atomic():
        found = join_cards.reserved_by_card(code)
        if found is None or found.workshop.is_over:
            return None
        workshop = Workshop.objects.select_for_update(no_key=True).get(pk=found.workshop_id)
        seat = join_cards.reserved_by_card(code)  # another device may have used it meanwhile
        if seat is None:
            return None
        seat.user = guest_accounts.make_guest(workshop, seat.name)
        _seat_down(seat)
        seat_presence.record_open_page(seat, network)
    return seat


def _seat_down(seat: Seat) -> None:
    """Save a seat that somebody takes now. The code of its card is used up."""
    seat.joined_at, seat.code, seat.code_until = timezone.now(), "", None
    seat.save()


def _existing_seat(workshop: Workshop, name: str, user: User | None, token: str) -> Seat | None:
    """The user's seat, or a guest's seat of this name on this device. Another name there is another person."""
    if user:
        return workshop.seats.filter(user=user).first()
    seat = devices.seat_of(token, workshop)
    return seat if seat and seat.name.casefold() == name.casefold() else None


def _reserved_seat(workshop: Workshop, name: str) -> Seat | None:
    """A seat of the roster with this name that nobody has taken yet."""
    free = workshop.seats.filter(user=None)
    return next((seat for seat in free if seat.name.casefold() == name.casefold()), None)


def _free_number(workshop: Workshop) -> int:
    taken = set(workshop.seats.values_list("number", flat=True))
    for number in range(1, workshop.seat_count + 1):
        if number not in taken:
            return number
    raise NoSeatLeft(f"{workshop} has {workshop.seat_count} seats.")
