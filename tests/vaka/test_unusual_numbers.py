"""No address of the site ends in an error (500) for a number that no database stores."""

import re
from collections import defaultdict
from http import HTTPStatus

import pytest
from django.db import transaction
from django.test import Client

from tests import builders
from tests.vaka.test_permissions import PLAIN, ROLES, addresses, person, url

pytestmark = pytest.mark.django_db

LARGE = "9" * 25


def with_numbers() -> list[str]:
    """Return the addresses with a number in them, as Django writes them."""
    return [path for _address, path in addresses() if "<int:" in path]


def filled_in(path: str) -> str:
    """Return the address with large numbers, and a plain word or an id at its other parts."""
    with_ids = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", path)
    return url(re.sub(r"<int:\w+>", LARGE, with_ids), defaultdict(lambda: "x", PLAIN))


@pytest.mark.parametrize("role", ROLES)
def test_a_number_that_no_database_stores_is_not_found(role):
    client = builders.signed_in(who) if (who := person(role, "me")) else Client()
    client.raise_request_exception = False
    wrong = []
    for path in with_numbers():
        for send in (client.get, client.post):
            with transaction.atomic():
                answer = send(filled_in(path))
                transaction.set_rollback(True)
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                wrong.append(f"{filled_in(path)}: {answer.status_code}")
    assert len(with_numbers()) > 50
    assert wrong == []
