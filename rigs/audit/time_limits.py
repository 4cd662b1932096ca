"""How long the audit waits. Each of its limits in time comes from here, so that a slow machine can multiply all of them."""

from typing import Any

from labs.engine.runtime.client import Conversation, Session
from labs.engine.shared import pace

factor = pace.factor()  # how many times as slow as usual the machine is; `manage.py audit --slower` says another


def within(seconds: float) -> float:
    """A limit in time, on this machine."""
    return seconds * factor


class PatientSession(Session):
    """A session whose every answer has as much more time."""

    def _talk(self, operation: str, patience: float, **more: Any) -> Conversation:
        return super()._talk(operation, within(patience), **more)
