"""Packet captures: started and stopped through the relay, then kept as files for some days for the person who took them.

Until a capture ends, the lab holds it. Then an open page or a beat task fetches it, whichever looks first.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from labs import events
from labs.engine.definition.spec import Interface, Lab, Link
from labs.engine.errors import EngineError, LabFailed, LabGone
from labs.lifecycle import file_removal, lab_access, nodes_to_reset
from labs.lifecycle.lab_as_seen import seen_by
from labs.models import EXAM_IS_OVER, Capture, LabSession, State
from vaka.accounts.models import User

logger = logging.getLogger(__name__)

FOLDER = "captures"  # of the state folder
MOST_SECONDS = 60
LARGEST = 2 << 20  # bytes of one
KEPT = 10  # captures of one person in one session
MOST_BYTES = 50 << 20  # of one person, over all sessions
LARGEST_TEXT = 500 * 300  # bytes; see LINES and LINE of the supervisor
LATE = timedelta(seconds=15)  # after its end, when no page has fetched it
OF_CHECK = "[check] "  # begins such a line in the file; tcpdump's own begin with the time
DAYS = 7  # for which a capture is kept after its session has ended


@dataclass(frozen=True, slots=True)
class Line:
    """A line of tcpdump. ``of_check``: its packet was sent by a check, or answers it."""

    text: str
    of_check: bool


class NotCaptured(Exception):
    """The capture was not started. The text tells the learner why."""


def cables(lab: Lab) -> Iterator[Link]:
    """Yield the learner's cables: those with an end at a node that they type on."""
    for link in lab.links:
        if any(lab.nodes[end.node].learner and lab.nodes[end.node].has_shell for end in link.ends):
            yield link


def interfaces(lab: Lab) -> list[Interface]:
    """Return where the learner may capture: at both ends of their cables."""
    return sorted((end for link in cables(lab) for end in link.ends), key=lambda end: (end.node, end.name))


def is_waiting(session: LabSession, user: User, lab: Lab, cable: Link) -> bool:
    """Whether nodes of the user wait for their reset, so that what is on this cable of theirs is the last holder's.

    LAB is as the user has it. The leader of a class lab has all nodes: for them, those at the ends of the cable count.
    """
    own = {node.name for node in lab.nodes.values() if node.learner}
    if session.learner_id == user.pk:
        own &= {end.node for end in cable.ends}
    return nodes_to_reset.are_waiting(session, own)


def of(session: LabSession, user: User) -> QuerySet[Capture]:
    """Return the captures that the user may read: all of their own session, in a class lab those that they took."""
    return session.captures.all() if session.learner_id == user.pk else session.captures.filter(taker=user)


def begin(session: LabSession, user: User, interface: str, filter_text: str, seconds: int) -> Capture:
    """Start a capture. Raises NotCaptured, for a wrong filter with tcpdump's own message."""
    if session.state != State.READY:
        raise NotCaptured(_("The lab is not running, so nothing can be captured. Start it first."))
    if session.exam_is_over:
        raise NotCaptured(_(EXAM_IS_OVER))
    lab = seen_by(session, user)
    cable = next((link for link in cables(lab) if interface in map(str, link.ends)), None)
    if cable is None:
        raise NotCaptured(_("You cannot capture on this interface. Choose one from the list."))
    if is_waiting(session, user, lab, cable):
        raise NotCaptured(str(nodes_to_reset.WAIT))
    if session.captures.filter(taker=user).count() >= KEPT:
        raise NotCaptured(_("You have %(most)d captures. Delete one first.") % {"most": KEPT})
    session.touch()
    try:
        number = lab_access.client_of(session).capture(
            interface, filter_text, seconds=min(seconds, MOST_SECONDS), largest=LARGEST
        )
    except LabFailed as error:
        raise NotCaptured(str(error)) from error
    except EngineError as error:
        raise NotCaptured(_("Your lab did not answer. Try again in a moment.")) from error
    made = session.captures.create(taker=user, number=number, interface=interface, filter=filter_text, seconds=seconds)
    _make_room(user)
    events.publish(session.pk, "capture", over=False)  # for the learner's other windows
    return made


