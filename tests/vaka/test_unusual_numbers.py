"""No address of the site ends in an error (500) for a number that no database stores, and each has one spelling."""

import re
from collections import defaultdict
from http import HTTPStatus

import pytest
from django.db import transaction
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve

from tests import builders
from tests.vaka.test_permissions import PLAIN, ROLES, addresses, person, url
from vaka.web.middleware import RefuseUnusualNumbers

pytestmark = pytest.mark.django_db

LARGE = "9" * 25


def with_numbers() -> list[str]:
    """Return the addresses with a number in them, as Django writes them."""
    return [path for _address, path in addresses() if "<int:" in path]


def filled_in(path: str, number: str = LARGE) -> str:
    """Return the address with this number, and a plain word or an id at its other parts."""
    with_ids = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", path)
    return url(re.sub(r"<int:\w+>", number, with_ids), defaultdict(lambda: "x", PLAIN))


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


def is_found(path: str) -> bool:
    """Whether the path leads to a view, as the site and its middleware see it."""
    request = RequestFactory().get(path)
    try:
        request.resolver_match = match = resolve(request.path_info)
        RefuseUnusualNumbers(lambda request: None).process_view(request, match.func, match.args, match.kwargs)
    except (Resolver404, Http404):
        return False
    return True


@pytest.mark.parametrize(
    "number", ["01", "001", "00", "+1", "-1", "%2B1", "1.0", "%D9%A1", "%EF%BC%91", "1%20", "1%0A", "1_0"]
)
def test_a_number_has_one_spelling_at_all_addresses(number):
    assert [path for path in with_numbers() if not is_found(filled_in(path, "10"))] == []
    assert [path for path in with_numbers() if is_found(filled_in(path, number))] == []


def test_an_encoded_digit_is_the_same_address():
    assert is_found("/workshops/%31/")
    assert RequestFactory().get("/workshops/%31/?x=1").path == "/workshops/1/"


def test_a_zero_in_another_part_of_the_address_is_nothing_unusual():
    assert is_found("/labs/01/")
    assert is_found("/workshops/0/")
    assert not is_found("/workshops/0/agenda/02")
