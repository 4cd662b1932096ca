"""The data export: everything that the site stores about a person, as a zip file that is written while it is sent.

Each app gives its own part: ``courses.personal_data``, ``labs.lifecycle.personal_data``, ``vaka.mentoring.personal_data``.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from courses.models import QuizAnswer, RecallAnswer
from courses.personal_data import as_data as courses_data
from labs.lifecycle import captures, personal_data, save_delivery
from vaka.accounts.models import User
from vaka.accounts.sign_ins import sign_ins
from vaka.credentials.models import Credential
from vaka.home import zip_stream
from vaka.mentoring.personal_data import as_data as mentoring_data
from vaka.web import spreadsheets
from vaka.workshops.services.exams import labs_closed_to
from vaka.workshops.services.personal_data import as_data as workshops_data

CHUNK = 256 * 1024  # bytes


def export_chunks(person: User) -> Generator[bytes]:
    """Yield the zip file in chunks. Its first file says what each other file contains. Close it to end it early."""
    return zip_stream.streamed(_files(person))


async def as_async(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the chunks asynchronously: Django reads a synchronous iterator completely before it sends anything."""
    next_chunk: Callable[[], Awaitable[bytes | None]] = sync_to_async(partial(next, chunks, None))
    while (chunk := await next_chunk()) is not None:
        if chunk:
            yield chunk


def _files(person: User) -> Generator[tuple[str, zip_stream.Content]]:
    closed = labs_closed_to(person)  # by an exam that runs: they may hold its solution
    yield "index.html", [render_to_string("home/export_index.html", {"person": person}).encode()]
    yield "account.json", _json(account(person))
    yield "courses.json", _json(courses_data(person))
    yield "answers.json", _array(_answers(person))
    yield "answers.csv", _table(_answers(person), "at quiz question given right shown")
    yield "recall.json", _array(_recall(person))
    yield "attempts.json", _array(personal_data.attempts(person, closed))
    yield (
        "attempts.csv",
        _table(personal_data.attempts(person, closed), "id lab kind score out_of unknown asked_at finished_at"),
    )
    yield "configurations.json", _array(personal_data.configurations(person, closed))
    yield "sessions.json", _array(personal_data.sessions(person, closed))
    yield "sessions.csv", _table(personal_data.sessions(person, closed), "id lab state created_at ready_at stopped_at")
    yield "class-labs.json", _array(personal_data.seats(person, closed))
    yield "shown-stages.json", _array(personal_data.shown_stages(person))
    yield "observed.json", _array(personal_data.observers(person))
    yield "workshops.json", _json(workshops_data(person))
    yield "mentoring.json", _json(mentoring_data(person, closed))
    yield "certificates.json", _json(certificates(person))
    for one in Credential.objects.of(person).exclude(signed=""):
        yield f"certificates/{one.shown_number}.jwt", [one.signed.encode()]
    yield (
        "saves.json",
        _array(map(personal_data.save_as_data, personal_data.paged(personal_data.saved(person, closed)))),
    )
    yield (
        "captures.json",
        _array(map(personal_data.capture_as_data, personal_data.paged(personal_data.captured(person, closed)))),
    )
    left_out: list[str] = []
    yield from _saves(person, closed, left_out)
    yield from _captures(person, closed)
    if closed or left_out:
        yield "not-included.txt", ["\n".join(_not_included(closed, left_out)).encode()]


def _not_included(closed: Collection[str], left_out: Sequence[str]) -> Iterator[str]:
    if closed:
        yield "An exam is held in your workshop, so your work in these labs is left out. Download your data again after it.\n"
        yield from (f"{lab}: sessions, attempts, configurations, saves, captures, questions" for lab in sorted(closed))
        yield ""
    if left_out:
        yield "The site could not read these files. Download your data again later.\n"
        yield from left_out


def _saves(person: User, closed: Collection[str], left_out: list[str]) -> Iterator[tuple[str, zip_stream.Content]]:
    for save in personal_data.paged(personal_data.saved(person, closed)):
        name = f"saves/{save.lab}/{save.made_at:%Y-%m-%dT%H%M%S}-{save.pk}"
        with closing(save_delivery.read(save)) as chunks:
            try:
                first = next(chunks, b"")
            except save_delivery.NotDelivered as error:
                left_out.append(f"{name}: {error}")
                continue
            yield name, chain([first], chunks)


def _captures(person: User, closed: Collection[str]) -> Iterator[tuple[str, zip_stream.Content]]:
    for capture in personal_data.paged(personal_data.captured(person, closed)):
        for path in (captures.pcap(capture), captures.text(capture)):
            try:
                file = path.open("rb")
            except OSError:  # the capture is still running, or its file was deleted after some days
                continue
            with file:
                chunks = iter(partial(file.read, CHUNK), b"")
                yield f"captures/{path.name}", chunks


def account(person: User) -> dict[str, Any]:
    """Return the account as plain data, without the password and other secrets."""
    links = person.password_links.values("made_at", "by__username")
    actions = LogEntry.objects.filter(user=person).values("action_time", "object_repr", "change_message")
    return {
        "username": person.username,
        "name": person.get_full_name(),
        "email": person.email,
        "addresses": list(EmailAddress.objects.filter(user=person).values("email", "verified", "primary")),
        "second_factors": list(Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at")),
        "joined": person.date_joined,
        "account_status": person.account_status,
        "approved_at": person.approved_at,
        "approved_by": person.approved_by and person.approved_by.username,
        "last_sign_in": person.last_login,
        "signed_in_at_places": sign_ins(person).count(),
        "time_zone": person.time_zone,
        "theme": person.theme,
        "groups": [group.name for group in person.groups.all()],
        "is_staff": person.is_staff,
        "is_superuser": person.is_superuser,
        "links_to_a_new_password": list(links),
        "did_as_staff_or_instructor": list(actions),
    }


def certificates(person: User) -> list[dict[str, Any]]:
    fields = (
        "number",
        "achievement",
        "content",
        "name",
        "earned_at",
        "issued_at",
        "signed",
        "revoked_at",
        "why",
        "reason",
    )
    return list(Credential.objects.of(person).values(*fields))


def _answers(person: User) -> Iterator[dict[str, Any]]:
    for one in personal_data.paged(QuizAnswer.objects.of(person)):
        yield {name: getattr(one, name) for name in ("at", "quiz", "question", "given", "right", "shown")}


def _recall(person: User) -> Iterator[dict[str, Any]]:
    for one in personal_data.paged(RecallAnswer.objects.filter(learner=person)):
        yield {name: getattr(one, name) for name in ("at", "quiz", "question", "given", "right")}


def _text(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)


def _json(value: object) -> zip_stream.Content:
    return [_text(value).encode()]


def _array(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    between = b"[\n"
    for row in rows:
        yield between + _text(row).encode()
        between = b",\n"
    yield b"\n]\n" if between == b",\n" else b"[]\n"


def _table(rows: Iterable[dict[str, Any]], columns: str) -> Iterator[bytes]:
    names = columns.split()
    # The byte order mark tells spreadsheets that it is UTF-8
    yield ("\ufeff".encode() + spreadsheets.written([names]).encode())
    for row in rows:
        cells = [
            ", ".join(map(str, cell)) if isinstance(cell, list) else cell for cell in (row[name] for name in names)
        ]
        yield spreadsheets.written([["" if cell is None else cell for cell in cells]]).encode()
