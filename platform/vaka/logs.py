"""How the site's processes write their logs: one JSON object a line, with the lab session that it is about.

Whoever does something for a lab session says so with ``about``; what is logged meanwhile, also by a library, then carries its
id. So one grep for an id finds a lab's whole life, over all processes. Secrets in addresses do not get this far.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

PROGRAM = "VAKA_PROGRAM"  # set by who starts the process: site, worker, gateway …

session: ContextVar[str] = ContextVar("session", default="")

# Addresses that open something: a new password, a confirmed mail address, an invitation, a workshop, how far a deletion is.
# What follows is the key; an address may also stand in the query of another (next=), with its signs written as %2F. In a query
# `code` and `key` are keys.
_SLASH = "(?:/|%2F)"
_OPENS = "(?:accounts/password/reset/key|accounts/confirm-email|me/deleted|join)/".replace("/", _SLASH)
_ASKS = "(?:[?&;]|%3F|%26)(?:code|key)(?:=|%3D)"
_KEY = r"(?:[^/\s\"'?&#<>%]|%(?!2F|3F|26|23|22|27)[0-9A-F]{2})+"
_SECRET = re.compile(f"((?:^|[^\\w%-]|{_SLASH}){_OPENS}|{_ASKS}){_KEY}", re.IGNORECASE)
_IN_PATH = re.compile(r"/labs/sessions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def program() -> str:
    return os.environ.get(PROGRAM) or Path(sys.argv[0] or "python").name


@contextmanager
def about(which: UUID | str) -> Iterator[None]:
    """What is logged inside is about this lab session."""
    token = session.set(str(which))
    try:
        yield
    finally:
        session.reset(token)


def without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1…", text)


def in_path(path: str) -> str:
    """The session that an address of ours names, or nothing."""
    found = _IN_PATH.search(path)
    return found[1] if found else ""


def _session_of(record: logging.LogRecord, message: str) -> str:
    """Who logs says it, else who called him, else the address that was asked for."""
    if said := getattr(record, "session", ""):
        return str(said)
    if known := session.get():
        return known
    return in_path(message)


class Line(logging.Formatter):
    """For people: the same facts as in Json, in a line to read."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class Json(logging.Formatter):
    """For programs: one object a line, whatever is in it."""

    def format(self, record: logging.LogRecord) -> str:
        message = without_secrets(record.getMessage())
        facts: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "program": program(),
            "process": record.process,
            "logger": record.name,
        }
        if which := _session_of(record, message):
            facts["session"] = which
        facts["message"] = message
        if record.exc_info:
            facts["exception"] = without_secrets(self.formatException(record.exc_info))
        if record.stack_info:
            facts["stack"] = without_secrets(self.formatStack(record.stack_info))
        return json.dumps(facts, ensure_ascii=False)


def readable(line: str) -> str:
    """A line of a log as one reads it: what a JSON line says, and any other line as it is."""
    try:
        said = json.loads(line)
        return "\n".join([f"{said['level']} {said['message']}", *said.get("exception", "").splitlines()[-3:]])
    except (ValueError, KeyError, TypeError, AttributeError):
        return line


def config(form: str) -> dict[str, Any]:
    """Django's LOGGING: everything goes to stderr in one form; who supervises the process keeps it."""
    formatter = {"json": "vaka.logs.Json", "text": "vaka.logs.Line"}[form]
    # Every task and every beat of the clock, many times a minute: what comes of them we write down ourselves;
    # and libraries that write down each letter of a name that they draw
    seldom = ("celery.beat", "celery.worker.strategy", "celery.app.trace", "fontTools", "fpdf")
    ours: dict[str, Any] = {"handlers": [], "propagate": True}  # uvicorn brings handlers of its own
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": dict.fromkeys(("uvicorn", "uvicorn.access", "uvicorn.error"), ours)
        | {name: {"level": "WARNING"} for name in seldom},
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }
