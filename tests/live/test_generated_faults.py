"""Generated faults are put into real networks, and what comes of them is judged; `make diagnose` has all."""

import pytest

from labs.capacity.machine_capacity import machine_capacity
from labs.engine.proof.parallel import parallel_runner
from rigs.diagnose.fault_trials import Effect, FaultTrial, run
from rigs.diagnose.generators.every_fault import every_fault
from rigs.diagnose.generators.fault import FaultKind
from rigs.diagnose.judging import Named
from rigs.diagnose.labs.building import cable, check, host, rig_lab, router

pytestmark = pytest.mark.live


def small_site():
    """Three hosts on a router; the check looks at two of them only."""
    hosts = [host(f"h{n}", f"ip -6 route add default via 2001:db8:{n}::1") for n in (1, 2, 3)]
    links = [cable(f"r1:eth{n}", f"h{n}:eth0", f"2001:db8:{n}::1/64", f"2001:db8:{n}::10/64") for n in (1, 2, 3)]
    return rig_lab(
        "small-site", [router("r1"), *hosts], links, [check("reach", "ping", "h1", to="2001:db8:2::10", at="h2")]
    )


def test_a_fault_is_named_another_one_goes_unnoticed_and_without_a_fault_nothing_is_named():
    lab = small_site()
    missing = {
        fault.truths[0].nodes[0]: fault
        for fault in every_fault(lab)
        if (fault.thing, fault.kind) == ("route", FaultKind.MISSING)
    }
    with parallel_runner(machine_capacity()) as runner:
        without = run(FaultTrial(lab), runner, {})
        reached = {lab.id: without.reached}
        trials = [FaultTrial(lab, missing[name]) for name in ("h1", "h3")]
        results = {
            trial.fault: result for trial, result in runner.run_all(trials, lambda one: run(one, runner, reached))
        }
    assert without.problem == ""
    assert ("h3", "2001:db8:1::10") in without.reached
    seen = results[missing["h1"]]
    assert (seen.effect, seen.named) == (Effect.FAILS, Named.RIGHT), seen
    assert results[missing["h3"]].effect is Effect.UNNOTICED
