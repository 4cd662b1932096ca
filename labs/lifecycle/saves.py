"""Saved work: a row (models.Save) and a file in the state folder, which this host never opens.

A lab's work is hostile, so here it is only bytes: written, counted, and given to another lab (labs.supervisor.saved_work.saving).
"""

import logging
import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, chain
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Max, Q, Sum
from django.utils import timezone

from labs import events, failure_sentences
from labs.engine.errors import EngineError
from labs.engine.runtime.changes import safe_text
from labs.engine.runtime.client import LabClient, Saved
from labs.engine.shared import pace
from labs.lifecycle import check_rush, file_removal, job_run, lab_access
from labs.models import ClassSeat, Job, LabSession, Save, State
from labs.models.save import NoSave
from labs.registry import versions
from vaka.accounts.models import User

logger = logging.getLogger(__name__)

# Between saves of a lab in which somebody types. With the interval of beat and the save itself it is less than a minute
BETWEEN = timedelta(seconds=50)
# While a room checks at once (labs.lifecycle.check_rush), a save waits as much longer
PATIENCE = timedelta(seconds=30)
LAST_TIMES = attrgetter("saved_at", "passed_at")  # annotations of sessions, for which LabSession has no types
AGAIN = 0.2  # seconds between two tries while another save is being made
SAVE_SECONDS = pace.seconds(15.0)  # that a lab has for its save; the supervisor's own limit is the same
SAVE_WAITS = pace.seconds(12.0)  # that a save waits for another save of the same lab
# A save that takes longer was lost: the time of the lab, and time to write the file and the row
STALE = timedelta(seconds=SAVE_SECONDS + pace.seconds(10.0))
BEFORE = timedelta(milliseconds=1)
PIECE = 256 * 1024
DELIVERY_SECONDS = round(pace.seconds(60))  # for which the broker keeps a delivery
# Newest saves of a learner and a lab, of a trouble ticket in it, and of an exam in it: those for a reason, and automatic ones
KEPT, KEPT_OF_CHANGES = 5, 3
# Of a learner's saves of all labs, and once more of those of exams, and of class labs, in which others type. One save takes 20 MB
# at most, mostly 6 to 30 KB
MOST_BYTES = 100 << 20


class Busy(Exception):
    """Another save of this lab is being made."""


def make(session: LabSession, client: LabClient, reason: Save.Reason, *, seconds: float = SAVE_SECONDS) -> Save:
    """Save the work of a session. Raises Busy, EngineError or OSError."""
    now = timezone.now()
    if not LabSession.objects.filter(_not_saving(now), pk=session.pk).update(saving_at=now):
        raise Busy(str(session))
    try:
        return keep(session, client.save(seconds=seconds), reason, now)
    finally:
        LabSession.objects.filter(pk=session.pk, saving_at=now).update(saving_at=None)


def save_running(session_id: UUID) -> None:
    """Save the work of a session in which something has changed. Nobody waits for this: a failed save is tried again soon."""
    session = LabSession.objects.filter(pk=session_id, state=State.READY).first()
    if session is None or not session.keeps_work or session.job:
        return
    last = session.saves.first()
    passed = stage_passed(session, last.made_at if last else None)
    try:
        make(session, lab_access.client_of(session), Save.Reason.STAGE if passed else Save.Reason.CHANGE)
    except Busy:
        return
    except (EngineError, OSError) as error:
        logger.warning("The work of %s was not saved: %s", session, error)


def make_when_free(
    session: LabSession, client: LabClient, reason: Save.Reason, *, waits: float, seconds: float = SAVE_SECONDS
) -> Save:
    """Save the work, after another save has ended: that one may lack what was typed meanwhile. Raises as ``make``."""
    until = time.monotonic() + waits
    while True:
        try:
            return make(session, client, reason, seconds=seconds)
        except Busy:
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN)


