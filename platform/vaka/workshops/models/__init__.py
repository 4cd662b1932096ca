"""Tables of workshops: the plan, the seats, presence, raised hands and the seat log."""

from vaka.workshops.models.agenda import AgendaItem, LabOnAgenda
from vaka.workshops.models.exam import Sitting
from vaka.workshops.models.hand import Hand
from vaka.workshops.models.presence import Attendance, AttendanceMark, Presence, RoomNetwork
from vaka.workshops.models.rehearsal import Rehearsal
from vaka.workshops.models.seat import DETAILS, Device, Seat
from vaka.workshops.models.seat_log import SeatLogEntry
from vaka.workshops.models.workshop import MAX_SEATS, PLANNERS, Role, TeamMember, Workshop

__all__ = [
    "DETAILS",
    "MAX_SEATS",
    "PLANNERS",
    "AgendaItem",
    "Attendance",
    "AttendanceMark",
    "Device",
    "Hand",
    "LabOnAgenda",
    "Presence",
    "Rehearsal",
    "Role",
    "RoomNetwork",
    "Seat",
    "SeatLogEntry",
    "Sitting",
    "TeamMember",
    "Workshop",
]
