"""Labs with the numbers of several learners: each is solved by the solution of its own seed, and it leads to a stage."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from labs.engine.grading.grading import Outcome, grade
from labs.engine.runtime.runner import Shell, runner, type_solution
from labs.lifecycle import check_work, skip_to_stage
from labs.models import Attempt, Job, LabSession, State
from labs.registry.versions import newest

pytestmark = pytest.mark.live
LEARNERS = {"first-ebgp": (2, 20261124), "rov-hijacker": (3, 2**52)}
UNTOUCHED = 15  # of a hundred points, at most


def solve(runner, name, seed):
    """The points of the untouched lab, and what does not pass when its solution is typed stage by stage."""
    lab = newest(name, seed)
    with runner.running(lab) as session:
        before = sum(verdict.points for verdict in grade(lab, session, attempt=False))
        wrong = {}
        for stage in lab.stages:
            type_solution(session, lab, [stage.id])
            for verdict in grade(lab, session, attempt=True, stages=[stage.id]):
                if verdict.outcome is not Outcome.PASSED:
                    wrong[verdict.check] = str(verdict.seen)
    return before, wrong


def test_each_learners_numbers_make_a_lab_that_its_own_solution_solves():
    chosen = {str(newest("first-ebgp", seed).parameters["thief"]) for seed in LEARNERS["first-ebgp"]}
    assert chosen == {"north", "south"}
    with runner() as opened, ThreadPoolExecutor(4) as pool:
        doing = [pool.submit(solve, opened, name, seed) for name, seeds in LEARNERS.items() for seed in seeds]
        done = [each.result() for each in doing]
    assert all(before <= UNTOUCHED for before, _wrong in done)
    assert [wrong for _before, wrong in done] == [{}] * 4


@pytest.mark.django_db(transaction=True)
def test_a_skip_makes_all_true_that_comes_before_its_stage_and_gives_no_points_for_it(
    runner, ada, settings, monkeypatch
):
    settings.RELAY_SOCKET = runner.relay
    lab, told = newest("ospfv3-one-area", 20261124), []
    monkeypatch.setattr(skip_to_stage.events, "publish", lambda session, event, **what: told.append(what.get("node")))
    with runner.running(lab) as running:
        session = LabSession.objects.create(
            pk=running.session,
            learner=ada,
            lab=lab.id,
            lab_version=lab.version,
            seed=lab.seed,
            state=State.READY,
        )
        with Shell(running, "r1") as shell:
            shell.type("ip link set eth2 down")
        job = session.jobs.create(kind=Job.Kind.SKIP, stage="failover")
        skip_to_stage.skip(job.pk)
        job.refresh_from_db()
        assert (job.error, job.detail) == ("", "")
        assert {"r1", "r2", "r3"} <= set(told)
        helped = attempt(session)
        outcomes = {row.check_id: (row.stage, row.outcome, row.points) for row in helped.verdicts.all()}
        before = {check: found for check, found in outcomes.items() if found[0] != "failover"}
        assert all(found[1:] == ("passed", 0) for found in before.values()), before
        assert outcomes["cost-r1"] == ("failover", "failed", 0)
        assert (helped.score, helped.assisted, helped.seed) == (0, ["ready", "adjacency", "reach"], 20261124)
        type_solution(running, lab, ["failover"])
        own = attempt(session)
    assert own.score == lab.stages[-1].points
    assert not own.is_full


def attempt(session):
    check_work.check(session.jobs.create(kind=Job.Kind.ATTEMPT).pk)
    return Attempt.objects.latest("pk")
