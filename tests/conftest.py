"""The people of our tests: ada learns, grace is a mentor, ngozi an instructor, olga runs the site, linus has no rights."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.test import Client

from tests import builders, initial_rows, marks_of_folders, slow_files
from vaka.accounts import password_guesses, signup_code, username_lookups
from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.web import guess_delay
from vaka.workshops.services import seat_sign_in_delay, wrong_join_codes

# A test that has none of these cannot reach the database: pytest-django refuses it
OF_THE_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_itemcollected(item):
    if item.get_closest_marker("django_db") or OF_THE_DATABASE & set(getattr(item, "fixturenames", ())):
        item.add_marker("database")


def pytest_collection_modifyitems(items):
    if lost := [said for item in items for said in marks_of_folders.in_no_part(item)]:
        raise pytest.UsageError("\n".join(lost))
    items[:] = slow_files.first_to_last(items)


def pytest_terminal_summary(terminalreporter):
    """Say once what the walks over all addresses have found; reports come also from the processes of xdist."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    walks = [value for report in reports for name, value in report.user_properties if name == "walked"]
    roles = {role for role, _routes, _unnamed in walks if role != "visitor"}  # who has not signed in has no role
    if roles:
        routes, unnamed = (max(walk[which] for walk in walks) for which in (1, 2))
        terminalreporter.write_line("Each address asked for as owner, as stranger, and as visitor:")
        terminalreporter.write_line(f"{routes} routes x {len(roles)} roles, {unnamed} unnamed")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        kept = initial_rows.remember()
        patch.setattr(flush.Command, "handle", lambda command, **options: initial_rows.put_back(kept))
        yield


@pytest.fixture(autouse=True)
def no_limits_left_from_another_test(monkeypatch):
    cache.clear()
    for module, name in PLACES:
        monkeypatch.setattr(module, name, guess_delay.Places(getattr(module, name).most))


PLACES = (
    (password_guesses, "WAITING"),
    (password_guesses, "SITE_WAITING"),
    (signup_code, "WAITING"),
    (username_lookups, "WAITING"),
    (wrong_join_codes, "waiting"),
    (seat_sign_in_delay, "waiting"),
)
NOON = 12 * 60 * 60.0  # at the turn of an hour, a count begins to lose what was counted before


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The seconds that each guess would have waited; nobody waits them, and all guesses are counted at one moment."""
    waited: list[float] = []
    passed = 0.0

    def wait(seconds: float) -> None:
        nonlocal passed
        waited.append(seconds)
        passed += seconds

    clock = SimpleNamespace(time=lambda: NOON, monotonic=lambda: passed)
    monkeypatch.setattr(guess_delay, "time", clock)
    monkeypatch.setattr(guess_delay, "wait", wait)
    return waited


@pytest.fixture
def all_wait_at_once(monkeypatch) -> list[float]:
    """The seconds of each guess that waits; no delay is over before the test is."""
    seconds: list[float] = []
    monkeypatch.setattr(guess_delay, "time", SimpleNamespace(time=lambda: NOON, monotonic=lambda: 0.0))
    monkeypatch.setattr(guess_delay, "wait", seconds.append)
    return seconds


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
def olga(db) -> User:
    person = builders.make_person("olga", name="Olga Operator", is_staff=True)
    person.is_superuser = True
    person.save()
    return person


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
def olga_client(olga) -> Client:
    return builders.signed_in(olga)


@pytest.fixture
def linus_client(linus) -> Client:
    return builders.signed_in(linus)
