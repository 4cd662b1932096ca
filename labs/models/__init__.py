"""What people did in labs. A session's row says what should be; the engine's labels say what is; the reaper makes the two agree."""

from labs.models.attempt import Attempt, VerdictRecord
from labs.models.check_status import CheckStatus
from labs.models.configuration import Configuration
from labs.models.erasure import Erasure
from labs.models.files import Capture, Save
from labs.models.job import Job
from labs.models.lab_cost import Host, LabCost
from labs.models.lab_session import ClassSeat, LabSession, SessionEvent
from labs.models.observer import Observer
from labs.models.pool_size import PoolSize
from labs.models.states import COMES_FROM, END_OF_DAY, ENDED, LIVE, State, WrongState
from labs.models.trouble_ticket import TroubleTicket

__all__ = [
    "COMES_FROM",
    "ENDED",
    "END_OF_DAY",
    "LIVE",
    "Attempt",
    "Capture",
    "CheckStatus",
    "ClassSeat",
    "Configuration",
    "Erasure",
    "Host",
    "Job",
    "LabCost",
    "LabSession",
    "Observer",
    "PoolSize",
    "Save",
    "SessionEvent",
    "State",
    "TroubleTicket",
    "VerdictRecord",
    "WrongState",
]
