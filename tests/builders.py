"""Makes what tests need: plain functions that say what matters and fill in the rest."""

import io
import json
import zipfile
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group
from django.test import Client

from vaka.accounts.models import User

PASSWORD = "a canoe finds its way"


def make_person(username: str, *, name: str = "", email: str = "", group: str = "", is_staff: bool = False) -> User:
    first, _, last = name.partition(" ")
    person = User.objects.create_user(username, email, PASSWORD, first_name=first, last_name=last, is_staff=is_staff)
    if group:
        person.groups.add(Group.objects.get_or_create(name=group)[0])  # a transactional test empties that table too
    return person


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


class Taken:
    """The data that somebody has exported: the zip, as its reader finds it."""

    def __init__(self, client: Client) -> None:
        answer = client.get("/me/export")
        assert answer.status_code == 200, answer.status_code
        self.pieces = async_to_sync(_pieces)(answer)
        self.zip = zipfile.ZipFile(io.BytesIO(b"".join(self.pieces)))
        assert self.zip.testzip() is None
        self.names = self.zip.namelist()

    def json(self, name: str) -> Any:
        return json.loads(self.zip.read(f"{name}.json"))

    def text(self) -> str:
        """All of it that is text."""
        return "".join(self.zip.read(name).decode(errors="replace") for name in self.names)


async def _pieces(answer: Any) -> list[bytes]:
    return [piece async for piece in answer.streaming_content]
