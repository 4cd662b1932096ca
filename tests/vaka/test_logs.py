"""The logs: one JSON object a line, with the lab session that it is about, and without secrets."""

import json
import logging
import sys
from logging import LogRecord

from vaka import logs
from vaka.celery import app as celery

SESSION = "3f2a9c01-0000-4000-8000-00000000d4e5"


def record(message, *args, name="labs.lifecycle.starts", level=logging.INFO, error=None, **more):
    made = LogRecord(name, level, __file__, 1, message, args, (type(error), error, None) if error else None)
    made.__dict__.update(more)
    return made


def written(*args, **more):
    return json.loads(logs.Json().format(record(*args, **more)))


def test_a_log_line_is_one_json_object_whatever_it_contains(monkeypatch):
    monkeypatch.setenv("VAKA_PROGRAM", "worker")
    text = logs.Json().format(
        record("r1 says\n%s\x1b[0m", "“hello”", level=logging.WARNING, error=ValueError("no\nway"))
    )
    assert "\n" not in text
    said = json.loads(text)
    assert (said["level"], said["program"], said["logger"]) == ("WARNING", "worker", "labs.lifecycle.starts")
    assert said["message"] == "r1 says\n“hello”\x1b[0m"
    assert said["exception"].endswith("ValueError: no\nway")
    assert said["time"].endswith("+00:00")
    assert "session" not in said


def test_a_log_line_names_its_session_if_that_is_known():
    path = f"/labs/sessions/{SESSION}/check"
    assert written('"POST %s HTTP/1.1" 302', path, name="uvicorn.access")["session"] == SESSION
    assert written("about it", session=SESSION)["session"] == SESSION
    with logs.about(SESSION):
        assert written("anything")["session"] == SESSION
    assert "session" not in written("anything")


def test_keys_in_addresses_are_not_logged():
    for path in ("/accounts/password/reset/key/4-cx8f0q-3e1f9/", "/accounts/confirm-email/MQ:1abcde:zyx/?next=/"):
        for formatter in (logs.Json(), logs.Line()):
            said = formatter.format(record("Not Found: %s", path, error=KeyError(path)))
            assert "3e1f9" not in said
            assert "zyx" not in said
            assert "/…/" in said
    assert "…" not in logs.Line().format(record("/accounts/password/reset/"))


def test_log_lines_can_be_written_for_people():
    assert logs.readable(logs.Json().format(record("It broke.", level=logging.ERROR, error=OSError("no disk")))) == (
        "ERROR It broke.\nOSError: no disk"
    )
    assert logs.readable("Traceback (most recent call last):") == "Traceback (most recent call last):"
    assert logs.readable("[1, 2]") == "[1, 2]"


def test_without_an_environment_variable_the_program_is_named_by_its_file(monkeypatch):
    monkeypatch.delenv("VAKA_PROGRAM", raising=False)
    monkeypatch.setattr(sys, "argv", ["/srv/vaka/manage.py", "people"])
    assert logs.program() == "manage.py"


def test_the_question_of_an_open_page_whether_the_server_answers_is_not_logged():
    def access(method, path):
        facts = ("127.0.0.1:5000", method, path, "1.1", 200)
        return logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', facts, None)

    assert not logs.is_no_ping(access("HEAD", "/static/web/icon.0123456789ab.svg"))
    assert logs.is_no_ping(access("GET", "/static/web/icon.0123456789ab.svg"))
    assert logs.is_no_ping(access("HEAD", "/labs/"))


def test_a_line_between_two_tasks_names_no_session():
    """One process of a worker does many tasks; what it logs in between belongs to none of them."""
    celery.tasks["labs.lifecycle.tasks.start_session"].apply([SESSION, 1])
    assert logs.session.get() == ""
