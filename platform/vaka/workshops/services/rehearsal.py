"""Rehearsing the labs of a workshop on the host that will run them: start, solve, check and stop each lab in turn.

A row says that a lab is to be rehearsed; beat calls ``step``, which moves each workshop one step forward. The labs belong
to an account of the workshop that cannot sign in and whose points do not count.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from labs.engine.shared import pace
from labs.lifecycle import services
from labs.models import Attempt, Job, LabSession, State, VerdictRecord, WrongState
from labs.registry import versions
from vaka.accounts.models import User
from vaka.workshops.models import Rehearsal, Workshop

TIMEOUT = timedelta(minutes=pace.seconds(10))  # for one lab, with the time that it waits in the queue
TIMED_OUT = gettext_noop(
    "The rehearsal took longer than its time limit. Other labs may be using this server. Try again when they have ended."
)
NO_SUCH_LAB = gettext_noop("This site does not have this lab.")
NOT_CHECKED = gettext_noop("The checks could not be run: %s")


def begin(workshop: Workshop) -> int:
    """Request a rehearsal of each lab, and return how many there are. A rehearsal that is running goes on."""
    with transaction.atomic():
        running = set(workshop.rehearsals.filter(ended_at=None).values_list("lab", flat=True))
        workshop.rehearsals.exclude(ended_at=None).delete()
        for lab in workshop.labs:
            if lab not in running:
                Rehearsal.objects.create(workshop=workshop, lab=lab)
    return len(workshop.labs)


def step() -> None:
    """Move the first unfinished rehearsal of each workshop one step forward."""
    seen = set()
    for rehearsal in Rehearsal.objects.filter(ended_at=None).select_related("workshop", "session"):
        if rehearsal.workshop_id not in seen:
            seen.add(rehearsal.workshop_id)
            _step(rehearsal)


def rehearsal_user(workshop: Workshop) -> User:
    """The account that owns the rehearsed labs."""
    name = f"rehearsal-{workshop.pk}"
    found, made = User.objects.get_or_create(username=name, defaults={"is_active": False, "first_name": "Rehearsal"})
    if made:
        found.set_unusable_password()
        found.save()
    return found


def _step(rehearsal: Rehearsal) -> None:
    session = rehearsal.session
    if session is None:
        _start(rehearsal)
    elif session.state in (State.FAILED, State.STOPPED, State.STOPPING):
        _end(rehearsal, session.error or TIMED_OUT)
    elif session.state == State.READY:
        if rehearsal.ready_s is None and session.ready_at:
            rehearsal.ready_s = (session.ready_at - (session.admitted_at or session.created_at)).total_seconds()
            rehearsal.save(update_fields=["ready_s"])
        _solve_and_check(rehearsal, session)
    elif timezone.now() - session.created_at > TIMEOUT:
        _end(rehearsal, TIMED_OUT)


def _start(rehearsal: Rehearsal) -> None:
    try:
        session = services.request_session(rehearsal_user(rehearsal.workshop), rehearsal.lab)
    except services.HasAnother:
        return  # the lab before it is still being stopped
    except versions.NoSuchLab:
        _end(rehearsal, NO_SUCH_LAB)
        return
    if session.state != State.STOPPING:
        Rehearsal.objects.filter(pk=rehearsal.pk, session=None).update(session=session, asked_at=timezone.now())


def _solve_and_check(rehearsal: Rehearsal, session: LabSession) -> None:
    """Type the solution up to the last stage, then check. The jobs that the session has had say what comes next."""
    if session.job:
        return
    jobs = {job.kind: job for job in session.jobs.all()}
    if error := next((job.error for job in jobs.values() if job.error), ""):
        _end(rehearsal, NOT_CHECKED % error)
        return
    lab = versions.of(session)
    try:
        if len(lab.stages) > 1 and Job.Kind.SKIP not in jobs:
            services.request_skip(session, lab.stages[-1].id)
        elif Job.Kind.ATTEMPT not in jobs:
            services.request_check(session)  # it waits for the network as a learner's does; an ungraded check would not
        else:
            _count(rehearsal, session)
            _end(rehearsal, "")
    except WrongState:
        return  # it has just ended: the next step sees why


def _count(rehearsal: Rehearsal, session: LabSession) -> None:
    """Count the checks of the solved stages, and keep those that did not pass with what they saw."""
    attempt = Attempt.objects.filter(session=session, kind=Attempt.Kind.ATTEMPT).latest("pk")
    verdicts = VerdictRecord.objects.filter(attempt=attempt, stage__in=session.assisted).order_by("pk")
    titles = {check.id: check.title for check in versions.of(session).checks()}
    rehearsal.checks_run = len(verdicts)
    rehearsal.failed = [
        {"title": titles.get(row.check_id, row.check_id), "seen": row.seen}
        for row in verdicts
        if row.outcome != "passed"
    ]
    rehearsal.checks_passed = rehearsal.checks_run - len(rehearsal.failed)


def _end(rehearsal: Rehearsal, error: str) -> None:
    rehearsal.ended_at, rehearsal.error = timezone.now(), error
    rehearsal.save()
    if rehearsal.session:
        services.stop_session(rehearsal.session)
