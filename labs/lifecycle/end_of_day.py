"""The end of the day, and the morning after: which labs are saved and stopped, and which are resumed."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import services
from labs.models import LIVE, SAVED_AND_STOPPED, STOPPED_BY_CLOSE, Exam, LabSession, SessionEvent, State, WrongState
from labs.registry import versions

RESUMABLE = timedelta(days=4)  # over a weekend

type Resumed = list[tuple[LabSession, LabSession]]


def to_be_ended(lab: str = "", among: QuerySet[LabSession] | None = None) -> QuerySet[LabSession]:
    """Return the sessions to stop at the end of the day: all that run or wait, those of one lab, or those AMONG some; no exam."""
    some = LabSession.objects.all() if among is None else among
    live = some.filter(state__in=LIVE, exam=Exam.NONE).exclude(learner=None).exclude(state=State.STOPPING)
    return live.filter(lab=lab) if lab else live


def end_day(lab: str = "", among: QuerySet[LabSession] | None = None) -> list[LabSession]:
    """Save and stop all of these, and return them. Each learner finds their work the next time."""
    sessions = list(to_be_ended(lab, among))
    for session in sessions:
        services.stop_session(session, SAVED_AND_STOPPED)
    return sessions


def to_be_resumed(
    since: datetime, among: QuerySet[LabSession] | None = None, *, after_close: bool = False
) -> list[LabSession]:
    """Return sessions that the end of a day stopped, or whose lab vanished, and whose learner has started nothing since.

    AFTER_CLOSE: also those that the close of a workshop stopped. Only a workshop that was reopened asks for them.
    """
    some = LabSession.objects.all() if among is None else among
    gone = Q(state=State.FAILED, error__in=[failure_sentences.SENTENCES[errors.LabGone], failure_sentences.LOST])
    notes = (SAVED_AND_STOPPED, STOPPED_BY_CLOSE) if after_close else (SAVED_AND_STOPPED,)
    over = Q(state=State.STOPPED, pk__in=SessionEvent.objects.filter(note__in=notes).values("session"))
    ended = (
        some.filter(gone | over, stopped_at__gte=since, copy_of=None, exam=Exam.NONE)
        .exclude(learner=None)
        .select_related("learner")
    )
    newer = LabSession.objects.filter(learner=OuterRef("learner"), created_at__gt=OuterRef("created_at"))
    # The class waits for its lab, whatever its leader has looked at since
    own, of_class = Q(is_class=False) & ~Exists(newer), Q(is_class=True) & ~Exists(newer.filter(is_class=True))
    return list(ended.filter(own | of_class).order_by("created_at"))


def resume_all(
    since: datetime, among: QuerySet[LabSession] | None = None, *, after_close: bool = False
) -> tuple[Resumed, list[tuple[LabSession, str]]]:
    """Resume all of these. Return each old session with its new one, and those that could not be resumed with the reason."""
    resumed: Resumed = []
    refused: list[tuple[LabSession, str]] = []
    for session in to_be_resumed(since, among, after_close=after_close):
        try:
            resumed.append((session, services.resume(session)))
        except (services.HasAnother, services.MayNotStart, versions.NoSuchLab, WrongState) as error:
            refused.append((session, str(error)))
    return resumed, refused
