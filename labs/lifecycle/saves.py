"""Saved work: a row (models.Save) and a file in the state folder that nobody here opens.

A lab's work is hostile, so on this host it is bytes: written, counted, and handed to another lab (labs.supervisor.saving).
"""

import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from labs import events
from labs.engine.runtime.changes import safe_text
from labs.engine.runtime.client import Saved, Session
from labs.models import LabSession, Save, State
from labs.models.files import NoSave
from labs.registry import versions

# Between saves of a lab in which somebody types: with the next beat and the save itself, less than a minute
BETWEEN = timedelta(seconds=50)
AGAIN = 0.2  # seconds after which who waits for another save looks again
STALE = timedelta(seconds=25)  # a save that is still being made then was lost
BEFORE = timedelta(milliseconds=1)
HANDED_PIECE, HANDED_SECONDS = 256 * 1024, 60
KEPT, KEPT_OF_CHANGES = 5, 3  # of a learner's saves of one lab: the newest


class Busy(Exception):
    """Somebody saves this lab at this moment."""


def make(session: LabSession, inside: Session, reason: Save.Reason, *, seconds: float = 15) -> Save:
    """Save the work of a session. Raises Busy, EngineError or OSError."""
    now = timezone.now()
    if not LabSession.objects.filter(_nobody_saves(now), pk=session.pk).update(saving_at=now):
        raise Busy(str(session))
    try:
        return keep(session, inside.save(seconds=seconds), reason, now)
    finally:
        LabSession.objects.filter(pk=session.pk, saving_at=now).update(saving_at=None)


def make_when_free(
    session: LabSession, inside: Session, reason: Save.Reason, *, waits: float, seconds: float = 15
) -> Save:
    """Make one; if one is being made at this moment, after that: what was typed meanwhile may not be in it. Raises as ``make``."""
    until = time.monotonic() + waits
    while True:
        try:
            return make(session, inside, reason, seconds=seconds)
        except Busy:
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN)


def keep(session: LabSession, saved: Saved, reason: Save.Reason, at: datetime) -> Save:
    """Keep what a lab has handed out. What is the same as before is no new save; it is true at a later moment."""
    if session.learner_id is None:
        raise NoSave(f"{session} is nobody's.")
    _none_in_the_future(session.learner_id, session.lab, at)
    session.refresh_from_db(fields=["assisted"])
    last = session.saves.first()
    if last and last.size == len(saved.packed) and _content(last) == saved.packed:
        why = {} if reason == Save.Reason.CHANGE else {"reason": reason}
        Save.objects.filter(pk=last.pk).update(made_at=at, assisted=session.assisted, **why)
        last.refresh_from_db()
        events.publish(session.pk, "saved", at=at.isoformat())
        return last
    left_out = [safe_text(text) for text in saved.left_out]
    facts: dict[str, Any] = {"assisted": session.assisted, "left_out": left_out, "size": len(saved.packed)}
    save = Save(session=session, learner_id=session.learner_id, reason=reason, made_at=at, **facts)
    save.lab, save.lab_version, save.seed = session.lab, session.lab_version, session.seed
    _write(save, saved.packed)
    try:
        save.save()
    except BaseException:
        _path(save).unlink(missing_ok=True)
        raise
    thin(save.learner_id, save.lab)
    events.publish(session.pk, "saved", at=at.isoformat())
    return save


def _none_in_the_future(learner: int, lab: str, at: datetime) -> None:
    """Put what was saved before the clock was stepped back before a moment: the newest save is the one that is resumed and kept."""
    ahead = Save.objects.filter(learner_id=learner, lab=lab, made_at__gt=timezone.now()).order_by("-made_at")
    for number, save in enumerate(ahead, 1):
        Save.objects.filter(pk=save.pk).update(made_at=at - BEFORE * number)


def read(save: Save) -> bytes:
    """The saved work, for a lab to take it. Raises NoSave."""
    content = _content(save)
    if content is None:
        raise NoSave(f"The file of save {save.pk} is gone.")
    return content


END, MISSING = b"e", b"m"  # of what is handed out; a piece begins with "p"