def _make_room(user: User) -> None:
    """Remove the oldest captures of the user that have ended, until all of theirs fit into MOST_BYTES.

    Each counts with the text beside its packets, and one that runs with as much as it may become.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two captures begin at once, in two labs
        bytes_so_far = 0
        for capture in Capture.objects.filter(taker=user).order_by("-begun_at"):
            bytes_so_far += (capture.size if capture.ended_at else LARGEST) + LARGEST_TEXT
            if bytes_so_far > MOST_BYTES and capture.ended_at:
                with _logged(f"{capture} could not be removed"):
                    remove(capture)


def stop(capture: Capture) -> None:
    """Stop a capture early. One that cannot be reached ends by itself."""
    capture.session.touch()
    try:
        lab_access.client_of(capture.session).stop_capture(capture.number)
    except EngineError as error:
        logger.info("%s was not stopped: %s", capture, error)
    refresh(capture.session)


def refresh(session: LabSession) -> None:
    """Read how far the session's captures are, and fetch those that have ended. One that is not stored is fetched again later."""
    running = list(session.captures.filter(ended_at=None))
    if not running:
        return
    try:
        if session.state != State.READY:
            raise LabGone("The lab has ended.")
        found = {one["capture"]: one for one in lab_access.client_of(session).captures()}
        for capture in running:
            with _logged(f"{capture} could not be stored"):  # the disk may be full
                _refresh(capture, found.get(capture.number))
    except LabGone:
        for capture in running:
            capture.end("lost")
    except EngineError as error:
        logger.info("The captures of %s were not read: %s", session, error)


def _refresh(capture: Capture, found: dict[str, Any] | None) -> None:
    if found is None:
        capture.end("lost")
    elif not found["done"]:
        capture.packets, capture.size = int(found["packets"]), int(found["bytes"])
        Capture.objects.filter(pk=capture.pk, ended_at=None).update(packets=capture.packets, size=capture.size)
    else:
        _fetch(capture)


def _fetch(capture: Capture) -> None:
    """Fetch the packets into files. A second call writes the same files again."""
    client = lab_access.client_of(capture.session)
    found = client.fetch_capture(capture.number)
    _write(pcap(capture), found.pcap)
    written = (
        f"{OF_CHECK if mark else ''}{_plain(line)}" for line, mark in zip(found.lines, found.of_checks, strict=True)
    )
    _write(text(capture), "\n".join(written).encode())
    capture.end(found.why, found.packets, len(found.pcap))
    client.drop_capture(capture.number)


def lines(capture: Capture) -> list[Line]:
    """Return tcpdump's lines about the packets. They come out of a lab, so the template escapes them."""
    try:
        written = text(capture).read_text(encoding="utf-8").splitlines()
    except OSError:  # there is none, or something else is in its place
        return []
    return [Line(one.removeprefix(OF_CHECK), one.startswith(OF_CHECK)) for one in written]


def remove(capture: Capture) -> None:
    """Remove a capture and its files. Raises OSError."""
    for file in (pcap(capture), text(capture)):
        file_removal.remove(FOLDER, file.name)
    events.publish(capture.session_id, "capture", over=True)
    capture.delete()


def tidy(now: datetime) -> None:
    """Fetch captures that no page has fetched, and remove those that are old, or whose session is gone."""
    for capture in Capture.objects.filter(ended_at=None).select_related("session"):
        if capture.begun_at + timedelta(seconds=capture.seconds) + LATE < now:
            refresh(capture.session)
    old = now - timedelta(days=DAYS)
    for capture in Capture.objects.filter(session__stopped_at__lte=old, begun_at__lte=old):
        with _logged(f"{capture} could not be removed"):
            remove(capture)
    with _logged(f"The folder {FOLDER} could not be read"):
        _sweep(old)


@contextmanager
def _logged(failure: str) -> Iterator[None]:
    """Log an error of one file, which must not keep the others."""
    try:
        yield
    except OSError as error:
        logger.warning("%s: %s", failure, error)


def _sweep(old: datetime) -> None:
    """Remove old files without a row: their account or their session was deleted. Raises OSError if the folder cannot be read."""
    aged = [entry.names for entry in file_removal.entries(FOLDER) if entry.modified < old.timestamp()]
    known = {str(pk) for pk in Capture.objects.values_list("pk", flat=True)} if aged else set()
    for names in aged:
        if names[-1].partition(".")[0] not in known:
            file_removal.try_to_remove(*names)


def pcap(capture: Capture) -> Path:
    return _folder() / f"{capture.pk}.pcap"


def text(capture: Capture) -> Path:
    return _folder() / f"{capture.pk}.txt"


def _folder() -> Path:
    return Path(settings.STATE_DIR) / FOLDER


def _write(file: Path, content: bytes) -> None:
    """Write the whole file or nothing. Site and worker can read it, whichever of them wrote it."""
    file.parent.mkdir(mode=0o770, exist_ok=True)
    half = file.with_name(f"{file.name}.{uuid4().hex}.new")
    # O_EXCL: another account may have put a link there, and it must not be followed
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
        half.rename(file)
    except OSError:  # the disk may be full: what was written must not fill it
        half.unlink(missing_ok=True)
        raise


def _plain(line: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in line)
