"""The part of a person's data that workshops hold, for the file that people can download about themselves."""

from typing import Any

from vaka.accounts.models import User
from vaka.workshops.models import Seat, SeatLogEntry


def as_data(user: User) -> dict[str, Any]:
    """All that workshops hold about a person, as plain data."""
    roles = user.workshops_run.values("workshop__title", "role", "accepted_at")
    actions = SeatLogEntry.objects.filter(by=user).values("workshop__title", "kind", "text", "at")
    return {"seats": _seats(user), "roles": list(roles), "actions": list(actions)}


def _seats(user: User) -> list[dict[str, Any]]:
    return [
        {
            "workshop": seat.workshop.title,
            "seat": seat.number,
            "name": seat.name,
            "partner": seat.partner,
            "is_guest": seat.is_guest,
            "country": seat.country,
            "organisation": seat.organisation,
            "gender": seat.gender,
            "joined_at": seat.joined_at,
            "last_seen_at": seat.seen_at,
            "devices": list(seat.devices.values_list("made_at", flat=True)),
            "days": [attendance.day for attendance in seat.attendance_days.all()],
            "in_the_room": list(seat.presences.values("began_at", "last_at")),
            "attendance": list(seat.attendance_marks.values("item__title", "attended", "at")),
            "hands": list(seat.hands.values("text", "raised_at", "lowered_at")),
            "exams": list(seat.sittings.values("item__title", "began_at", "given_minutes", "handed_in_at", "ended_at")),
            "seat_log": list(SeatLogEntry.objects.readable_at(seat).values("kind", "text", "at")),
        }
        for seat in Seat.objects.of(user).select_related("workshop", "user").prefetch_related("attendance_days")
    ]