def hand_out(save: Save, key: str) -> None:
    """Put the saved work, as it is, under a key of the broker for a minute: for its owner (labs.lifecycle.save_delivery)."""
    content, broker = _content(save), events.broker()
    with broker.pipeline(transaction=False) as pipe:
        for at in range(0, len(content or b""), HANDED_PIECE):
            pipe.rpush(key, b"p" + (content or b"")[at : at + HANDED_PIECE])
        pipe.rpush(key, MISSING if content is None else END)
        pipe.expire(key, HANDED_SECONDS)
        pipe.execute()


def of(learner: Any, lab: str) -> Sequence[Save]:
    """A learner's saves of a lab that can still be resumed, the newest first."""
    return list(Save.objects.filter(learner=learner, lab=lab)[: KEPT + KEPT_OF_CHANGES])


def due(now: datetime) -> list[LabSession]:
    """Sessions whose work should be saved now: somebody typed since the last save, or has passed a stage."""
    found = (
        LabSession.objects.filter(_nobody_saves(now), state=State.READY)
        .exclude(learner=None)
        .annotate(saved_at=Max("saves__made_at"), passed_at=Max("check_statuses__first_passed_at"))
    )
    return [session for session in found if _is_due(session, now) and not session.job]


def _nobody_saves(now: datetime) -> Q:
    # A save that begins far in the future began before the clock was stepped back
    return Q(saving_at=None) | Q(saving_at__lt=now - STALE) | Q(saving_at__gt=now + STALE)


def _is_due(session: Any, now: datetime) -> bool:
    last = session.saved_at if session.saved_at and session.saved_at <= now else None
    typed = session.was_touched and (last is None or last < session.active_at)
    if typed and (last is None or last <= now - BETWEEN):
        return True
    passed = session.passed_at if session.passed_at and session.passed_at <= now else None
    return bool(passed and (last is None or last < passed) and stage_passed(session, last))


def has_passed(session: LabSession) -> bool:
    """Whether a stage was passed that is in no save."""
    last = session.saves.first()
    is_kept = session.state == State.READY and session.learner_id is not None
    return is_kept and stage_passed(session, last.made_at if last else None)


def stage_passed(session: LabSession, since: datetime | None) -> bool:
    """Whether a stage has been passed whole, for the first time, since a moment."""
    try:
        lab = versions.of(session)
    except versions.NoSuchLab:
        return False
    first = dict(session.check_statuses.exclude(first_passed_at=None).values_list("check_id", "first_passed_at"))
    ends = [[first.get(check.id) for check in stage.checks] for stage in lab.stages]
    passed = [max(end for end in stage if end) for stage in ends if stage and all(stage)]
    return any(since is None or at > since for at in passed)


def thin(learner: int, lab: str) -> None:
    """Let the oldest go."""
    for save in too_many(learner, lab):
        remove(save)


def too_many(learner: int, lab: str) -> list[Save]:
    """The oldest of a learner's saves of a lab; those that were made by themselves do not push out the others."""
    saves = Save.objects.filter(learner_id=learner, lab=lab).order_by("-made_at")
    of_changes = [save for save in saves if save.reason == Save.Reason.CHANGE]
    others = [save for save in saves if save.reason != Save.Reason.CHANGE]
    return [*of_changes[KEPT_OF_CHANGES:], *others[KEPT:]]


def remove(save: Save) -> None:
    """Twice is once."""
    file = _path(save)
    Save.objects.filter(pk=save.pk).delete()
    file.unlink(missing_ok=True)


def without_rows() -> list[Path]:
    """Files whose rows are gone."""
    known = {str(pk) for pk in Save.objects.values_list("pk", flat=True)}
    before = timezone.now().timestamp() - 3600  # a file is there before its row
    files = (Path(settings.STATE_DIR) / "saves").glob("*/*")
    return [file for file in files if file.name not in known and file.stat().st_mtime < before]


def _path(save: Save) -> Path:
    return Path(settings.STATE_DIR) / "saves" / str(save.learner_id) / str(save.pk)


def _write(save: Save, content: bytes) -> None:
    """Whole or not at all, also when the power goes."""
    path = _path(save)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".new")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    except OSError:  # the disk is full: it is not to be filled by what was tried
        half.unlink(missing_ok=True)
        raise


def _content(save: Save) -> bytes | None:
    try:
        return _path(save).read_bytes()
    except OSError:
        return None
