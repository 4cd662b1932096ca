"""The lab and the time, as grading needs them. Tests have doubles of both."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from labs.engine.shared.asker import Asker
from labs.engine.shared.cable import Cable


class GradedLab(Asker, Protocol):
    """A running lab that answers asks and can be changed; ``labs.engine.runtime.client.LabClient`` is one."""

    def do(self, action: Mapping[str, Any]) -> None: ...

    def cables(self, *, seconds: float) -> Mapping[str, Cable]:
        """The cables that differ from the start, by the first end of the link. No node is asked."""
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """``threads``: whether time passes by itself, so that several requests can be under way."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    threads: bool = True
