"""The memory and CPU that each lab uses, and the free space of the disks.

The worker measures, because the site's processes may not use the engine. It does so only while somebody reads the numbers: a page
or a scrape sets a mark that lasts a minute. The measurements are kept in the broker only.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from redis import RedisError

from labs import events
from labs.engine.errors import EngineError, LabGone
from labs.lifecycle import disk_space, lab_access

if TYPE_CHECKING:
    from labs.engine.runtime.driver import Engine

logger = logging.getLogger(__name__)

KEY, WANTED = "vaka:usage", "vaka:usage:wanted"
EVERY = 15  # seconds between two measurements
HOLDS = 60  # seconds that a mark lasts, and for which a measurement is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The memory and CPU that one lab uses. ``cores``: how many it kept busy since the measurement before; None at the first."""

    memory: int  # bytes
    cpu: float  # seconds since its start
    cores: float | None = None

    @property
    def megabytes(self) -> int:
        return round(self.memory / 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    at: datetime | None = None
    labs: dict[str, Use] = field(default_factory=dict)  # by session
    disks: list[disk_space.Disk] = field(default_factory=list)


def read() -> Usage:
    """Return the last measurement, and ask for more. Without a broker it is empty."""
    try:
        broker = events.broker()
        broker.set(WANTED, 1, ex=HOLDS)
        kept = broker.get(KEY)
    except RedisError:
        return Usage()
    return _parsed(kept) if kept else Usage()


def _parsed(kept: bytes | str) -> Usage:
    stored = json.loads(kept)
    return Usage(
        at=datetime.fromtimestamp(stored["at"], UTC),
        labs={name: Use(**use) for name, use in stored["labs"].items()},
        disks=[disk_space.Disk(**disk) for disk in stored["disks"]],
    )


def measure() -> bool:
    """Measure all labs if somebody reads the numbers. Return whether it was done."""
    broker = events.broker()
    if not broker.exists(WANTED):
        return False
    kept = broker.get(KEY)
    before = _parsed(kept) if kept else Usage()
    began = time.time()
    try:
        with lab_access.engine() as engine:
            labs = dict(_labs(engine, before, began))
            disks = [*disk_space.measured(*disk_space.state_folders(), engine.root())]
    except EngineError as error:
        logger.warning("The use of the labs was not measured: %s", error)
        return False
    measured = {
        "at": began,
        "labs": {name: asdict(use) for name, use in labs.items()},
        "disks": [asdict(d) for d in disks],
    }
    broker.set(KEY, json.dumps(measured), ex=HOLDS)
    return True


def _labs(engine: "Engine", before: Usage, now: float) -> Iterator[tuple[str, Use]]:
    passed = now - before.at.timestamp() if before.at else 0.0
    for session, found in engine.sessions().items():
        if not found.running:
            continue
        with suppress(LabGone):
            used = engine.usage(session)
            old = before.labs.get(session)
            cores = max(0.0, used.cpu - old.cpu) / passed if old and passed >= 1 else None
            yield session, Use(memory=used.memory, cpu=used.cpu, cores=cores)
