"""Rehearsing a workshop's labs on the machine that will run them: each is started, typed, checked and stopped, one after another.

Rows say what is asked; ``step`` goes one step on whenever beat calls it. A pupil of the workshop's own learns in it, who can
never sign in and whose points nobody counts.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from labs.lifecycle import services
from labs.models import Job, LabSession, State, WrongState
from labs.registry import versions
from vaka.accounts.models import User
from vaka.workshops.models import Rehearsal, Workshop

PATIENCE = timedelta(minutes=10)  # for one lab; it may wait in line for others
TOO_LONG = gettext_noop("It took longer than 10 minutes. Others may be using the computer; try again when they do not.")
NO_SUCH_LAB = gettext_noop("This site has no such lab.")
NOT_CHECKED = gettext_noop("Its checks could not be run: %s")


def begin(workshop: Workshop) -> int:
    """Ask for all labs of the workshop; how many. What is being rehearsed already goes on."""
    with transaction.atomic():
        going = set(workshop.rehearsals.filter(ended_at=None).values_list("lab", flat=True))
        workshop.rehearsals.exclude(ended_at=None).delete()
        for lab in workshop.labs:
            if lab not in going:
                Rehearsal.objects.create(workshop=workshop, lab=lab)
    return len(workshop.labs)


def step() -> None:
    """Go on with the first rehearsal of each workshop that is not over."""
    seen = set()
    for one in Rehearsal.objects.filter(ended_at=None).select_related("workshop", "session"):
        if one.workshop_id not in seen:
            seen.add(one.workshop_id)
            _go_on(one)


def pupil(workshop: Workshop) -> User:
    name = f"rehearsal-{workshop.pk}"
    found, made = User.objects.get_or_create(username=name, defaults={"is_active": False, "first_name": "Rehearsal"})
    if made:
        found.set_unusable_password()
        found.save()
    return found


def _go_on(one: Rehearsal) -> None:
    session = one.session
    if session is None:
        _start(one)
    elif session.state in (State.FAILED, State.STOPPED, State.STOPPING):
        _end(one, session.error or TOO_LONG)
    elif session.state == State.READY:
        if one.ready_s is None and session.ready_at:
            one.ready_s = (session.ready_at - (session.admitted_at or session.created_at)).total_seconds()
            one.save(update_fields=["ready_s"])
        _try(one, session)
    elif timezone.now() - session.created_at > PATIENCE:
        _end(one, TOO_LONG)


def _start(one: Rehearsal) -> None:
    try:
        session = services.request_session(pupil(one.workshop), one.lab)
    except services.HasAnother:
        return  # the one before is being put away
    except versions.NoSuchLab:
        _end(one, NO_SUCH_LAB)
        return
    if session.state != State.STOPPING:
        Rehearsal.objects.filter(pk=one.pk, session=None).update(session=session, asked_at=timezone.now())


def _try(one: Rehearsal, session: LabSession) -> None:
    """Type the solution up to the last stage, then check; what was done before says what is next."""
    if session.job:
        return
    jobs = {job.kind: job for job in session.jobs.all()}
    if broken := next((job.error for job in jobs.values() if job.error), ""):
        _end(one, NOT_CHECKED % broken)
        return
    lab = versions.of(session)
    try:
        if len(lab.stages) > 1 and Job.Kind.JUMP not in jobs:
            services.request_jump(session, lab.stages[-1].id)
        elif Job.Kind.LOOK not in jobs:
            services.request_check(session, Job.Kind.LOOK)
        else:
            _count(one, session)
            _end(one, "")
    except WrongState:
        return  # it has just ended: the next step sees why


def _count(one: Rehearsal, session: LabSession) -> None:
    """Of the checks that a look may make, in the stages that were typed."""
    seen = session.check_statuses.filter(stage__in=session.assisted, outcome__in=("passed", "failed", "waiting"))
    one.typed = seen.count()
    one.passed = seen.filter(outcome="passed").count()


def _end(one: Rehearsal, error: str) -> None:
    one.ended_at, one.error = timezone.now(), error
    one.save()
    if one.session:
        services.stop_session(one.session)
