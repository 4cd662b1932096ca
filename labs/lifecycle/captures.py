"""Captures of packets: begun and stopped through the relay, kept for who took them, as files, until some days after.

A capture is the lab's until it is over. Then whoever looks first fetches it: an open page, or a beat task.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from labs.engine.definition.spec import Interface, Lab, Link
from labs.engine.errors import EngineError, LabFailed, LabGone
from labs.engine.runtime.client import Session
from labs.lifecycle.seat_nodes import seen_by
from labs.models import Capture, LabSession, State

logger = logging.getLogger(__name__)

MOST_SECONDS = 60
LARGEST = 2 << 20  # bytes of one
KEPT = 10  # of one person in one session
LATE = timedelta(seconds=15)  # after its time, without a page that looked
DAYS = 7  # that one is kept when its session has ended


class NotCaptured(Exception):
    """The text says why, to the learner."""


def cables(lab: Lab) -> Iterator[Link]:
    """The cables that are the learner's: one end is at a node that he types on."""
    for link in lab.links:
        if any(lab.nodes[end.node].learner and lab.nodes[end.node].has_shell for end in link.ends):
            yield link


def interfaces(lab: Lab) -> list[Interface]:
    """Where he may listen: at both ends of his cables."""
    return sorted((end for link in cables(lab) for end in link.ends), key=lambda end: (end.node, end.name))


def of(session: LabSession, user: Any) -> QuerySet[Capture]:
    """The captures that are the user's to read: of his own session all, in a class lab those that he has taken."""
    return session.captures.all() if session.learner_id == user.pk else session.captures.filter(taker=user)


def begin(session: LabSession, user: Any, interface: str, words: str, seconds: int) -> Capture:
    """Listen from now on. NotCaptured has tcpdump's own sentence about a filter that is wrong."""
    if session.state != State.READY:
        raise NotCaptured(_("The lab is not running."))
    if interface not in map(str, interfaces(seen_by(session, user))):
        raise NotCaptured(_("You cannot capture there."))
    if session.captures.filter(taker=user).count() >= KEPT:
        raise NotCaptured(_("You have %(most)d captures. Delete one first.") % {"most": KEPT})
    session.is_active()
    try:
        number = lab_of(session).capture(interface, words, seconds=min(seconds, MOST_SECONDS), largest=LARGEST)
    except LabFailed as error:
        raise NotCaptured(str(error)) from error
    except EngineError as error:
        raise NotCaptured(_("Your lab did not answer. Try again in a moment.")) from error
    return session.captures.create(taker=user, number=number, interface=interface, filter=words, seconds=seconds)


def stop(capture: Capture) -> None:
    """End one before its time. One that cannot be reached ends by itself."""
    capture.session.is_active()
    try:
        lab_of(capture.session).stop_capture(capture.number)
    except EngineError as error:
        logger.info("%s was not stopped: %s", capture, error)
    look(capture.session)


def look(session: LabSession) -> None:
    """Count what the session's captures have heard, and fetch those that are over."""
    running = list(session.captures.filter(ended_at=None))
    if not running:
        return
    try:
        if session.state != State.READY:
            raise LabGone("The lab has ended.")
        found = {there["capture"]: there for there in lab_of(session).captures()}
        for capture in running:
            _look_at(capture, found.get(capture.number))
    except LabGone:
        for capture in running:
            capture.end("lost")
    except EngineError as error:
        logger.info("The captures of %s were not looked at: %s", session, error)


def _look_at(capture: Capture, there: dict[str, Any] | None) -> None:
    if there is None:
        capture.end("lost")
    elif not there["done"]:
        capture.packets, capture.size = int(there["packets"]), int(there["bytes"])
        Capture.objects.filter(pk=capture.pk, ended_at=None).update(packets=capture.packets, size=capture.size)
    else:
        _fetch(capture)


def _fetch(capture: Capture) -> None:
    """Brought twice, it writes the same files twice."""
    lab = lab_of(capture.session)
    found = lab.fetch_capture(capture.number)
    _write(pcap(capture), found.pcap)
    _write(text(capture), "\n".join(map(_plain, found.lines)).encode())
    capture.end(found.why, found.packets, len(found.pcap))
    lab.drop_capture(capture.number)


def lines(capture: Capture) -> list[str]:
    """What tcpdump made of it. It came out of a lab: the template escapes it."""
    try:
        return text(capture).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def remove(capture: Capture) -> None:
    for file in (pcap(capture), text(capture)):
        file.unlink(missing_ok=True)
    capture.delete()


def tidy(now: datetime) -> None:
    """Fetch what no page came for, and remove what is old or whose session is gone."""
    for capture in Capture.objects.filter(ended_at=None).select_related("session"):
        if capture.begun_at + timedelta(seconds=capture.seconds) + LATE < now:
            look(capture.session)
    old = now - timedelta(days=DAYS)
    for capture in Capture.objects.filter(session__stopped_at__lte=old, begun_at__lte=old):
        remove(capture)
    _sweep(old)


def _sweep(old: datetime) -> None:
    """Remove old files that have no row any more: their account or their session was deleted."""
    if not _folder().is_dir():
        return
    aged = [file for file in _folder().iterdir() if file.stat().st_mtime < old.timestamp()]
    known = {str(pk) for pk in Capture.objects.values_list("pk", flat=True)} if aged else set()
    for file in aged:
        if file.name.partition(".")[0] not in known:
            file.unlink(missing_ok=True)


def pcap(capture: Capture) -> Path:
    return _folder() / f"{capture.pk}.pcap"


def text(capture: Capture) -> Path:
    return _folder() / f"{capture.pk}.txt"


def _folder() -> Path:
    return Path(settings.STATE_DIR) / "captures"


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all; readable for site and worker, whichever of them wrote it."""
    file.parent.mkdir(mode=0o770, exist_ok=True)
    half = file.with_name(f"{file.name}.{uuid4().hex}.new")
    # O_EXCL: nobody else has put a link there, to be led by
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640), "wb") as out:
        out.write(content)
    half.rename(file)


def _plain(line: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in line)


def lab_of(session: LabSession) -> Session:
    """The lab behind the relay."""
    return Session(settings.RELAY_SOCKET, str(session.pk))
