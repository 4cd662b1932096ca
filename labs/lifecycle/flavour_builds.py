"""Builds the images of flavours, one after the other, and fails the sessions that wait for one that cannot be built."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q
from django.utils import timezone

from labs import failure_sentences
from labs.capacity.built_flavours import flavour_of
from labs.engine.errors import EngineError, ImageNotBuilt
from labs.engine.runtime import flavour_build, flavours
from labs.engine.runtime.image import Image
from labs.engine.shared import pace
from labs.lifecycle import lab_failure
from labs.models import FlavourBuild, LabSession, WrongState

logger = logging.getLogger(__name__)

SECONDS = round(flavour_build.SECONDS) + 30  # of the task
State = FlavourBuild.State


def _lost(now: datetime) -> Q:
    """Builds whose worker was killed."""
    return Q(state=State.BUILDING, state_at__lt=now - timedelta(seconds=SECONDS + pace.seconds(60)))


def due() -> list[str]:
    """Return the flavour to build now, if there is one: while another is being built it waits."""
    lost = _lost(timezone.now())
    if FlavourBuild.objects.filter(state=State.BUILDING).exclude(lost).exists():
        return []
    wanted = FlavourBuild.objects.filter(Q(state=State.WANTED) | lost).order_by("state_at")
    return list(wanted.values_list("flavour", flat=True)[:1])


def build(flavour: str) -> None:
    """Build the image of a flavour. Called twice, the second call does nothing."""
    now = timezone.now()
    rows = FlavourBuild.objects.filter(flavour=flavour)
    if not rows.filter(Q(state=State.WANTED) | _lost(now)).update(state=State.BUILDING, state_at=now):
        return
    logger.info("Building the lab image %s.", flavour)
    try:
        flavour_build.build(flavour)
    except (EngineError, SoftTimeLimitExceeded, OSError) as error:
        _fail(flavour, error if isinstance(error, EngineError) else ImageNotBuilt(str(error)))
        return
    _write(flavour, State.BUILT)
    logger.info("The lab image %s is built.", flavour)


def _write(flavour: str, state: State, error: str = "") -> None:
    fields: dict[str, Any] = {"state": state, "state_at": timezone.now(), "error": error}
    FlavourBuild.objects.filter(flavour=flavour, state=State.BUILDING).update(**fields)


def _fail(flavour: str, error: EngineError) -> None:
    logger.warning("The lab image %s could not be built: %s", flavour, error)
    _write(flavour, State.FAILED, str(error))
    for session in LabSession.objects.waiting():
        if flavour_of(session) == flavour:
            with suppress(WrongState):  # it was stopped meanwhile
                lab_failure.fail(session, failure_sentences.sentence(error), failure_sentences.detail(error))


def compare(images: Sequence[Image]) -> None:
    """Make the rows agree with the images that the engine has: set-up builds some, and an administrator may remove some."""
    there = {image.flavour: image.tag for image in images if image.flavour}
    for row in FlavourBuild.objects.built():
        if there.get(row.flavour) != row.tag:
            row.delete()
    for flavour, tag in there.items():
        if flavour in flavours.known():
            _found(flavour, tag)


def _found(flavour: str, tag: str) -> None:
    row, new = FlavourBuild.objects.get_or_create(flavour=flavour, defaults={"tag": tag, "state": State.BUILT})
    if not new and row.state != State.BUILDING and (row.state, row.tag) != (State.BUILT, tag):
        FlavourBuild.objects.filter(pk=row.pk).update(tag=tag, state=State.BUILT, state_at=timezone.now(), error="")
