"""The participants of a rehearsal, who use HTTP and WebSocket only: trainees, an instructor, mentors."""

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from labs.engine.definition.spec import Lab
from rigs.rehearsal.event_stream import EventStream
from rigs.rehearsal.notes import Notes
from rigs.rehearsal.room_view import Changes, RoomView, Seen
from vaka.ops.site_client import Form, Page, SiteClient, Unexpected
from vaka.ops.terminal_client import TerminalClient

Status = dict[str, Any]
LONGEST = 300.0  # seconds for a start of all, or for a verdict
REFUSED = re.compile(r"^%.*", re.MULTILINE)
KEY, GIVE_UP = b"x", b"\x03"
SHOWN_AS_THEY_ARE = {"verdict", "skip", "queue", "watch"}  # events that change the page, and make it read nothing
GATHERS = 0.06  # seconds that the page waits for further events, before it reads its panel
STAMP = re.compile(r'data-stamp="([^"]*)"')


def page_kind(path: str) -> str:
    """Return the path of a page with the same word for each session, workshop and seat."""
    return re.sub(r"/(?:\d+|[0-9a-f-]{36})(?=/)", "/…", path)


def except_last_run(stamp: str) -> str:
    """Return a stamp without the time of the last automatic checks, which the page shows without reading its panel."""
    return stamp.rpartition(".")[0]


class Person:
    """A person with a browser. Each page that they read while all work is timed."""

    def __init__(self, name: str, site: str, notes: Notes) -> None:
        self.name, self.site, self.notes = name, site, notes
        self.client = SiteClient(site)

    def reads(self, path: str, **headers: str) -> Page:
        with self.notes.timed_page(page_kind(path)):
            answer = self.client.http.get(path, headers=headers)
        if answer.status_code >= 400:
            raise Unexpected(f"GET {path} was answered with status {answer.status_code}.")
        return Page(str(answer.url), answer.text)

    def signs_in(self, password: str) -> None:
        form = self.client.read("/accounts/login/").form(with_field="password")
        if form is None:
            raise Unexpected("The page has no sign-in form.")
        self.client.send(form, login=self.name, password=password)

    def leaves(self) -> None:
        self.client.http.close()


