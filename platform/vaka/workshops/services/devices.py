"""The devices that can open a guest's seat. A device has a token in a cookie; a seat code admits one more device, once.

The codes on join cards, for seats that nobody has yet, are in ``join_cards``.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from vaka.accounts import readable_codes
from vaka.accounts.models import User
from vaka.accounts.signals import send_sign_ins_ended
from vaka.workshops.models import Device, Seat, SeatLogEntry, Workshop

CODE_LASTS = timedelta(minutes=15)


def remember(token: str, seat: Seat) -> None:
    """Let this device open the seat from now on, and no other seat of the same workshop."""
    hashed = readable_codes.hashed(token)
    with transaction.atomic():
        Device.objects.filter(token_hash=hashed, seat__workshop=seat.workshop_id).exclude(seat=seat).delete()
        Device.objects.get_or_create(token_hash=hashed, seat=seat)


def seat_of(token: str, workshop: Workshop) -> Seat | None:
    """The seat that this device can open without a password. It is always a guest's seat."""
    if not token:
        return None
    mine = Seat.objects.of_guests().filter(devices__token_hash=readable_codes.hashed(token), workshop=workshop)
    return mine.select_related("user").first()


def make_seat_code(seat: Seat, by: User, *, lost: bool) -> str:
    """Make a code that admits one more device to a seat, once. LOST: when the code is used, it locks out all earlier devices. A
    new code replaces the one before it. Codes work after the workshop too, because a guest who loses the device then would
    otherwise lose the certificate. The seat log says who made the code.
    """
    code = readable_codes.draw()
    seat.code, seat.code_until, seat.code_for_lost = readable_codes.hashed(code), timezone.now() + CODE_LASTS, lost
    with transaction.atomic():
        seat.save(update_fields=["code", "code_until", "code_for_lost"])
        SeatLogEntry.objects.create(workshop=seat.workshop, seat=seat, by=by, kind=SeatLogEntry.Kind.SEAT_CODE)
    return code


def redeem_seat_code(code: str) -> Seat | None:
    """Use up a seat code and return its seat. None if the code is wrong, too old or used."""
    wanted = {"code": readable_codes.hashed(readable_codes.typed(code)), "code_until__gt": timezone.now()}
    with transaction.atomic():
        seat = Seat.objects.of_guests().select_related("user", "workshop").filter(**wanted).first()
        if seat is None or seat.user is None:
            return None
        if not Seat.objects.filter(pk=seat.pk, **wanted).update(code="", code_until=None):
            return None  # another device used it at the same moment
        if seat.code_for_lost:
            before = seat.user.password
            seat.user.set_unusable_password()  # another unusable one: it ends every earlier sign-in
            if not User.objects.filter(pk=seat.user.pk, password=before).update(password=seat.user.password):
                return None  # the guest has set a password at the same moment, and it stays
            seat.devices.all().delete()
    if seat.code_for_lost:
        send_sign_ins_ended(seat.user.pk)  # an update does not call User.save
    return seat
