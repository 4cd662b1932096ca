"""Measures forty people who press start in the same second: through the line, the workers and the database, with an empty pool.

Beside it the least that anybody could do: as many containers, in each of which the bare script makes the same lab, as many at once
as there are cores.
"""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from labs.engine.definition.spec import Lab
from labs.engine.runtime.client import Session
from labs.engine.runtime.image import image_tag
from labs.lifecycle import services
from labs.models import ENDED, LabSession, State
from rigs.bench.cold import MEGABYTE
from rigs.bench.echo import raw_socket
from rigs.bench.floor import SCRIPT, plan
from rigs.bench.per_node import crew, remove_container
from rigs.bench.ring import publish, ring
from rigs.bench.stand import Stand, workers
from vaka.accounts.models import User
from vaka.ops.errors import CannotStart

PEOPLE, ROUTERS = 40, 6
LONGEST = 240.0
PRESSES_AT_ONCE = 8
LOOK = 0.2  # seconds between two looks at what is ready: each takes time from the cores that are measured


def forty(stand: Stand, *, people: int = PEOPLE) -> dict[str, float]:
    """Seconds until all of them are ready, and of the floor; and what such a lab weighs."""
    lab = ring(ROUTERS)
    catalog = Path(settings.STATE_DIR) / "catalog"
    if not catalog.exists():
        publish(lab, catalog)
    before = _floor(stand, lab, people)
    with workers(stand, catalog):
        who = [User.objects.get_or_create(username=f"bench{number}")[0] for number in range(people)]
        try:
            took, spread = _all_press(lab, who)
            found = {"forty_s": took, **_weight(stand, who[0])}
        finally:
            _all_stop(stand, who)
    # On both sides, for in a minute a computer that is shared, or warm, becomes slower or faster by a fifth
    found["forty_floor_s"] = floor = (before + _floor(stand, lab, people)) / 2
    stand.tell(f"{people} starts at once  {took:.1f} s, floor {floor:.1f} s; pressed within {spread:.2f} s")
    return found


def _all_press(lab: Lab, people: list[User]) -> tuple[float, float]:
    """Seconds until the last one is ready, and until the last one had pressed."""

    def press(who: User) -> None:
        try:
            services.request_session(who, lab.id)
        finally:
            connection.close()

    began = time.monotonic()
    with ThreadPoolExecutor(PRESSES_AT_ONCE) as hands:
        list(hands.map(press, people))
    spread = time.monotonic() - began
    mine = LabSession.objects.filter(learner__in=people)
    while (ready := mine.filter(state=State.READY).count()) < len(people):
        if failed := mine.filter(state__in=ENDED).first():
            raise CannotStart(f"One of {len(people)} starts failed: {failed.error} {failed.detail}")
        if time.monotonic() - began > LONGEST:
            raise CannotStart(f"Of {len(people)} starts {ready} were ready after {LONGEST:.0f} s.")
        time.sleep(LOOK)
    return time.monotonic() - began, spread


def _weight(stand: Stand, who: User) -> dict[str, float]:
    """Memory of one of the labs, with no terminal open."""
    session = str(LabSession.objects.live().of(who).get().pk)
    Session(stand.bench.relay, session).status()
    memory = stand.engine.usage(session).memory
    return {"six_router_mb": memory / MEGABYTE}


def _all_stop(stand: Stand, people: list[User]) -> None:
    for session in LabSession.objects.live().filter(learner__in=people):
        services.stop_session(session)
    until = time.monotonic() + LONGEST
    while LabSession.objects.live().filter(learner__in=people).exists() and time.monotonic() < until:
        time.sleep(0.05)
    LabSession.objects.filter(learner__in=people).delete()


def _floor(stand: Stand, lab: Lab, count: int) -> float:
    """Seconds until COUNT bare labs are up, each in a container of its own; all of them stay until the last is."""
    command = ["python3", "-I", "-c", SCRIPT.read_text(), json.dumps({**plan(lab), "stays": True})]
    names = [stand.name(f"bare{number}") for number in range(count)]
    with crew(stand, os.cpu_count() or 1) as hands:
        try:
            began = time.monotonic()
            hands.each(lambda api, name: _bare(stand, api, name, command), names)
            return time.monotonic() - began
        finally:
            hands.each(remove_container, names)


def _bare(stand: Stand, api: Any, name: str, command: list[str]) -> None:
    """One container in which the script has said that its lab is up."""
    config = api.create_host_config(network_mode="none", privileged=True)
    made = api.create_container(
        image_tag(), command, name=name, labels=stand.label, network_disabled=True, host_config=config
    )
    with raw_socket(api.attach_socket(made["Id"], params={"stdout": 1, "stream": 1})) as output:
        api.start(made["Id"])
        output.settimeout(LONGEST)
        if not output.recv(4096):
            raise CannotStart(f"A bare lab did not come up. It said: {api.logs(made['Id']).decode()[-400:]}")
