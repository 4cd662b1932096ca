"""Finds and removes files and rows that are not needed any more, once a day and by `manage.py clean`.

Captures are removed by ``captures.tidy``, every few seconds with the task of reconciliation.
"""

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.module_loading import import_string

from labs.engine.errors import EngineError
from labs.lifecycle import file_removal, lab_access, saves
from labs.models import Attempt, LabSession, Save, SeatWork
from labs.registry import versions
from vaka.accounts.browser_sessions import SessionStore
from vaka.accounts.models import BrowserSession

logger = logging.getLogger(__name__)

FRESH = timedelta(hours=1)  # a younger folder may belong to a start that is under way


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that can be removed: what it is, how many bytes it has at most, and how. ``remove`` is False if it is in use."""

    what: str
    size: int
    remove: Callable[[], bool]


def leftovers() -> Iterator[Leftover]:
    """Yield all leftovers. A folder that cannot be read keeps no other from being cleaned."""
    of_others = map(import_string, settings.CLEANERS)  # those of apps that import this one
    for find in (images, old_versions, sign_ins, lost_saves, old_saves, old_seat_work, *of_others):
        try:
            yield from find()
        except OSError as error:
            logger.warning("Leftovers (%s) could not be listed: %s", find.__name__, error)


def clean(*, only_look: bool = False) -> list[Leftover]:
    """Remove what is not needed. Return the things that were removed, or would be."""
    gone = []
    for one in leftovers():
        try:
            if only_look or one.remove():
                gone.append(one)
        except (EngineError, OSError) as error:
            logger.warning("%s could not be removed: %s", one.what, error)
    if gone and not only_look:
        logger.info("Cleaned up: %s", "; ".join(one.what for one in gone))
    return gone


def lost_saves() -> Iterator[Leftover]:
    """Yield files of saved work whose rows are gone, for example because the account was deleted."""
    for file in saves.without_rows():
        yield Leftover(f"saved work {file.names[-1]}", file.size, partial(file_removal.try_to_remove, *file.names))


def old_saves() -> Iterator[Leftover]:
    """Yield saves beyond the newest few of each lab, and saves that nobody has used for a long time."""
    more = set[Save]()
    for learner, lab in Save.objects.order_by().values_list("learner_id", "lab").distinct():
        gone = saves.too_many(learner, lab)
        if gone:
            more |= set(gone)
            what = f"{len(gone)} saves of {lab} beside newer ones"
            yield Leftover(what, sum(save.size for save in gone), partial(_remove_saves, gone))
    for learner in _with_too_large_saves():
        gone = [save for save in saves.too_large(learner) if save not in more]
        if gone:
            more |= set(gone)
            what = f"{len(gone)} saves of user {learner}, whose saves are too large together"
            yield Leftover(what, sum(save.size for save in gone), partial(_make_room, learner))
    before = timezone.now() - timedelta(days=settings.CLEAN_SAVES_DAYS)
    aged = Save.objects.filter(made_at__lt=before).exclude(session__in=LabSession.objects.live())
    old = [save for save in aged if save not in more]
    if old:
        what = f"{len(old)} saves older than {settings.CLEAN_SAVES_DAYS} days"
        yield Leftover(what, sum(save.size for save in old), partial(_remove_saves, old))


def old_seat_work() -> Iterator[Leftover]:
    """Yield the work that was kept while a bot played a seat, of class labs that nobody has resumed for a long time."""
    before = timezone.now() - timedelta(days=settings.CLEAN_SAVES_DAYS)
    aged = SeatWork.objects.filter(made_at__lt=before).exclude(seat__session__in=LabSession.objects.live())
    found = aged.aggregate(count=Count("pk"), size=Sum(Length("packed")))
    if found["count"]:
        what = f"the work of {found['count']} class-lab seats older than {settings.CLEAN_SAVES_DAYS} days"
        yield Leftover(what, found["size"], lambda: bool(aged.delete()))


def _with_too_large_saves() -> Iterator[int]:
    by_learner = Save.objects.order_by().values_list("learner_id").annotate(bytes=Sum("size"))
    yield from by_learner.filter(bytes__gt=saves.MOST_BYTES).values_list("learner_id", flat=True)


def _make_room(learner: int) -> bool:
    saves.make_room(learner)
    return True


def _remove_saves(some: Sequence[Save]) -> bool:
    for save in some:
        saves.remove(save)
    return True


def images() -> Iterator[Leftover]:
    """Yield our lab images of other versions that no container uses and that were built long ago.

    Newer ones stay, because another clone of the site, of another version, may use the same engine. So does the build cache.
    """
    before = timezone.now() - timedelta(days=settings.CLEAN_IMAGES_DAYS)
    try:
        with lab_access.engine() as engine:
            found = engine.old_images(before)
    except EngineError as error:
        logger.warning("Old images could not be listed: %s", error)
        return
    for image in found:
        yield Leftover(f"image {image.tag}", image.size, partial(_remove_image, image.tag))


def _remove_image(tag: str) -> bool:
    with lab_access.engine() as engine:
        return engine.remove_image(tag)


def old_versions() -> Iterator[Leftover]:
    """Yield kept versions of labs that no session, attempt or save refers to."""
    needed = set()
    for rows in (LabSession.objects, Attempt.objects, Save.objects):
        needed |= set(rows.order_by().values_list("lab", "lab_version").distinct())
    before = (timezone.now() - FRESH).timestamp()
    for folder in versions.kept_folders():
        if (folder.parent.name, folder.name) not in needed and folder.stat().st_mtime < before:
            yield Leftover(
                f"lab {folder.parent.name}, version {folder.name}",
                sum(file.lstat().st_size for file in folder.rglob("*")),
                partial(_remove_folder, folder),
            )


def _remove_folder(folder: Path) -> bool:
    shutil.rmtree(folder)
    return True


def sign_ins() -> Iterator[Leftover]:
    """Yield the expired sign-ins."""

    def remove() -> bool:
        SessionStore.clear_expired()
        return True

    if count := BrowserSession.objects.filter(expire_date__lt=timezone.now()).count():
        yield Leftover(f"{count} expired sign-ins", 0, remove)
