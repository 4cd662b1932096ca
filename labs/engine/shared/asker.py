"""The protocol of what answers asks as a running lab does."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Asker(Protocol):
    """A running lab, or a double in a test; ``labs.engine.runtime.client.LabClient`` is one."""

    def ask(self, asks: Sequence[Mapping[str, Any]], *, seconds: float = 10) -> list[dict[str, Any]]:
        """Return the answers, in the order of the asks. SECONDS is the time for one request. Raises EngineError."""
        ...
