"""The people of our tests: ada learns, grace is a mentor, ngozi an instructor, linus a stranger with no rights."""

import pytest
from django.core.cache import cache
from django.test import Client

from tests import builders
from vaka.accounts.models import INSTRUCTORS, MENTORS, User


@pytest.fixture(autouse=True)
def no_limits_left_from_another_test():
    cache.clear()


@pytest.fixture
def ada(db) -> User:
    return builders.make_person("ada", name="Ada Lovelace", email="ada@vaka.example")


@pytest.fixture
def grace(db) -> User:
    return builders.make_person("grace", name="Grace Hopper", group=MENTORS)


@pytest.fixture
def ngozi(db) -> User:
    return builders.make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS)


@pytest.fixture
def linus(db) -> User:
    return builders.make_person("linus", name="Linus Torvalds")


@pytest.fixture
def ada_client(ada) -> Client:
    return builders.signed_in(ada)


@pytest.fixture
def grace_client(grace) -> Client:
    return builders.signed_in(grace)


@pytest.fixture
def ngozi_client(ngozi) -> Client:
    return builders.signed_in(ngozi)


@pytest.fixture
def linus_client(linus) -> Client:
    return builders.signed_in(linus)
