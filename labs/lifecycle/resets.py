"""Resets: of one node or a whole lab, to its start, to saved work, or to the beginning of a stage."""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from labs import events
from labs.engine.definition.solution import typed
from labs.engine.runtime import changes
from labs.engine.runtime.shell import type_solution
from labs.lifecycle import cables, check_statuses, job_run, lab_access, saves
from labs.models import Job, LabSession, Save
from labs.models.save import NoSave
from labs.registry import versions


def reset(job_id: int) -> None:
    """Reset one node of a lab, or all."""
    job = job_run.take(job_id, Job.Kind.RESET)
    if job:
        job_run.run(job, lambda: reset_nodes(job))


def reset_nodes(job: Job, node: str = "", save: bytes | None = None, assisted: Collection[str] = ()) -> None:
    """Reset the job's node, or another NODE; with SAVE to that work, in which the site did the stages ASSISTED."""
    node = node or job.node

    def publish(step: str, seconds: float) -> None:
        events.publish(job.session_id, "reset", step=step, seconds=round(seconds, 3))

    client = lab_access.client_of(job.session)
    lacking = client.reset(node or None, seconds=settings.LAB_START_SECONDS - 10, on_step=publish, save=save)
    check_statuses.clear(job.session, node=node)
    lab = versions.of(job.session)
    # A lab as at the start has no stage that the site did
    fields: dict[str, Any] = (
        {} if node else {"assisted": list(assisted), "detail": changes.safe_text("\n".join(lacking))}
    )
    LabSession.objects.filter(pk=job.session_id).update(ends=lab_access.read_link_states(job.session, lab), **fields)
    cables.keep(job.session, client)


def go_back(job_id: int) -> None:
    """Return a running lab to saved work."""
    job = job_run.take(job_id, Job.Kind.GO_BACK)
    if job:
        job_run.run(job, lambda: _go_back(job))


def _go_back(job: Job) -> None:
    save = job.save_to_restore
    if save is None:
        raise NoSave("The save was deleted before the lab could go back to it. Choose another save.")
    session, client = job.session, lab_access.client_of(job.session)
    # Read first: the save of what is there now may be one too many, and push this one out
    content, assisted = saves.read(save), save.assisted
    if session.was_touched:
        saves.make_when_free(session, client, Save.Reason.ASKED, waits=saves.SAVE_WAITS)
    # Written first, so that a return that breaks off gives no points for what the site did
    both = sorted({*session.assisted, *assisted})
    LabSession.objects.filter(pk=session.pk).update(assisted=both)
    reset_nodes(job, save=content, assisted=assisted)
    LabSession.objects.filter(pk=session.pk).update(resumes=Save.objects.filter(pk=save.pk).first())


def skip_to_stage(job_id: int) -> None:
    """Skip to the beginning of a stage: reset the lab, then type the solution of the stages before it."""
    job = job_run.take(job_id, Job.Kind.SKIP)
    if job:
        job_run.run(job, lambda: _skip_to_stage(job))


def _skip_to_stage(job: Job) -> None:
    reset_nodes(job)
    lab = versions.of(job.session)
    skipped = lab.before(job.stage)
    # Written first, so that a skip that breaks off gives no points for what it did
    LabSession.objects.filter(pk=job.session_id).update(assisted=skipped)

    nodes, done = typed(lab, skipped), set[str]()

    def publish(node: str) -> None:
        done.add(node)
        events.publish(job.session_id, "skip", node=node, done=len(done), of=len(nodes))

    client = lab_access.client_of(job.session)
    type_solution(client, lab, skipped, seconds=settings.LAB_START_SECONDS, on_node=publish)
