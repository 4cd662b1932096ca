"""A running lab goes back to saved work. Its present state is saved first."""

from labs.lifecycle import job_run, lab_access, resets, saves, shown_stages
from labs.models import Job, LabSession, Save
from labs.models.save import NoSave
from labs.registry import versions


def go_back_to_save(job_id: int) -> None:
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
    shown_stages.record(session, versions.of(session), assisted)
    resets.reset_nodes(job, save=content, assisted=assisted)
    LabSession.objects.filter(pk=session.pk).update(resumes=Save.objects.filter(pk=save.pk).first())
