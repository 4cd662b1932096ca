"""Measures each shipped lab in which nothing has been done: what it uses, and how long a learner waits for all verdicts."""

import time
from contextlib import ExitStack

from labs.engine.definition.seats import seen_from
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import grade
from labs.engine.grading.network_convergence import IDLE
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.engine_reports import Usage
from labs.registry.versions import all_labs
from rigs.bench.bench_site import BenchSite


def untouched_labs(site: BenchSite, *, most: int | None = None) -> tuple[dict[str, float], list[tuple[Lab, Usage]]]:
    """Start each shipped lab once (``most``: the first ones), and grade it when nobody has done anything in it for a while.

    Returns the seconds of the slowest one, and what each lab used once it was ready.
    """
    used = []
    with ExitStack() as running:
        ready = []
        for lab in all_labs()[:most]:
            session = running.enter_context(site.runner.running(lab))
            ready.append((lab, session, time.monotonic()))
            used.append((lab, site.engine.usage(session.session)))
        took = {lab.id: _last_verdict(lab, session, since) for lab, session, since in ready}
    site.tell("untouched_verdict_s  " + "  ".join(f"{name} {seconds:.1f}" for name, seconds in took.items()))
    return {"untouched_verdict_s": max(took.values())}, used


def _last_verdict(lab: Lab, client: LabClient, since: float) -> float:
    """Wait until the lab has been idle for long enough. Return the seconds until the last verdict, without causes."""
    time.sleep(max(0.0, since + IDLE - time.monotonic()))
    began = ended = time.monotonic()

    def note(_verdict: object) -> None:
        nonlocal ended
        ended = time.monotonic()

    grade(lab, client, attempt=True, checks=_of_one_learner(lab), on_verdict=note, idle=began - since, untouched=True)
    return ended - began


def _of_one_learner(lab: Lab) -> list[str] | None:
    """The checks for which one learner waits: of a class lab whose seats are alike, those of the first seat. None: all."""
    return [check.id for check in seen_from(lab, lab.seats[0].nodes).checks()] if lab.has_bots else None
