"""The log lines about a lab session: each names it, and none has a secret."""

import json
import logging
from uuid import uuid4

import pytest

from labs.lifecycle import services
from tests import builders
from tests.labs import fakes
from vaka import logs
from vaka.celery import app as celery


@pytest.fixture
def lines():
    """All log lines, as the site writes them."""
    found = []

    class Keeper(logging.Handler):
        def emit(self, record):
            found.append(json.loads(self.format(record)))

    keeper = Keeper()
    keeper.setFormatter(logs.Json())
    root = logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    yield found
    root.removeHandler(keeper)
    root.setLevel(level)


@pytest.mark.django_db(transaction=True)
def test_one_grep_finds_the_life_of_a_session(ada, ada_client, lab, engine, queue, lines):
    session = services.request_session(ada, lab.id)
    queue()
    services.request_check(session)
    queue()
    ada_client.post(f"/labs/sessions/{session.pk}/stop")
    queue()
    life = [line["message"] for line in lines if line.get("session") == str(session.pk)]
    for said in (f"User {ada.pk} requests", "is starting", "is ready", "(attempt) is requested", "is stopped"):
        assert any(said in message for message in life), life


@pytest.mark.django_db(transaction=True)
def test_the_log_lines_of_a_task_name_its_session_and_later_ones_do_not(requested, use_engine, lines):
    use_engine(fakes.FakeEngine(build_error=ZeroDivisionError()))
    celery.tasks["labs.lifecycle.tasks.start_session"].apply([str(requested.pk), 1])
    celery.tasks["labs.lifecycle.tasks.expire"].apply()
    logging.getLogger("labs.lifecycle.starts").warning("The next task.")
    [failed] = [line for line in lines if "The start of" in line["message"]]
    assert failed["session"] == str(requested.pk)
    assert "ZeroDivisionError" in failed["exception"]
    assert "session" not in lines[-1]


@pytest.mark.django_db
def test_passwords_and_tokens_are_not_logged(ada, client, ready, settings, lines):
    client.post("/accounts/login/", {"login": "ada", "password": builders.PASSWORD})
    client.post("/accounts/login/", {"login": "ada", "password": "a wrong secret"})
    client.force_login(ada)
    token = client.post(f"/labs/sessions/{ready.pk}/terminal-token", {"node": "r1"}).json()["token"]
    client.get("/accounts/password/reset/key/4-cx8f0q-3e1f9/")
    client.get(f"/labs/sessions/{uuid4()}/status")  # not found, which is logged, too
    text = json.dumps(lines)
    assert lines
    for secret in (builders.PASSWORD, "a wrong secret", token, token.rsplit(":", 1)[1], "3e1f9", settings.SECRET_KEY):
        assert secret not in text
