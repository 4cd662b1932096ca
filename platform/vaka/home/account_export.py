"""All that the site holds about a person, as a zip that they take with them: made while it is sent, and theirs alone."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from courses import learner_record
from courses.models import QuizAnswer
from labs.lifecycle import account_export, captures, save_delivery
from labs.lifecycle.account_deletion import sign_ins
from vaka.accounts.models import User
from vaka.credentials.models import Credential
from vaka.mentoring.export import as_data as mentoring_data
from vaka.web import spreadsheets, zip_stream
from vaka.workshops.services.account_export import as_data as workshops_data

PIECE = 256 * 1024


def of(person: User) -> Iterator[bytes]:
    """The zip, piece by piece. The first file says what each other one holds."""
    return zip_stream.streamed(_files(person))


async def slowly(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """For a response: Django would gather a plain iterator whole before it sends it."""
    take: Callable[[], Awaitable[bytes | None]] = sync_to_async(partial(next, pieces, None))
    while (piece := await take()) is not None:
        if piece:
            yield piece


def _files(person: User) -> Iterator[tuple[str, zip_stream.Content]]:
    yield "index.html", [render_to_string("home/taken.html", {"person": person}).encode()]
    yield "account.json", _json(account(person))
    yield "courses.json", _json(learner_record.as_data(person))
    yield "answers.json", _array(_answers(person))
    yield "answers.csv", _table(_answers(person), "at quiz question given right shown")
    yield "attempts.json", _array(account_export.attempts(person))
    yield (
        "attempts.csv",
        _table(account_export.attempts(person), "id lab kind score out_of unknown asked_at finished_at"),
    )
    yield "configurations.json", _array(account_export.configurations(person))
    yield "sessions.json", _array(account_export.sessions(person))
    yield "sessions.csv", _table(account_export.sessions(person), "id lab state created_at ready_at stopped_at")
    yield "class-labs.json", _array(account_export.seats(person))
    yield "looked-on.json", _array(account_export.observers(person))
    yield "workshops.json", _json(workshops_data(person))
    yield "mentoring.json", _json(mentoring_data(person))
    yield "certificates.json", _json(certificates(person))
    for one in Credential.objects.of(person).exclude(signed=""):
        yield f"certificates/{one.shown_number}.jwt", [one.signed.encode()]
    yield "saves.json", _array(map(account_export.save_as_data, account_export.paged(account_export.saved(person))))
    yield (
        "captures.json",
        _array(map(account_export.capture_as_data, account_export.paged(account_export.captured(person)))),
    )
    left_out: list[str] = []
    yield from _saves(person, left_out)
    yield from _captures(person)
    if left_out:
        said = "These files could not be read when this was made. Take your data again later.\n\n"
        yield "not-included.txt", [said.encode(), "\n".join(left_out).encode()]


def _saves(person: User, left_out: list[str]) -> Iterator[tuple[str, zip_stream.Content]]:
    for save in account_export.paged(account_export.saved(person)):
        name = f"saves/{save.lab}/{save.made_at:%Y-%m-%dT%H%M%S}-{save.pk}"
        pieces = save_delivery.read(save)
        try:
            first = next(pieces, b"")
        except save_delivery.NotDelivered as error:
            left_out.append(f"{name}: {error}")
            continue
        yield name, _with(first, pieces)


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _captures(person: User) -> Iterator[tuple[str, zip_stream.Content]]:
    for capture in account_export.paged(account_export.captured(person)):
        for path in (captures.pcap(capture), captures.text(capture)):
            try:
                file = path.open("rb")
            except OSError:  # it runs still, or was removed after its days
                continue
            with file:
                yield f"captures/{path.name}", iter(lambda file=file: file.read(PIECE), b"")  # type: ignore[misc]


def account(person: User) -> dict[str, Any]:
    """The person, but for the password and what else proves who they are."""
    links = person.links_made.values("made_at", "by__username")
    did = LogEntry.objects.filter(user=person).values("action_time", "object_repr", "change_message")
    return {
        "username": person.username,
        "name": person.get_full_name(),
        "email": person.email,
        "addresses": list(EmailAddress.objects.filter(user=person).values("email", "verified", "primary")),
        "second_factors": list(Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at")),
        "joined": person.date_joined,
        "last_sign_in": person.last_login,
        "signed_in_at_places": len(sign_ins(person)),
        "time_zone": person.time_zone,
        "groups": [group.name for group in person.groups.all()],
        "is_staff": person.is_staff,
        "links_to_a_new_password": list(links),
        "did_as_staff_or_instructor": list(did),
    }


def certificates(me: User) -> list[dict[str, Any]]:
    fields = (
        "number",
        "achievement",
        "facts",
        "name",
        "earned_at",
        "issued_at",
        "signed",
        "revoked_at",
        "why",
        "reason",
    )
    return list(Credential.objects.of(me).values(*fields))


def _answers(person: User) -> Iterator[dict[str, Any]]:
    for one in account_export.paged(QuizAnswer.objects.of(person)):
        yield {name: getattr(one, name) for name in ("at", "quiz", "question", "given", "right", "shown")}


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
    yield "\ufeff".encode() + spreadsheets.written([names]).encode()  # the mark says to a spreadsheet that it is UTF-8
    for row in rows:
        cells = [
            ", ".join(map(str, cell)) if isinstance(cell, list) else cell for cell in (row[name] for name in names)
        ]
        yield spreadsheets.written([["" if cell is None else cell for cell in cells]]).encode()
