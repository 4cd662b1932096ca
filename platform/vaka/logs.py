"""The log format of the site's processes: one JSON object a line, with the ID of the lab session that it is about.

Code that works for a lab session runs inside ``about``. Every line that is logged there, also by a library, carries the
session's ID. One grep for the ID then finds the session's whole life in all logs. Secrets in URLs are cut out.
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

PROGRAM = "VAKA_PROGRAM"  # the process's name, set by its parent: site, worker, gateway …

session: ContextVar[str] = ContextVar("session", default="")

# Paths whose last part is a secret: password reset, mail confirmation, invitation, joining a workshop, progress of a deletion.
# Such a URL may also be part of another one's query (next=), percent-encoded. In a query, `code` and `key` are secrets.
_SLASH = "(?:/|%2F)"
_OPENS = "(?:accounts/password/reset/key|accounts/confirm-email|me/deleted|join)/".replace("/", _SLASH)
_ASKS = "(?:[?&;]|%3F|%26)(?:code|key)(?:=|%3D)"
_KEY = r"(?:[^/\s\"'?&#<>%]|%(?!2F|3F|26|23|22|27)[0-9A-F]{2})+"
_SECRET = re.compile(f"((?:^|[^\\w%-]|{_SLASH}){_OPENS}|{_ASKS}){_KEY}", re.IGNORECASE)
_PINGED = re.compile(r"/static/web/icon[\w.]*\.svg")
METHOD_AT, PATH_AT = 1, 2  # in the arguments of a line of uvicorn.access
# Of a client's in one log line: a client chooses how long its paths and headers are, and the log is on our disk
LONGEST_WORD, LONGEST_LINE = 300, 4_000  # characters without a blank; characters of a message
LONGEST_TRACEBACK = 20_000  # characters
_LONG_WORD = re.compile(rf"(\S{{{LONGEST_WORD}}})\S+")
MOST_DECODINGS = 5  # of a URL in a query in a query …
_ENCODED_PERCENT = re.compile("%25")
_IN_PATH = re.compile(r"/labs/sessions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def program() -> str:
    return os.environ.get(PROGRAM) or Path(sys.argv[0] or "python").name


@contextmanager
def about(which: UUID | str) -> Iterator[None]:
    """Mark all lines that are logged inside as lines of this lab session."""
    token = session.set(str(which))
    try:
        yield
    finally:
        session.reset(token)


def without_secrets(text: str) -> str:
    """Cut secrets out. An address may be encoded several times: if a secret shows only then, the text is decoded as far as that."""
    text = _SECRET.sub(r"\1…", text)
    decoded = text
    for _time in range(MOST_DECODINGS):
        if "%25" not in decoded:
            break
        decoded = _ENCODED_PERCENT.sub("%", decoded)
        if (cut := _SECRET.sub(r"\1…", decoded)) != decoded:
            text = decoded = cut
    return text


def shortened(text: str) -> str:
    """Cut long words, such as a client's path, and then the whole message."""
    text = _LONG_WORD.sub(r"\1…", text)
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"


def _shortened_traceback(text: str) -> str:
    """Cut long words, and then the middle: the beginning tells the way there, and the end tells the cause."""
    text, half = _LONG_WORD.sub(r"\1…", text), LONGEST_TRACEBACK // 2
    return text if len(text) <= LONGEST_TRACEBACK else f"{text[:half]}\n…\n{text[-half:]}"


def in_path(path: str) -> str:
    """Return the session's ID in a path of ours, or an empty text."""
    found = _IN_PATH.search(path)
    return found[1] if found else ""


def _session_of(record: logging.LogRecord, message: str) -> str:
    """Return the session's ID: from the record, else from ``about``, else from the requested path."""
    if said := getattr(record, "session", ""):
        return str(said)
    if known := session.get():
        return known
    return in_path(message)


class Line(logging.Formatter):
    """The format for people: one readable line."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        text = without_secrets(super().format(record))
        return _shortened_traceback(text) if record.exc_info or record.stack_info else shortened(text)


class Json(logging.Formatter):
    """The format for programs: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        message = shortened(without_secrets(record.getMessage()))
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
            facts["exception"] = _shortened_traceback(without_secrets(self.formatException(record.exc_info)))
        if record.stack_info:
            facts["stack"] = _shortened_traceback(without_secrets(self.formatStack(record.stack_info)))
        return json.dumps(facts, ensure_ascii=False)


def is_no_ping(record: logging.LogRecord) -> bool:
    """Keep the questions of open pages whether the server answers (web/connection.js) out of uvicorn's log of requests."""
    facts = record.args if isinstance(record.args, tuple) else ()
    return not (len(facts) > PATH_AT and facts[METHOD_AT] == "HEAD" and _PINGED.match(str(facts[PATH_AT])) is not None)


def readable(line: str) -> str:
    """Return a log line for people: level, message and the end of the traceback; any other text unchanged."""
    try:
        said = json.loads(line)
        return "\n".join([f"{said['level']} {said['message']}", *said.get("exception", "").splitlines()[-3:]])
    except (ValueError, KeyError, TypeError, AttributeError):
        return line


def config(form: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything goes to stderr in one format. The parent process keeps it in a file."""
    formatter = {"json": "vaka.logs.Json", "text": "vaka.logs.Line"}[form]
    # Celery logs each task and each tick of its schedule; we log their results ourselves. The font libraries log each glyph
    seldom = ("celery.beat", "celery.worker.strategy", "celery.app.trace", "fontTools", "fpdf")
    ours: dict[str, Any] = {"handlers": [], "propagate": True}  # replaces uvicorn's own handlers
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "filters": {"no_ping": {"()": lambda: is_no_ping}},
        "loggers": dict.fromkeys(("uvicorn", "uvicorn.error"), ours)
        | {"uvicorn.access": {**ours, "filters": ["no_ping"]}}
        | {name: {"level": "WARNING"} for name in seldom},
        "root": {"handlers": ["stderr"], "level": "INFO"},
    }