def keep(session: LabSession, saved: Saved, reason: Save.Reason, at: datetime) -> Save:
    """Keep the work that a lab has delivered. If it equals the last save, that save gets the new time, and no row is added."""
    if session.learner_id is None or not session.keeps_work:
        raise NoSave(
            f"The work of {session} is not saved: it is a copy, or waits in the pool. Save the lab that it was made from."
        )
    _move_future_saves(session.learner_id, session.lab, at)
    session.refresh_from_db(fields=["assisted"])
    last = session.saves.first()
    if last and last.size == len(saved.packed) and _content(last) == saved.packed:
        why = {} if reason == Save.Reason.CHANGE else {"reason": reason}
        Save.objects.filter(pk=last.pk).update(made_at=at, assisted=session.assisted, **why)
        last.refresh_from_db()
        events.publish(session.pk, "saved", at=at.isoformat())
        return last
    left_out = [safe_text(text) for text in saved.left_out]
    fields: dict[str, Any] = {"assisted": session.assisted, "left_out": left_out, "size": len(saved.packed)}
    save = Save(session=session, learner_id=session.learner_id, reason=reason, made_at=at, **fields)
    save.lab, save.lab_version, save.seed = session.lab, session.lab_version, session.seed
    write_file(save, saved.packed)
    try:
        save.save()
    except BaseException:
        path_of(save).unlink(missing_ok=True)
        raise
    thin(save.learner_id, save.lab)
    make_room(save.learner_id)
    events.publish(session.pk, "saved", at=at.isoformat())
    return save


def _move_future_saves(learner: int, lab: str, at: datetime) -> None:
    """Date saves from the future just before this moment: the clock went back, and the newest save must be the last."""
    ahead = Save.objects.filter(learner_id=learner, lab=lab, made_at__gt=timezone.now()).order_by("-made_at")
    for number, save in enumerate(ahead, 1):
        Save.objects.filter(pk=save.pk).update(made_at=at - BEFORE * number)


def read(save: Save) -> bytes:
    """Return the saved work, for a lab to restore. Raises NoSave."""
    content = _content(save)
    if content is None:
        raise NoSave(
            f"The file of save {save.pk} is missing. Choose another save, or restore the state folder from a backup."
        )
    return content


END, MISSING = b"e", b"m"  # end a delivery; a piece begins with "p"


def deliver(save: Save, key: str) -> None:
    """Write the saved work under a key of the broker for DELIVERY_SECONDS, for its owner (labs.lifecycle.save_delivery)."""
    content, broker = _content(save), events.broker()
    with broker.pipeline(transaction=False) as pipe:
        for at in range(0, len(content or b""), PIECE):
            pipe.rpush(key, b"p" + (content or b"")[at : at + PIECE])
        pipe.rpush(key, MISSING if content is None else END)
        pipe.expire(key, DELIVERY_SECONDS)
        pipe.execute()


def of(learner: User, lab: str) -> Sequence[Save]:
    """Return a learner's saves of a lab that can be resumed, the newest first. Those of an exam cannot."""
    found = Save.objects.resumable().filter(learner=learner, lab=lab).select_related("session__trouble_ticket")
    return list(found[: KEPT + KEPT_OF_CHANGES])


def newest_of_lab_itself(learner: User, lab: str) -> Save | None:
    """Return the newest save that can be resumed of a learner's work on the lab itself, or None."""
    return Save.objects.resumable().of_lab_itself().filter(learner=learner, lab=lab).first()


def to_go_back_to(session: LabSession) -> Sequence[Save]:
    """Return the saves to which a running lab can return, the newest first: of its learner, with its version and its numbers.

    None for a trouble ticket, whose fault would come back, for an exam, for a class lab, which holds the work of others, and for
    a copy.
    """
    if session.ticket or session.exam or session.is_class or not session.keeps_work:
        return []
    same = {"lab": session.lab, "lab_version": session.lab_version, "seed": session.seed}
    found = Save.objects.resumable().of_lab_itself().filter(learner=session.learner_id, session__seats=None, **same)
    found = found.exclude(Exists(ClassSeat.objects.filter(session=session.pk)))
    return list(found[: KEPT + KEPT_OF_CHANGES])


