"""A lab is graded when it has converged, or when its author's own time for its protocols is over."""

from dataclasses import replace

import pytest

from labs.engine.proof import convergence


@pytest.mark.parametrize(("within", "seconds"), [(0, 10), (5, 10), (45, 45)])
def test_a_lab_has_the_time_of_its_largest_within_to_converge(lab, monkeypatch, within, seconds):
    def wait(lab, asker, *, seconds):
        return [f"{seconds:g}"]

    monkeypatch.setattr(convergence.convergence, "wait", wait)
    [stage] = lab.stages
    checks = tuple(replace(check, within=float(within)) for check in stage.checks[:1]) + stage.checks[1:]
    lab = replace(lab, stages=(replace(stage, checks=checks),))
    assert convergence.wait_until_converged(lab, None) == [f"{seconds}"]
