"""The database models of labs.

A session's row says what should run. The engine's container labels say what does run. Reconciliation makes the two agree.
"""

from labs.models.attempt import Attempt, VerdictRecord
from labs.models.capture import Capture
from labs.models.check_status import CheckStatus
from labs.models.class_seat import ClassSeat, SeatWork
from labs.models.configuration import Configuration
from labs.models.erasure import Erasure
from labs.models.flavour_build import FlavourBuild
from labs.models.host import Host
from labs.models.job import Job
from labs.models.lab_cost import LabCost
from labs.models.lab_session import LabSession
from labs.models.observer import Observer
from labs.models.opened_hint import OpenedHint
from labs.models.pool_size import PoolSize
from labs.models.save import Save
from labs.models.session_event import SessionEvent
from labs.models.shown_stage import ShownStage
from labs.models.states import (
    COMES_FROM,
    ENDED,
    EXAM_IS_OVER,
    LIVE,
    SAVED_AND_STOPPED,
    STOPPED_BY_CLOSE,
    STOPPED_BY_INSTRUCTOR,
    Exam,
    ExamIsOver,
    State,
    WrongState,
)
from labs.models.trouble_ticket import TroubleTicket

__all__ = [
    "COMES_FROM",
    "ENDED",
    "EXAM_IS_OVER",
    "LIVE",
    "SAVED_AND_STOPPED",
    "STOPPED_BY_CLOSE",
    "STOPPED_BY_INSTRUCTOR",
    "Attempt",
    "Capture",
    "CheckStatus",
    "ClassSeat",
    "Configuration",
    "Erasure",
    "Exam",
    "ExamIsOver",
    "FlavourBuild",
    "Host",
    "Job",
    "LabCost",
    "LabSession",
    "Observer",
    "OpenedHint",
    "PoolSize",
    "Save",
    "SeatWork",
    "SessionEvent",
    "ShownStage",
    "State",
    "TroubleTicket",
    "VerdictRecord",
    "WrongState",
]