def due(now: datetime) -> list[LabSession]:
    """Return sessions to save now: somebody has typed since the last save, or a stage was passed."""
    patience = PATIENCE if check_rush.is_on() else timedelta()
    found = (
        LabSession.objects.filter(_not_saving(now), state=State.READY, copy_of=None)
        .exclude(learner=None)
        .annotate(saved_at=Max("saves__made_at"), passed_at=Max("check_statuses__first_passed_at"))
    )
    return [session for session in found if _is_due(session, now, patience, *LAST_TIMES(session)) and not session.job]


def _not_saving(now: datetime) -> Q:
    # A save that began far in the future began before the clock went back
    return Q(saving_at=None) | Q(saving_at__lt=now - STALE) | Q(saving_at__gt=now + STALE)


def _is_due(
    session: LabSession, now: datetime, patience: timedelta, saved_at: datetime | None, passed_at: datetime | None
) -> bool:
    last = saved_at if saved_at and saved_at <= now else None
    typed = session.was_touched and session.active_at and (last is None or last < session.active_at)
    begun = last or (session.ready_at if patience else None)  # the first save waits for nothing else
    if typed and (begun is None or begun <= now - BETWEEN - patience):
        return True
    passed = passed_at if passed_at and passed_at <= now - patience else None
    return bool(passed and (last is None or last < passed) and stage_passed(session, last))


def has_passed(session: LabSession) -> bool:
    """Whether a stage was passed since the last save."""
    last = session.saves.first()
    can_save = session.state == State.READY and session.keeps_work
    return can_save and stage_passed(session, last.made_at if last else None)


def stage_passed(session: LabSession, since: datetime | None) -> bool:
    """Whether all checks of a stage have passed for the first time, the last of them since a moment."""
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        return False
    first = dict(session.check_statuses.exclude(first_passed_at=None).values_list("check_id", "first_passed_at"))
    ends = [[first.get(check.id) for check in stage.checks] for stage in lab.stages]
    passed = [max(end for end in stage if end) for stage in ends if stage and all(stage)]
    return any(since is None or at > since for at in passed)


def thin(learner: int, lab: str) -> None:
    """Remove the oldest saves beyond the number that is kept."""
    for save in too_many(learner, lab):
        remove(save)


def too_many(learner: int, lab: str) -> list[Save]:
    """Return the oldest of a learner's saves of a lab. Automatic saves do not replace the others.

    Practice, trouble tickets, exams and class labs are kept apart: what one does in one of them pushes out nothing of another.
    """
    every = (
        Save.objects.filter(learner_id=learner, lab=lab).order_by("-made_at").select_related("session__trouble_ticket")
    )
    newest_first: dict[tuple[Any, ...], list[Save]] = {}
    for save in every:
        newest_first.setdefault((*_kind(save), save.reason == Save.Reason.CHANGE), []).append(save)
    return [
        save
        for (*_kind_of, of_changes), group in newest_first.items()
        for save in group[KEPT_OF_CHANGES if of_changes else KEPT :]
    ]


def taken(learner: int, *, in_class_labs: bool) -> int:
    """Return the bytes that a learner's saves of their own labs take, or of the class labs that they lead; without exams."""
    mine = Save.objects.resumable().filter(learner_id=learner, session__is_class=in_class_labs)
    return mine.aggregate(bytes=Sum("size"))["bytes"] or 0


def make_room(learner: int) -> None:
    """Remove the saves that do not fit into MOST_BYTES. If the last one of a lab goes, the page of that lab says so.

    Needs no lock: each save has its row before this looks, so of two the later one sees both.
    """
    for save in too_large(learner):
        remove(save)
        logger.info("Save %s was removed: the saves of user %s take more than %s bytes.", save.pk, learner, MOST_BYTES)
        same_lab = Save.objects.filter(learner_id=learner, lab=save.lab).select_related("session__trouble_ticket")
        if _kind(save) not in map(_kind, same_lab):
            _tell_removed(save)


