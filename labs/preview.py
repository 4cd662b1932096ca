"""An author's own page of the lab that they write: guide, drawing, checks and mistakes, made again after each save.

``manage.py preview_lab`` serves it on 127.0.0.1, without a site or a database. The buttons start and grade a copy of the lab.
"""

import hashlib
import mimetypes
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string

from labs.engine.author_runs.author_run import AuthorRun
from labs.engine.author_runs.preview_copy import PreviewCopy, Wish
from labs.engine.authoring.own_nodes import share
from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.waits import longest_wait
from labs.engine.definition.spec import Check, Lab
from labs.engine.drawing import draw
from labs.engine.grading.grading import Verdict
from labs.engine.runtime.runner import Runner
from labs.pages.drawing import interfaces_of
from labs.pages.guide import guide_of
from labs.typed_yaml.authoring_errors import AuthoringErrors

ADDRESS = "127.0.0.1"
LONGEST_FORM = 1000  # bytes
SHAPES = {"passed": "pass", "failed": "fail", "waiting": "wait", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class CheckRow:
    check: Check
    verdict: Verdict | None

    @property
    def shape(self) -> str:
        return SHAPES[self.verdict.outcome] if self.verdict else "none"


class Preview:
    """The page of one lab folder, with the values of one seed."""

    def __init__(self, folder: Path, seed: int, labs: Runner) -> None:
        self.folder, self.seed, self.relay = folder, seed, labs.relay
        self.files = AuthorRun(folder, seed)
        self.copy = PreviewCopy(labs, self.read)
        self.token = secrets.token_urlsafe(16)  # in each form: another page of the browser cannot press the buttons

    def read(self) -> Lab:
        """Return the lab as its files are now. Raises AuthoringErrors."""
        return load_lab(self.folder, self.seed)

    @property
    def stamp(self) -> str:
        """A text that changes whenever the page does."""
        copy = self.copy
        shown = (self.files.file_states(), copy.state, copy.error, id(copy.graded))
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def page(self) -> str:
        stamp = self.stamp  # before the files are read: a change meanwhile makes another stamp
        context: dict[str, Any] = {"folder": self.folder, "copy": self.copy, "stamp": stamp, "token": self.token}
        try:
            lab = self.read()
        except AuthoringErrors as wrong:
            context["errors"] = [(Path(error.file).relative_to(self.folder), error) for error in wrong.errors]
        else:
            context |= self._of(lab)
        return render_to_string("labs/preview.html", context)

    def _of(self, lab: Lab) -> dict[str, Any]:
        drawing = {"drawn": draw(lab), "interfaces": interfaces_of(lab)}
        return {
            "lab": lab,
            "page": {"lab": lab, "drawing": drawing},
            "guide": guide_of(lab),
            "stages": list(self._stages(lab)),
            "own_nodes": share(lab),
            "consoles": self._consoles(lab),
        }

    def _stages(self, lab: Lab) -> Iterator[dict[str, Any]]:
        """Yield each stage with its part of the guide and its checks. A verdict belongs to a check of the same id."""
        graded = self.copy.graded
        verdicts = {one.check: one for one in graded.verdicts} if graded else {}
        for stage in lab.stages:
            rows = [CheckRow(check, verdicts.get(check.id)) for check in stage.checks]
            text = guide_of(lab).stages.get(stage.id, "")
            yield {"stage": stage, "guide": text, "rows": rows, "wait": longest_wait(stage)}

    def _consoles(self, lab: Lab) -> list[str]:
        """Return the commands that open a shell on each node of the running copy."""
        if not (session := self.copy.session):
            return []
        console = f"{sys.executable} -m labs.engine.runtime.console {self.relay} {session}"
        return [f"{console} {node.name}" for node in lab.nodes.values() if node.has_shell]


class PreviewServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, preview: Preview, port: int) -> None:
        super().__init__((ADDRESS, port), PreviewHandler)
        self.preview = preview
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}


class PreviewHandler(BaseHTTPRequestHandler):
    """GET / is the page, /stamp changes with it, /static/… its styles. POST / presses the button named in ``wish``."""

    server: PreviewServer

    def do_GET(self) -> None:
        preview = self.server.preview
        if not self._is_ours():
            self._answer(HTTPStatus.FORBIDDEN, b"")
        elif self.path == "/":
            self._answer(HTTPStatus.OK, preview.page().encode(), "text/html; charset=utf-8")
        elif self.path == "/stamp":
            self._answer(HTTPStatus.OK, preview.stamp.encode())
        elif (file := static_file(self.path)) is not None:
            self._answer(HTTPStatus.OK, file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(min(length, LONGEST_FORM)).decode(errors="replace"))
        token, wish = (form.get(name, [""])[0] for name in ("token", "wish"))
        if not self._is_ours() or not secrets.compare_digest(token.encode(), self.server.preview.token.encode()):
            self._answer(HTTPStatus.FORBIDDEN, b"")
        elif wish not in list(Wish):
            self._answer(HTTPStatus.BAD_REQUEST, b"")
        else:
            self.server.preview.copy.ask(Wish(wish))
            self.send_response(HTTPStatus.SEE_OTHER)
            self.send_header("Location", "/")
            self.end_headers()

    def _is_ours(self) -> bool:
        """Whether the browser asked for this server by its own address: a foreign name may lead here too (DNS rebinding)."""
        return self.headers.get("Host") in self.server.hosts

    def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; form-action 'self'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the author reads the page."""


def static_file(path: str) -> Path | None:
    """Return the file of an address below the static files' address; None if there is none."""
    prefix = settings.STATIC_URL
    if not path.startswith(prefix):
        return None
    try:
        found = finders.find(path[len(prefix) :].partition("?")[0])
    except SuspiciousFileOperation:
        return None
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None
