"""No address of the site ends in an error (500) for a long text: SQLite refuses to look for more than 50,000 bytes.

Only a form can bring one. An address with so long a text is refused before a view sees it (``tests/vaka/web/test_middleware.py``).
"""

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
IN_AN_ADDRESS = "a" * 8_000  # about as long as a text of an address can be
FORM = "application/x-www-form-urlencoded"
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


@cache
def forms() -> list[str]:
    """Return the bodies of the forms that are sent to each address."""
    few = [names()[start : start + FEW] for start in range(0, len(names()), FEW)]
    return ["&".join(f"{name}={LONG}" for name in some) for some in few]


def told(client: Client, there: str) -> list[str]:
    """Send long texts in all ways. Return what ended in an error of the server."""
    wrong = []
    for form in ("", *forms()):
        limits.clear()
        with transaction.atomic():
            answer = client.post(there, form, FORM) if form else client.get(there, {"q": IN_AN_ADDRESS})
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
