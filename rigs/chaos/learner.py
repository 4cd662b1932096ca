"""A learner in the chaos test: what they do in the browser, and what they read there while something is broken."""

import json
import secrets
import threading
import time
from contextlib import suppress
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from labs import failure_sentences
from labs.engine.runtime.resource_sentences import DOWN
from rigs.chaos.chaos_labs import WORK
from vaka.ops.site_client import SiteClient, Unexpected
from vaka.ops.terminal_client import TerminalClient

Status = dict[str, Any]
GOES_WRONG = (Unexpected, httpx.HTTPError, OSError, WebSocketException, json.JSONDecodeError)
RESETS_AFTER = 2.0  # seconds without a shell in a lab that is ready
PATIENCE = 90.0  # seconds after which a learner who cannot work again counts as lost


class Learner:
    """One person with one lab, who uses only HTTP and the terminals' WebSocket."""

    def __init__(self, name: str, password: str, site: str) -> None:
        self.name, self.site = name, site
        self.client = SiteClient(site)
        self.client.http.timeout = httpx.Timeout(25)
        page = self.client.read("/accounts/login/")
        form = page.form(with_field="password")
        if form is None:
            raise Unexpected("The page has no sign-in form.")
        self.client.send(form, login=name, password=password)
        self.session = ""
        self.work = ""  # saved work
        self.last = ""  # typed after that, just before the stop
        self.was_told = False  # whether the site said that the last lines could not be saved
        self.saw: list[str] = []
        self.typing: threading.Thread | None = None
        self._stop_typing = threading.Event()

    # Reading

    def read_status(self) -> Status | None:
        """Return the state of the lab; None if the site does not answer."""
        if not self.session:
            return {"state": "none", "error": "", "job": None, "progress": []}
        try:
            return self.client.read_json(f"/labs/sessions/{self.session}/status")
        except GOES_WRONG as error:
            self.note(f"the site: {_short(error)}")
            return None

    def note(self, what: str) -> None:
        """Keep a message once; repeated ones show in the seconds that they cost."""
        if what not in self.saw[-2:]:
            self.saw.append(what)

    def reads(self, status: Status) -> None:
        """Keep the page's current message if it is new."""
        job, state = status["job"], status["state"]
        doing = f", {job['kind']}" if job and not job["over"] and state == "ready" else ""
        said = status["error"] or (job["error"] if job and job["over"] and state == "ready" else "")
        self.note(f"{state}{doing}" + (f" “{said}”" if said else ""))
        self.was_told = self.was_told or status["error"] in (
            failure_sentences.NOT_SAVED,
            failure_sentences.NEVER_SAVED,
        )

    # Actions; each raises one of GOES_WRONG

    def start(self, lab: str) -> Status:
        status = self.client.send_for_json(f"/labs/{lab}/start")
        self.session = str(status["session"])
        return status

    def resumes(self, lab: str) -> Status:
        """Start the lab with the newest saved work that its page offers, or without any."""
        form = self.client.read(f"/labs/{lab}/").form(with_field="resume")
        if form is None:
            self.note("no saved work is offered")
            return self.start(lab)
        status = self.client.send_for_json(f"/labs/{lab}/start", resume=form.fields["resume"])
        self.session = str(status["session"])
        return status

    def saves_work(self) -> None:
        """Write something and save it. Raises Unexpected if it was not saved."""
        self.work = secrets.token_hex(4)
        self.types(f"echo {self.work} > {WORK}")
        pressed = self.press("save")["job"]["id"]
        job = self.until("ready")["job"]
        if job["id"] != pressed or job["error"]:
            raise Unexpected(f"{self.name}'s work was not saved: {job}")

    def types_last(self) -> None:
        """Write more after the save. Only the save at the stop can hold it."""
        self.last, self.was_told = secrets.token_hex(4), False
        self.types(f"echo {self.last} >> {WORK}")

    def leaves(self) -> None:
        self.press("stop")
        self.until("stopped")

    def press(self, button: str, **fields: str) -> Status:
        return self.client.send_for_json(f"/labs/sessions/{self.session}/{button}", **fields)

    def terminal(self, node: str = "h1") -> TerminalClient:
        opened = self.client.send_for_json(f"/labs/sessions/{self.session}/terminal-token", node=node)
        return TerminalClient(opened["url"], opened["token"], self.site)

    def types(self, line: str, seconds: float = 10.0) -> str:
        """Return the output before the next prompt."""
        with self.terminal() as terminal:
            terminal.wait_for_prompt(seconds)
            terminal.socket.send(line.encode() + b"\r")
            return terminal.wait_for_prompt(seconds)

    def begin_typing(self, line: str = "") -> None:
        """Keep typing in the background until the terminal is gone, or until ``end_typing``."""
        self._stop_typing.clear()
        ready = threading.Event()

        def run() -> None:
            try:
                with self.terminal() as terminal:
                    terminal.wait_for_prompt()
                    if line:
                        terminal.socket.send(line.encode() + b"\r")
                    ready.set()
                    while not self._stop_typing.wait(0.2):
                        terminal.type("echo on and on")
            except GOES_WRONG as error:
                self.note(f"terminal: {_short(error)}")
            finally:
                ready.set()

        self.typing = threading.Thread(target=run, daemon=True)
        self.typing.start()
        ready.wait(20)

    def end_typing(self) -> None:
        self._stop_typing.set()
        if self.typing:
            self.typing.join(25)
        self.typing = None

    def until(self, state: str, seconds: float = PATIENCE) -> Status:
        """Wait for a state without an open job. Raises Unexpected."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.read_status()
            if status and status["state"] == state and (state != "ready" or not _busy(status)):
                return status
            if status and status["state"] in ("failed", "stopped") and status["state"] != state:
                raise Unexpected(f"{self.name}'s lab {status['state']}: {status['error']} {status['detail']}")
            time.sleep(0.1)
        raise Unexpected(f"{self.name}'s lab did not become {state} in {seconds:.0f} s: {status}")

    def close(self) -> None:
        self._stop_typing.set()
        with suppress(Exception):
            self.client.http.close()


def _busy(status: Status) -> bool:
    return bool(status["job"] and not status["job"]["over"])


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if "status 5" in text or "status 4" in text:
        text = text.partition(":")[0]
    return text[:110]


def until_right(learner: Learner, lab: str, *, wants: str, before: Status, began: float) -> float | None:
    """Do what a learner would do until they can work again. Returns the seconds since ``began``; None if they never could.

    ``wants``: the button that was pressed before (check, reset), which must take effect in the end; or empty.
    """
    pressed = _pressed(wants, before)
    silent = 0.0  # since when the lab is ready and no shell answers
    reads = time.monotonic() + RESETS_AFTER  # when to read the page next, which says what is wrong
    while time.monotonic() - began < PATIENCE:
        try:
            if _one_step(learner, lab, wants, pressed):
                return time.monotonic() - began
            silent = 0.0
        except GOES_WRONG as error:
            silent = silent or time.monotonic()
            if "terminal" in str(error) or "prompt" in str(error):
                learner.note(_short(error))
                if time.monotonic() - silent > RESETS_AFTER:
                    silent = 0.0
                    _starts_over(learner)
        if time.monotonic() > reads:
            reads = time.monotonic() + RESETS_AFTER
            if _is_told_to_reset(learner, lab):
                _starts_over(learner)
        time.sleep(0.25)
    return None


def _is_told_to_reset(learner: Learner, lab: str) -> bool:
    with suppress(*GOES_WRONG):
        return DOWN.partition("%(node)s")[2] in learner.client.read(f"/labs/{lab}/").text
    return False


def _starts_over(learner: Learner) -> None:
    """Reset the nodes, or resume saved work if there is any, because a reset empties nodes."""
    with suppress(*GOES_WRONG):
        learner.press("stop" if learner.work else "reset")


def is_right(learner: Learner, lab: str, *, wants: str, before: Status) -> bool:
    """Return whether the learner can work now, as in ``until_right``."""
    try:
        return _one_step(learner, lab, wants, _pressed(wants, before))
    except GOES_WRONG as error:
        learner.note(_short(error))
        return False


def _pressed(wants: str, before: Status) -> int:
    return before["job"]["id"] if wants and before["job"] else 0


def _one_step(learner: Learner, lab: str, wants: str, pressed: int) -> bool:
    status = learner.read_status()
    if status is None:
        return False
    learner.reads(status)
    if status["state"] in ("failed", "stopped", "none"):
        if status["state"] == "failed" and not status["error"]:
            learner.note("it failed and does not say why")
        (learner.resumes if learner.work else learner.start)(lab)
        return False
    if status["state"] != "ready" or _busy(status):
        return False
    if wants == "check":
        attempt = status["attempt"]
        if attempt is None or attempt["job"] < pressed or attempt["unknown"]:
            learner.press("check")
            return False
    elif wants == "reset" and status["job"] and status["job"]["error"]:
        learner.press("reset")
        return False
    elif wants == "save" and not _is_saved(status):
        learner.press("save")
        return False
    answer = learner.types(f"ip -br link show eth0; cat {WORK}; echo it-$((40+2))")
    if "it-42" not in answer:
        return False
    if " UP " not in answer:
        learner.note("the cable of h1 is down")
        return False
    if learner.work not in answer:
        learner.note("the saved work is missing")
        return False
    if learner.last not in answer and not learner.was_told:
        learner.note("the last lines are missing, and the page did not say so")
        return False
    return True


def _is_saved(status: Status) -> bool:
    job = status["job"]
    return bool(job and job["kind"] == "save" and not job["error"])
