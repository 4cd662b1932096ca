"""The state of a cable: up or down, with limits on rate, delay and loss. A cable is one link of the lab, the same at both ends.

The lab image contains a copy of this module, so it uses the standard library only.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

MOST_RATE, LEAST_RATE = 100_000, 8  # kbit/s
MOST_DELAY = 2000  # ms
WORSE = ("rate", "delay", "loss")
NO_DELAY = (
    "This server cannot delay packets, because its kernel has no netem. Its administrator can load it: modprobe sch_netem. "
    "Rate and loss work without it."
)


@dataclass(frozen=True, slots=True)
class Cable:
    """The state of a cable. 0 means no limit."""

    up: bool = True
    rate: int = 0  # kbit/s in each direction
    delay: int = 0  # ms in each direction
    loss: float = 0.0  # percent of the packets in each direction

    @property
    def is_plain(self) -> bool:
        return self == PLAIN

    @property
    def is_worse(self) -> bool:
        """Whether the traffic on it is limited."""
        return bool(self.rate or self.delay or self.loss)

    def changed(self, action: Mapping[str, Any]) -> "Cable":
        """Return the cable after the action. Raises ValueError, with a sentence, if a value is not possible."""
        wanted: dict[str, Any] = {}
        if "up" in action:
            wanted["up"] = bool(action["up"])
        if "rate" in action:
            wanted["rate"] = _whole(action["rate"], "rate", "kbit/s", LEAST_RATE, MOST_RATE)
        if "delay" in action:
            wanted["delay"] = _whole(action["delay"], "delay", "ms", 1, MOST_DELAY)
        if "loss" in action:
            wanted["loss"] = _percent(action["loss"])
        return replace(self, **wanted)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


PLAIN = Cable()


def _whole(value: Any, name: str, unit: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not (value == 0 or least <= value <= most):
        raise ValueError(f"A cable's {name} is a whole number from {least} to {most} {unit}, or 0 for none.")
    return value


def _percent(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100:
        raise ValueError("A cable's loss is a number from 0 to 100 percent.")
    return round(float(value), 2)
