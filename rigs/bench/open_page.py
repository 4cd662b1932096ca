"""Measures an open lab page: how soon it shows the verdict of a change in the network, and its cost while quiet."""

import json
import queue
import threading
import time
from contextlib import suppress
from statistics import median
from typing import Any, Self
from uuid import UUID

import httpx
from django.urls import reverse

from labs.engine.definition.spec import Check, Lab
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell
from labs.models import CheckStatus
from rigs.bench import learner
from rigs.bench.bench_site import BenchSite
from rigs.bench.first_visit import KILOBYTE, first_visit
from vaka.ops.errors import CannotStart

CHECK = "addr.present"  # a check type without a hold time
CHANGES = ("del", "add")  # from solved back to solved
CALM = 8.5  # seconds between two changes; live checks follow a change for seven
QUIET = 15.0  # seconds over which a quiet page is measured; its heartbeat comes once in them
PATIENCE = 20.0
AT = "/tmp/changed-at"  # noqa: S108  # in the lab


class Page:
    """An open lab page: it listens to events, and reloads its panel when something has changed."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._client, self._stream = learner.site_client(), learner.site_client()
        self._heard: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._answer: httpx.Response | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.http.close()
        self._client.http.close()
        self._thread.join(1)

    def _listen(self) -> None:
        url, name = reverse("labs:events", args=(self._session,)), ""
        with suppress(httpx.HTTPError, httpx.StreamError), self._stream.http.stream("GET", url) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._heard.put((name, json.loads(line.removeprefix("data: "))))

    def until(self, name: str, seconds: float = PATIENCE, **facts: Any) -> None:
        """Wait for an event; raises queue.Empty."""
        end = time.monotonic() + seconds
        while True:
            event, told = self._heard.get(timeout=max(0.01, end - time.monotonic()))
            if event == name and facts.items() <= told.items():
                return

    def until_quiet(self) -> None:
        """Wait until the live checks that follow a change are over."""
        with suppress(queue.Empty):
            while True:
                self.until("checks", CALM)

    def until_it_shows(self, check: Check, outcome: str) -> float:
        """Reload the page at each event until it shows the verdict. Returns the time."""
        end = time.monotonic() + PATIENCE
        verdicts = CheckStatus.objects.filter(session=UUID(self._session), check_id=check.id)
        while True:
            self.until("checks", end - time.monotonic(), changed=True)
            shows = verdicts.filter(
                outcome=outcome
            ).exists()  # asked before the page is read, so that the page shows it
            self._client.read(reverse("labs:panel", args=(self._session,)))
            if shows:
                return time.time()


def open_page(site: BenchSite, client: LabClient, lab: Lab) -> dict[str, float]:
    """Open the page of the solved lab, measure its bytes, change the network, and then measure the quiet page."""
    learner.has(client.session, lab)
    with learner.site_client() as visitor:
        weight = sum(first_visit(visitor.http, reverse("labs:lab", args=(lab.id,))).values()) / KILOBYTE
    try:
        with Page(client.session) as page:
            page.until("watch", on=True)
            after = _changes(page, client, lab)
            site.tell("verdict_after_change_s  " + "  ".join(f"{seconds:.2f}" for seconds in after))
            page.until_quiet()
            spent = _spent(site, client.session)
    except queue.Empty:
        raise CannotStart("The open lab page heard of no live check in time.") from None
    shares = "  ".join(f"{name} {percent:.2f}" for name, percent in spent.items())
    site.tell(f"percent of a core for an open page  {shares}")
    return {
        "lab_first_visit_kb": weight,
        "verdict_after_change_s": median(after),
        "quiet_page_cpu_percent": sum(spent.values()),
    }


def _changes(page: Page, client: LabClient, lab: Lab) -> list[float]:
    """Return the seconds from each change to its verdict on the page."""
    check = next(check for check in lab.checks() if check.type == CHECK)
    interface, address = check.expect["interface"], check.expect["addresses"][0]
    # One line for all of it, because a live check follows each line that is typed
    change = f"ip addr $what {address} dev {interface}; date +%s.%N >> {AT}"
    with Shell(client, check.on[0]) as shell:
        shell.type(f"(for what in {' '.join(CHANGES)}; do sleep {CALM}; {change}; done) &")
        outcomes = ["failed" if change == "del" else "passed" for change in CHANGES]
        seen = [page.until_it_shows(check, outcome) for outcome in outcomes]
        said = shell.type(f"cat {AT}; rm {AT}").split()
        made = [float(word) for word in said if word.replace(".", "").isdigit() and "." in word]
    return [at - began for at, began in zip(seen, made, strict=True)]


def _spent(site: BenchSite, session: str) -> dict[str, float]:
    """Return the CPU of each process while nobody did anything, in percent of a core."""
    before, began = _used(site, session), time.monotonic()
    time.sleep(QUIET)
    after, seconds = _used(site, session), time.monotonic() - began
    return {name: 100 * (after[name] - before[name]) / seconds for name in before}


def _used(site: BenchSite, session: str) -> dict[str, float]:
    """Return the CPU seconds so far of each process of the site, and of the lab."""
    # The ID of another process's CPU clock, as clock_getcpuclockid(3) computes it. /proc counts hundredths only
    used = {name: time.clock_gettime((~pid << 3) | 2) for name, pid in site.processes.items()}
    return used | {"lab": site.engine.usage(session).cpu}
