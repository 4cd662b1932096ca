"""What people did in labs. A session's row says what should be; the engine's labels say what is; the reaper makes the two agree."""

from labs.models.attempt import Attempt, VerdictRecord
from labs.models.check_status import CheckNow
from labs.models.configuration import Configuration
from labs.models.erasure import Erasure
from labs.models.files import Capture, Save
from labs.models.job import Errand
from labs.models.lab_cost import Host, LabCost
from labs.models.lab_session import LabSession, Seat, SessionEvent
from labs.models.observer import Visit
from labs.models.pool_size import PoolSize
from labs.models.states import COMES_FROM, END_OF_DAY, ENDED, LIVE, State, WrongState
from labs.models.trouble_ticket import Trouble

__all__ = [
    "COMES_FROM",
    "ENDED",
    "END_OF_DAY",
    "LIVE",
    "Attempt",
    "Capture",
    "CheckNow",
    "Configuration",
    "Erasure",
    "Errand",
    "Host",
    "LabCost",
    "LabSession",
    "PoolSize",
    "Save",
    "Seat",
    "SessionEvent",
    "State",
    "Trouble",
    "VerdictRecord",
    "Visit",
    "WrongState",
]