def _tell_removed(save: Save) -> None:
    """Write on the page of its lab that a save is gone. Nobody misses that of an exam: nothing but the exam resumes it."""
    same = {"learner_id": save.learner_id, "lab": save.lab, "is_class": save.session.is_class}
    last = LabSession.objects.practice().filter(**same).first()
    if last is None or save.session.exam:
        return
    ended, told = LabSession.objects.filter(pk=last.pk), failure_sentences.SAVES_REMOVED
    ended.filter(state=State.STOPPED).update(error=told)
    ended.filter(state=State.FAILED).update(detail=f"{told}\n{last.detail}".strip())  # its error is why it failed


def too_large(learner: int) -> list[Save]:
    """Return a learner's saves of all labs that do not fit into MOST_BYTES, the first to go first.

    Automatic ones go before others, and the oldest first. The newest on each lab, and on a trouble ticket in it, go last: a
    learner would resume them. The one with which a live lab began stays. Saves of exams, of class labs and of the learner's own
    labs push out only their own kind: an exam is not practice, and in a class lab others may fill the nodes.
    """
    every = list(Save.objects.filter(learner_id=learner).select_related("session__trouble_ticket"))
    newest = set({_kind(save): save.pk for save in sorted(every, key=attrgetter("made_at"))}.values())
    in_use = set(LabSession.objects.live().filter(learner_id=learner).values_list("resumes", flat=True))

    def worth(save: Save) -> tuple[bool, bool, bool, datetime]:
        return save.pk in in_use, save.pk in newest, save.reason != Save.Reason.CHANGE, save.made_at

    found: list[Save] = []
    apart = dict[tuple[bool, bool], list[Save]]()
    for save in sorted(every, key=worth, reverse=True):
        apart.setdefault((bool(save.session.exam), save.session.is_class), []).append(save)
    for best_first in apart.values():
        sums = accumulate(save.size for save in best_first)
        found += [save for save, bytes_so_far in zip(best_first, sums, strict=True) if bytes_so_far > MOST_BYTES][::-1]
    return found


def _kind(save: Save) -> tuple[str, bool, bool, bool]:
    """Return what a learner would resume it for: its lab, a trouble ticket in it, an exam, or a class lab."""
    return save.lab, save.session.ticket is not None, bool(save.session.exam), save.session.is_class


def remove(save: Save) -> None:
    """Remove a save and its file. May be called twice."""
    file = path_of(save)
    Save.objects.filter(pk=save.pk).delete()
    file.unlink(missing_ok=True)


def without_rows() -> list[file_removal.Entry]:
    """Return files whose rows are gone. Raises OSError if a folder cannot be read."""
    known = {str(pk) for pk in Save.objects.values_list("pk", flat=True)}
    before = timezone.now().timestamp() - 3600  # a file is written before its row
    people = [entry.names for entry in file_removal.entries("saves") if entry.is_folder]
    files = chain.from_iterable(file_removal.entries(*names) for names in people)
    return [file for file in files if file.names[-1] not in known and file.modified < before]


def path_of(save: Save) -> Path:
    return Path(settings.STATE_DIR) / "saves" / str(save.learner_id) / str(save.pk)


def write_file(save: Save, content: bytes) -> None:
    """Write the whole file or nothing, even if the power fails."""
    path = path_of(save)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".new")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    except OSError:  # the disk may be full: what was written must not fill it
        half.unlink(missing_ok=True)
        raise


def _content(save: Save) -> bytes | None:
    try:
        return path_of(save).read_bytes()
    except OSError:
        return None


def save_now(job_id: int) -> None:
    """Save the work because the learner asked."""
    job = job_run.take(job_id, Job.Kind.SAVE)
    if job:
        client, reason = lab_access.client_of(job.session), Save.Reason.ASKED
        job_run.run(job, lambda: make_when_free(job.session, client, reason, waits=SAVE_WAITS))
