"""The time limits of the audit. All of them come from here, so that a slow machine can multiply them."""

from typing import Any

from labs.engine.runtime.client import LabClient
from labs.engine.runtime.conversation import Conversation
from labs.engine.shared import pace

factor = pace.factor()  # how many times slower than usual this server is; `manage.py audit --slower` changes it


def within(seconds: float) -> float:
    """A time limit in seconds for this server."""
    return seconds * factor


class PatientClient(LabClient):
    """A session that waits longer for answers where FACTOR is more than the pace, which LabClient's limits follow already."""

    def converse(self, operation: str, patience: float, **more: Any) -> Conversation:
        return super().converse(operation, patience * max(1.0, factor / pace.factor()), **more)
