"""Measures how long a learner waits for all verdicts of a lab in which nothing has been done."""

import time
from contextlib import ExitStack

from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import grade
from labs.engine.grading.stillness import IDLE
from labs.engine.runtime.client import LabClient
from labs.registry.versions import all_labs
from rigs.bench.bench_site import BenchSite


def untouched_labs(site: BenchSite) -> dict[str, float]:
    """Grade each shipped lab when nobody has done anything in it for a while. Returns the seconds of the slowest one."""
    with ExitStack() as running:
        labs = [(lab, running.enter_context(site.bench.running(lab)), time.monotonic()) for lab in all_labs()]
        time.sleep(IDLE)
        took = {lab.id: _last_verdict(lab, session, time.monotonic() - ready) for lab, session, ready in labs}
    site.tell("untouched_verdict_s  " + "  ".join(f"{name} {seconds:.1f}" for name, seconds in took.items()))
    return {"untouched_verdict_s": max(took.values())}


def _last_verdict(lab: Lab, session: LabClient, idle: float) -> float:
    """Return the seconds until the last verdict. The causes of what failed are looked for afterwards."""
    began = ended = time.monotonic()

    def note(_verdict: object) -> None:
        nonlocal ended
        ended = time.monotonic()

    grade(lab, session, attempt=True, on_verdict=note, idle=idle)
    return ended - began