class Trainee(Person):
    """One seat. The room must show what the trainee knows of themselves."""

    def __init__(self, name: str, site: str, notes: Notes) -> None:
        super().__init__(name, site, notes)
        self.workshop = self.number = 0
        self.session = ""
        self.nodes: list[str] = []  # of their seat in a class lab
        self.hand = False
        self.attempt: Status | None = None
        self.refused: list[str] = []  # typed lines that FRR has refused, with its answer
        self._news = threading.Event()
        self._stamp = ""  # of the panel that was read last
        self._streams: list[EventStream] = []

    def joins(self, code: str) -> None:
        """Join with the code and a name. The next page shows the seat's number."""
        form = self.client.read("/join/").form(with_field="name")
        if form is None:
            raise Unexpected("The page at /join/ has no field for a name.")
        page = self.client.send(form, code=code, name=self.name)
        if "/mine" not in page.address:
            raise Unexpected(f"{self.name} could not join and is at {page.address}.")
        self.workshop = int(page.address.rstrip("/").split("/")[-2])
        self.number = int(page.text.partition('<p class="lead">')[2].partition(":")[0].split()[-1])
        self._streams.append(
            EventStream(self.client, f"/workshops/{self.workshop}/mine/events", lambda name, data: None)
        )

    def starts(self, lab: str) -> None:
        self.watches(str(self.client.send_for_json(f"/labs/{lab}/start")["session"]))

    def watches(self, session: str) -> None:
        """Have the page of a lab session open, from now on."""
        if self.session == session:
            return
        self.session = session
        self._streams.append(EventStream(self.client, f"/labs/sessions/{self.session}/events", self._hears))

    def _hears(self, name: str, data: str) -> None:
        """Read the panel again when the page would (labs/static/labs/lab.js). The page counts verdicts without reading it."""
        if name == "hello":
            is_new = json.loads(data)["stamp"] != self._stamp
        elif name == "still":
            is_new = except_last_run(json.loads(data)["stamp"]) != except_last_run(self._stamp)
        elif name == "checks":
            is_new = json.loads(data)["changed"]
        else:
            is_new = name not in SHOWN_AS_THEY_ARE
        if is_new:
            self._news.set()

    def waits(self, there: Callable[[Status], bool], what: str) -> Status:
        """Read the panel whenever the page would, and the state when the panel is another one, until ``there`` accepts it."""
        end = time.monotonic() + LONGEST
        while not there(status := self.status()):
            if status["state"] in ("failed", "stopped"):
                raise Unexpected(f"The lab is {status['state']}: {status['error']} {status['detail']}")
            before = self._stamp
            while self._stamp == before:
                if not self._news.wait(max(0.0, end - time.monotonic())):
                    raise Unexpected(f"It was not {what} after {LONGEST:.0f} s, but {status['state']}.")
                time.sleep(GATHERS)
                self._news.clear()
                self._reads_panel()
        return status

    def _reads_panel(self) -> None:
        answer = self.client.http.get(f"/labs/sessions/{self.session}/panel", headers={"X-Vaka": "panel"})
        if found := STAMP.search(answer.text):
            self._stamp = found[1]

    def status(self) -> Status:
        return self.client.read_json(f"/labs/sessions/{self.session}/status")

    def types(self, node: str, lines: Sequence[str]) -> None:
        with self.terminal(node) as terminal:
            terminal.wait_for_prompt()
            for line in lines:
                answer = terminal.type(line)
                self.refused += [f"{node}, {line}: {said}" for said in REFUSED.findall(answer)]

    def terminal(self, node: str) -> TerminalClient:
        opened = self.client.send_for_json(f"/labs/sessions/{self.session}/terminal-token", node=node)
        return TerminalClient(opened["url"], opened["token"], self.site)

    def presses_keys(self, node: str, keys: int, rest: float) -> None:
        """Press keys at a prompt, and measure the echo of each."""
        with self.terminal(node) as terminal:
            terminal.wait_for_prompt()
            for _key in range(keys):
                begun = time.monotonic()
                terminal.socket.send(KEY)
                while KEY not in terminal.node_says:
                    terminal.receive(10)
                terminal.node_says = b""
                self.notes.took("echo", took := time.monotonic() - begun)
                time.sleep(max(0.0, rest - took))
            terminal.socket.send(GIVE_UP)
            terminal.wait_for_prompt()

    def checks(self, alone: float = 0.0) -> float:
        """Press Check and wait for the verdicts. Returns the seconds of the check itself.

        ``alone`` is how long this check takes with nobody else on the site. The rest is the time that the site adds.
        In a class lab, who asks while the check of others runs gets the next one.
        """
        begun = time.monotonic()
        job = self.client.send_for_json(f"/labs/sessions/{self.session}/check")["job"]["id"]

        def graded(status: Status) -> bool:
            now, attempt = status["job"], status["attempt"]
            if now and now["id"] == job and now["error"]:
                raise Unexpected(f"It was not graded: {now['error']} {now['detail']}")
            return bool(attempt and attempt["job"] >= job)

        self.attempt = self.waits(graded, "graded")["attempt"]
        took, looked = time.monotonic() - begun, float(self.attempt["seconds"])
        self.notes.took("verdict", max(0.0, took - alone))
        self.notes.took("look", looked)
        self.notes.took("beside", took - looked)
        return looked

    def raises_hand(self, words: str) -> None:
        self.presses(f"/workshops/{self.workshop}/mine/hand", text=words)
        self.hand = True

    def presses(self, address: str, **fields: str) -> Page:
        """Press a button that sends a form to this address."""
        token = self.client.http.cookies.get("csrftoken") or ""
        return self.client.send(Form(address, "post", {"csrfmiddlewaretoken": token}), **fields)

    def drops_links(self, node: str) -> None:
        """Drop every connection. Afterwards the shell must be the same."""
        before = self._shell(node)
        for stream in self._streams:
            stream.drop()
        if (after := self._shell(node)) != before:
            raise Unexpected(f"After the link had dropped, shell {before} was {after}.")

    def _shell(self, node: str) -> str:
        with self.terminal(node) as terminal:
            terminal.wait_for_prompt()
            return terminal.type("echo shell-$$").split("shell-")[-1].split()[0]

    def knows(self, lab: Lab) -> Seen:
        """Return what the room should show of this seat, from the trainee's verdicts."""
        verdicts = self.attempt["verdicts"] if self.attempt else {}
        done = [all(verdicts.get(check.id) == "passed" for check in stage.checks) for stage in lab.stages]
        return Seen(self.name, tuple(done), self.hand)

    def leaves(self) -> None:
        for stream in self._streams:
            stream.close()
        super().leaves()


class Instructor(Person):
    """Has the room open, and reloads it after changes, at most once a second."""

    def __init__(self, name: str, site: str, notes: Notes) -> None:
        super().__init__(name, site, notes)
        self.workshop = 0
        self.changes = Changes(lambda seconds: notes.took("room", seconds))
        self._changed, self._over = threading.Event(), threading.Event()
        self._stream: EventStream | None = None
        self._reading = threading.Thread(target=self._read_on, daemon=True)

    def opens_the_room(self, workshop: int) -> None:
        self.workshop = workshop
        page = self.client.read(f"/workshops/{workshop}/room")
        if coming := next((form for form in page.forms if "/room/open/" in form.action), None):
            self.client.send(coming)
        self._stream = EventStream(
            self.client, f"/workshops/{workshop}/room/events", lambda name, data: self._changed.set()
        )
        self._reading.start()

    def view(self) -> RoomView:
        return RoomView(self.reads(f"/workshops/{self.workshop}/room", **{"X-Vaka": "part"}).text)

    def helps(self, trainee: Trainee) -> None:
        """Mark the raised hand as done."""
        page = self.client.read(f"/workshops/{self.workshop}/room")
        forms = [form for form in page.forms if form.action.endswith("/room/done")]
        mine = next((form for form in forms if form.fields.get("seat") == str(trainee.number)), None)
        if mine is None:
            raise Unexpected(f"The room does not show the raised hand of seat {trainee.number}.")
        pressed = time.monotonic()
        self.client.send(mine)
        trainee.hand = False
        self.changes.expect(trainee.number, lambda seen: not seen.hand, pressed)

    def _read_on(self) -> None:
        while not self._over.is_set():
            if self._changed.wait(1.0):
                self._changed.clear()
                try:
                    self.changes.shown(self.view().seats, time.monotonic())
                except Exception as reason:  # noqa: BLE001 — any error is noted, and the instructor continues
                    self.notes.error(self.name, reason)
                self._over.wait(1.0)

    def leaves(self) -> None:
        self._over.set()
        if self._stream:
            self._stream.close()
        if self._reading.is_alive():
            self._reading.join(10)
        super().leaves()
