"""Workshops: what was planned, who sits there, and what was done to each seat."""

from vaka.workshops.models.seat import Attendance, Device, Presence, RoomNetwork, Seat
from vaka.workshops.models.seat_log import Hand, SeatLogEntry
from vaka.workshops.models.workshop import MOST_SEATS, PLANNERS, AgendaItem, Rehearsal, Role, Workshop, WorkshopStaff

__all__ = [
    "MOST_SEATS",
    "PLANNERS",
    "AgendaItem",
    "Attendance",
    "Device",
    "Hand",
    "Presence",
    "Rehearsal",
    "Role",
    "RoomNetwork",
    "Seat",
    "SeatLogEntry",
    "Workshop",
    "WorkshopStaff",
]
