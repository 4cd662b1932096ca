"""Tables of workshops: the plan, the seats, presence, raised hands and the seat log."""

from vaka.workshops.models.hand import Hand
from vaka.workshops.models.presence import Attendance, Presence, RoomNetwork
from vaka.workshops.models.seat import DETAILS, Device, Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.models.workshop import MAX_SEATS, PLANNERS, AgendaItem, Rehearsal, Role, Workshop, WorkshopStaff

__all__ = [
    "DETAILS",
    "MAX_SEATS",
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
