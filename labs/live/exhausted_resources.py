"""Exhausted resources of a running lab, such as CPU or memory: kept in its session while they last, and shown on its lab page.

The watcher asks with each run of live checks. The sentences are in ``labs.engine.runtime.resource_sentences``.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.utils import timezone

from labs import events
from labs.engine.errors import EngineError, TooMuch
from labs.engine.runtime.resource_sentences import CPU, sentences
from labs.engine.shared import pace
from labs.engine.translatable_text import Text
from labs.lifecycle import lab_access
from labs.models import LabSession, State

UNDISTURBED = 1.0  # seconds in which we ask a lab nothing, to learn whether its own programs need so much CPU

_begun = Counter[UUID]()  # runs of live checks of this process that have begun in a session,
_ended = Counter[UUID]()  # and that have ended
_counting = threading.Lock()


@contextmanager
def counted_run(session_id: UUID) -> Iterator[None]:
    """Count a run of live checks in a session while it lasts: it uses CPU of the lab. Call ``update`` inside."""
    with _counting:
        _begun[session_id] += 1
    try:
        yield
    finally:
        with _counting:
            _ended[session_id] += 1
            if _begun[session_id] == _ended[session_id]:
                del _begun[session_id], _ended[session_id]


def update(session: LabSession, too_much: TooMuch | None) -> bool:
    """Write which resources of the lab are used up, if that has changed. Return whether one is or may be used up.

    ``too_much``: the lab sent more than is read of one lab.
    """
    try:
        texts, is_known = _used_up(session)
    except EngineError:
        return bool(session.exhausted_resources)
    found = [text.as_json() for text in texts]
    if too_much:
        found.insert(0, too_much.text.as_json())
    if _kinds(found) != _kinds(session.exhausted_resources):  # other numbers in the same sentences are no change
        LabSession.objects.filter(pk=session.pk, state=State.READY).update(exhausted_resources=found)
        events.publish(session.pk, "checks", at=timezone.now().isoformat(), changed=True)
    return bool(found) or not is_known


def _used_up(session: LabSession) -> tuple[list[Text], bool]:
    """Return the sentences, and whether we know that the lab itself used the CPU.

    The CPU that our own checks, resets and saves use in a lab counts as the lab's. So we say that a lab needs too much only after a
    second in which none of them ran. If that cannot be known, the sentence about the CPU stays as it is.
    """
    client = lab_access.client_of(session)
    texts = sentences(client.resource_use())
    if not any(map(_is_of_cpu, texts)):
        return texts, True
    begun = _begun[session.pk]
    if begun == _ended[session.pk] + 1 and not _is_worked_on(session):
        time.sleep(pace.seconds(UNDISTURBED))
        again = sentences(client.resource_use())
        if begun == _begun[session.pk] and not _is_worked_on(session):
            return again, True
    said = [Text.from_json(one) for one in session.exhausted_resources]
    return [*(one for one in texts if not _is_of_cpu(one)), *filter(_is_of_cpu, said)], False


def _is_of_cpu(text: Text) -> bool:
    return text.msgid == CPU


def _is_worked_on(session: LabSession) -> bool:
    """Whether the site checks, resets or saves the lab at this moment."""
    return session.job is not None or LabSession.objects.filter(pk=session.pk).exclude(saving_at=None).exists()


def _kinds(sentences_as_json: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(str(one["msgid"]), str(one["params"].get("node", ""))) for one in sentences_as_json]
