"""Measures what needs a solved lab: a check, the echo of terminals, and an open page."""

import time
from statistics import median

from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import Outcome, grade
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import type_solution
from labs.registry.versions import newest
from rigs.bench.bench_site import BenchSite
from rigs.bench.echo import echo
from rigs.bench.grading import TURNS, grading
from rigs.bench.open_page import open_page
from rigs.bench.thin_pages import thin_pages
from vaka.ops.errors import CannotStart

LAB = "ospfv3-one-area"
CONVERGED_WITHIN = 90.0


def solved_lab(site: BenchSite, *, runs: int, keys: int, thin: bool) -> dict[str, float]:
    """Solve the lab, wait until it passes, then measure; with THIN, also its pages over a thin link, which takes minutes."""
    lab = newest(LAB)
    with site.runner.running(lab) as session:
        type_solution(session, lab)
        _converge(lab, session)
        passes = [_pass(lab, session) for _ in range(runs)]
        site.tell("grade_pass_s  " + "  ".join(f"{seconds:.3f}" for seconds in passes))
        found = {"grade_pass_s": median(passes), **grading(site, session, lab, turns=TURNS if runs > 1 else 1)}
        node = next(name for name, node in lab.nodes.items() if node.learner and node.has_shell)
        found |= echo(site, session.session, lab, node, keys)
        site.tell(
            f"echo, 95th percentile of {keys} keys  {found['echo_p95_ms']:.2f} ms, exec {found['exec_p95_ms']:.2f} ms"
        )
        found |= open_page(site, session, lab)
        found |= thin_pages(site, session, lab) if thin else {}
    return found


def over_thin_link(site: BenchSite) -> dict[str, float]:
    """Measure the pages of the solved lab over a thin link, and nothing else."""
    lab = newest(LAB)
    with site.runner.running(lab) as session:
        type_solution(session, lab)
        _converge(lab, session)
        return thin_pages(site, session, lab)


def _converge(lab: Lab, client: LabClient) -> None:
    until = time.monotonic() + CONVERGED_WITHIN
    while True:
        failed = [verdict for verdict in grade(lab, client, attempt=False) if verdict.outcome is Outcome.FAILED]
        if not failed:
            return
        if time.monotonic() > until:
            raise CannotStart(f"The solved lab does not converge. Check {failed[0].check}: {failed[0].seen}")
        time.sleep(0.5)


def _pass(lab: Lab, client: LabClient) -> float:
    began = time.monotonic()
    grade(lab, client, attempt=False)
    return time.monotonic() - began
