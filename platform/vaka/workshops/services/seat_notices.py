"""The notices in the bar of a seat: messages of the team, and its actions on the lab. A trainee can dismiss each of them."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labs.translations import authored
from vaka.workshops.models import Seat, SeatLogEntry

SHOWN_FOR = timedelta(minutes=20)  # in the bar; afterwards in the seat log only
TO_THE_SEAT = 3  # the newest ones that are about this seat only
TO_ALL = 1  # and of those to all seats: a broadcast never pushes out an answer to one seat
KINDS = (SeatLogEntry.Kind.MESSAGE, SeatLogEntry.Kind.RESET, SeatLogEntry.Kind.SKIP_TO_STAGE)


class SeatNotice(NamedTuple):
    """An entry of the seat log as the bar shows it."""

    entry: SeatLogEntry
    text: str
    is_signed: bool  # whether the text itself says who did it


def shown_at(seat: Seat) -> list[SeatNotice]:
    """Return the notices in the bar of a seat, the newest first."""
    shown = _recent(seat).exclude(pk__in=seat.dismissed).select_related("by", "job")
    found = [*shown.filter(seat=seat)[:TO_THE_SEAT], *shown.filter(seat=None)[:TO_ALL]]
    return [_notice(entry) for entry in sorted(found, key=lambda one: (one.at, one.pk), reverse=True)]


def dismiss(seat: Seat, entry: int) -> None:
    """Remove a notice from the bar of a seat, on all its devices. The seat log keeps it."""
    with transaction.atomic():
        own = Seat.objects.select_for_update(no_key=True).get(pk=seat.pk)
        own.dismissed = list(_recent(own).filter(pk__in=[*own.dismissed, entry]).values_list("pk", flat=True))
        own.save(update_fields=["dismissed"])
    seat.dismissed = own.dismissed


def _recent(seat: Seat) -> QuerySet[SeatLogEntry]:
    """Return the entries of the seat log that the bar can show now: those that are dismissed too."""
    return SeatLogEntry.objects.readable_at(seat).filter(kind__in=KINDS, at__gte=timezone.now() - SHOWN_FOR)


def _notice(entry: SeatLogEntry) -> SeatNotice:
    if entry.kind == SeatLogEntry.Kind.MESSAGE:
        return SeatNotice(entry, entry.text, is_signed=False)
    who = entry.by.shown_name if entry.by else _("Your instructor")
    facts = {"who": who, "stage": authored(entry.text), "why": _(entry.error) if entry.error else ""}
    return SeatNotice(entry, _of_action(entry) % facts, is_signed=True)


def _of_action(entry: SeatLogEntry) -> str:
    """The text about a reset or a skip: what it does, did, or could not do. It has names of facts in it."""
    is_reset = entry.kind == SeatLogEntry.Kind.RESET
    if entry.job is None:  # at a seat of a class lab
        if is_reset:
            return _(
                "%(who)s resets the nodes of your seat in the class lab. What was typed on them is gone. A terminal opens "
                "again when its node has been reset."
            )
        return _(
            "%(who)s skips your seat in the class lab ahead to the stage “%(stage)s”. A terminal opens again when its node "
            "is configured for it."
        )
    if entry.is_under_way:
        if is_reset:
            return _("%(who)s resets all nodes of your lab now. What was typed on them will be gone.")
        return _(
            "%(who)s skips your lab ahead to the stage “%(stage)s” now. All nodes are reset and configured for it."
        )
    if entry.error:
        if is_reset:
            return _("%(who)s wanted to reset all nodes of your lab. The reset failed. %(why)s")
        return _("%(who)s wanted to skip your lab ahead to the stage “%(stage)s”. The skip failed. %(why)s")
    if is_reset:
        return _(
            "%(who)s reset all nodes of your lab, and what was typed on them is gone. Open the terminals again and begin "
            "with the first stage."
        )
    return _(
        "%(who)s skipped your lab ahead to the stage “%(stage)s”. All nodes are configured for it. Open the terminals "
        "again and go on with this stage of the guide."
    )
