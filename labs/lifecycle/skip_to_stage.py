"""A running lab skips to a stage: the site types the solution of the stages before it."""

from django.conf import settings

from labs import events
from labs.engine.definition.solution import typed
from labs.engine.runtime.shell import type_solution
from labs.lifecycle import earned_stages, job_run, lab_access, resets, shown_stages
from labs.models import Job, LabSession
from labs.registry import versions


def skip(job_id: int) -> None:
    """Skip to the beginning of a stage: reset the lab, then type the solution of the stages before it."""
    job = job_run.take(job_id, Job.Kind.SKIP)
    if job:
        job_run.run(job, lambda: _skip(job))


def _skip(job: Job) -> None:
    lab = versions.of(job.session)
    skipped = lab.before(job.stage)
    earned = earned_stages.of(job.session, lab)  # before the reset, after which nothing has passed
    done = [stage for stage in skipped if stage not in earned]
    resets.reset_nodes(job)
    # Written first, so that a skip that breaks off gives no points for what it did
    LabSession.objects.filter(pk=job.session_id).update(assisted=done)
    shown_stages.record(job.session, lab, done)

    nodes, ready = typed(lab, skipped), set[str]()

    def publish(node: str) -> None:
        ready.add(node)
        events.publish(job.session_id, "skip", node=node, done=len(ready), of=len(nodes))

    client = lab_access.client_of(job.session)
    type_solution(client, lab, skipped, seconds=settings.LAB_START_SECONDS, on_node=publish)
