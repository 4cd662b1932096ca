"""No address of the site ends in an error (500) for a long text: SQLite refuses to look for more than 50,000 bytes."""

import logging
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.cache import cache as limits
from django.db import transaction
from django.test import Client

from tests import builders
from tests.vaka.test_permissions import Theirs, addresses, person, row_of, rows, url

CLONE = Path(__file__).parents[2]
LONG = "a" * 60_000
FEW = 41  # fields of one form: one field may keep a view from looking at another
READ = re.compile(r"request\.(?:GET|POST)(?:\.get(?:list)?\(|\[)\"(\w+)\"")
DECLARED = re.compile(r"^    (\w+) = \w*\.?\w*Field\(", re.MULTILINE)
OF_LIBRARIES = ["login", "username", "email", "password", "password1", "password2", "oldpassword", "credential", "next"]


@cache
def names() -> list[str]:
    """Return the names of the fields and parameters that our views and forms read, and those of the libraries."""
    found = set(OF_LIBRARIES)
    for folder in ("platform/vaka", "labs", "courses"):
        for file in (CLONE / folder).rglob("*.py"):
            if "views" in file.as_posix() or file.name in ("permissions.py", "way_back.py"):
                found |= set(READ.findall(file.read_text()))
            elif file.name == "forms.py":
                found |= set(DECLARED.findall(file.read_text()))
    return sorted(found)


def told(client: Client, there: str) -> list[str]:
    """Send long texts in all ways. Return what ended in an error of the server."""
    wrong = []
    few = [names()[start : start + FEW] for start in range(0, len(names()), FEW)]
    for send, sent in [(client.get, ["q"]), (client.get, names()), *((client.post, some) for some in few)]:
        limits.clear()
        with transaction.atomic():
            answer = send(there, dict.fromkeys(sent, LONG))
            if answer.streaming and not answer.is_async:
                list(answer.streaming_content)  # a file is closed at its end
            transaction.set_rollback(True)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wrong.append(f"{answer.request['REQUEST_METHOD']} {there}: {answer.status_code}")
        if answer.headers.get("Location", "").startswith("/accounts/login/?next="):
            break  # nothing of it is looked at before its sender has signed in
    return wrong


@pytest.fixture(autouse=True)
def without_log():
    """Nothing is logged: pytest keeps each record with its request until the test has ended, 7 GB of long texts."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["visitor", "administrator"])
def test_a_long_text_in_any_field_or_parameter_is_no_error_of_the_server(role):
    me = person(role, "me")
    owner, table, wrong = me or builders.make_person("somebody"), rows(), []
    client = builders.signed_in(me) if me else Client()
    client.raise_request_exception = False
    kept = client.cookies.copy()
    for address, path in addresses():
        if not path:
            continue
        with transaction.atomic():
            client.cookies = kept.copy()
            wrong += told(client, url(path, Theirs(row_of(address, table).whose, owner)))
            transaction.set_rollback(True)
    assert {"q", "login", "code", "name", "number"} <= set(names())
    assert wrong == []
