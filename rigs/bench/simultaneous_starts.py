"""Measures forty learners who press start in the same second: through queue, workers and database, with an empty pool.

The floor is the least that anyone could do: as many containers, in each of which the bare script builds the same lab, with
as many at once as there are cores.
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
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.image import image_tag
from labs.lifecycle import services
from labs.models import ENDED, LabSession, State
from rigs.bench.bench_site import BenchSite, workers
from rigs.bench.cold_start import MEGABYTE
from rigs.bench.echo import raw_socket
from rigs.bench.floor import SCRIPT, plan
from rigs.bench.per_node import crew, remove_container
from rigs.bench.ring import publish, ring
from vaka.accounts.models import User
from vaka.ops.errors import CannotStart

PEOPLE, ROUTERS = 40, 6
LONGEST = 240.0
PRESSES_AT_ONCE = 8
LOOK = 0.2  # seconds between two queries for what is ready; each costs CPU that is being measured


def simultaneous_starts(site: BenchSite, *, people: int = PEOPLE) -> dict[str, float]:
    """Return the seconds until all labs are ready, those of the floor, and the memory of such a lab."""
    lab = ring(ROUTERS)
    catalog = Path(settings.STATE_DIR) / "catalog"
    if not catalog.exists():
        publish(lab, catalog)
    before = _floor(site, lab, people)
    with workers(site, catalog):
        who = [User.objects.get_or_create(username=f"bench{number}")[0] for number in range(people)]
        try:
            took, spread = _all_press(lab, who)
            found = {"forty_s": took, **_weight(site, who[0])}
        finally:
            _all_stop(site, who)
    # Before and after: within a minute, a shared or warm machine becomes up to a fifth slower or faster
    found["forty_floor_s"] = floor = (before + _floor(site, lab, people)) / 2
    site.tell(f"{people} starts at once  {took:.1f} s, floor {floor:.1f} s; pressed within {spread:.2f} s")
    return found


def _all_press(lab: Lab, people: list[User]) -> tuple[float, float]:
    """Return the seconds until the last lab is ready, and until the last learner has pressed start."""

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


def _weight(site: BenchSite, who: User) -> dict[str, float]:
    """Return the memory of one of the labs without a terminal."""
    session = str(LabSession.objects.live().of(who).get().pk)
    LabClient(site.runner.relay, session).status()
    memory = site.engine.usage(session).memory
    return {"six_router_mb": memory / MEGABYTE}


def _all_stop(site: BenchSite, people: list[User]) -> None:
    for session in LabSession.objects.live().filter(learner__in=people):
        services.stop_session(session)
    until = time.monotonic() + LONGEST
    while LabSession.objects.live().filter(learner__in=people).exists() and time.monotonic() < until:
        time.sleep(0.05)
    LabSession.objects.filter(learner__in=people).delete()


def _floor(site: BenchSite, lab: Lab, count: int) -> float:
    """Return the seconds until ``count`` bare labs are up, each in its own container. All stay until the last is up."""
    command = ["python3", "-I", "-c", SCRIPT.read_text(), json.dumps({**plan(lab), "stays": True})]
    names = [site.name(f"bare{number}") for number in range(count)]
    with crew(site, os.cpu_count() or 1) as hands:
        try:
            began = time.monotonic()
            hands.each(lambda api, name: _bare(site, api, name, command), names)
            return time.monotonic() - began
        finally:
            hands.each(remove_container, names)


def _bare(site: BenchSite, api: Any, name: str, command: list[str]) -> None:
    """Start one container and wait until its script reports that the lab is up."""
    config = api.create_host_config(network_mode="none", privileged=True)
    made = api.create_container(
        image_tag(), command, name=name, labels=site.label, network_disabled=True, host_config=config
    )
    with raw_socket(api.attach_socket(made["Id"], params={"stdout": 1, "stream": 1})) as output:
        api.start(made["Id"])
        output.settimeout(LONGEST)
        if not output.recv(4096):
            raise CannotStart(f"A bare lab did not start. Its output ends with: {api.logs(made['Id']).decode()[-400:]}")
