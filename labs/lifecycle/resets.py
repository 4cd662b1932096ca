"""Resets of one node or a whole lab, to its start or to saved work."""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from labs import events
from labs.engine.runtime import changes
from labs.lifecycle import cables, check_statuses, job_run, lab_access
from labs.models import Job, LabSession
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
    if not node and save is None:
        fields["active_node"] = ""  # nobody has typed in what is there now (labs.lifecycle.work_begun)
        fields["worked_at"] = None
        job.session.seats.update(worked_at=None)
    LabSession.objects.filter(pk=job.session_id).update(ends=lab_access.read_link_states(job.session, lab), **fields)
    cables.keep(job.session, client)
