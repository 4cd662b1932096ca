"""The preview of a lab: its page follows each save, and only its own buttons start anything."""

import re
import threading
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from labs.engine.author_runs import preview_copy
from labs.engine.author_runs.preview_copy import CopyState
from labs.engine.authoring.new_lab import create
from labs.engine.errors import LabFailed
from labs.preview import Preview, PreviewServer


class FakeRunner:
    """Starts no lab; remembers how many copies run."""

    relay = Path("/run/relay.sock")

    def __init__(self):
        self.copies, self.fails = 0, False
        self.engine = SimpleNamespace(check=lambda: None)

    @contextmanager
    def running(self, lab, *, seconds):
        if self.fails:
            raise LabFailed("isp: a command of start ended with status 1")
        self.copies += 1
        try:
            yield SimpleNamespace(session="abc")
        finally:
            self.copies -= 1


@pytest.fixture
def labs():
    return FakeRunner()


@pytest.fixture
def folder(tmp_path):
    create(tmp_path / "hello")
    return tmp_path / "hello"


@pytest.fixture
def preview(folder, labs):
    made = Preview(folder, 0, labs)
    yield made
    made.copy.end()


@pytest.fixture
def ask(preview):
    """Sends a request to the preview's server: (status, body)."""
    server = PreviewServer(preview, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def asked(path, method="GET", host=None, **form):
        connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        headers = {"Host": host or f"127.0.0.1:{server.server_port}"}
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    yield asked
    server.shutdown()
    thread.join()
    server.server_close()


def wait_for(preview, state):
    """Waits until the copy is in this state, by asking again; the test's time limit ends it."""
    seen = threading.Event()
    while preview.copy.state is not state:
        seen.wait(0.01)


def test_the_page_has_the_guide_the_drawing_and_each_check_with_its_line(preview):
    page = preview.page()
    assert ">static route</button>" in page  # a word of the glossary
    assert "tells r1 the next hop" in page
    assert '<svg class="d"' in page
    assert re.search(r"<code>far</code> <code>ping</code> on h1 · lab\.yaml:\d+", page)
    assert "with a wrong answer the learner waits up to 5 s (neighbour)" in page
    assert "40 of 100 points depend on the learner&#x27;s own nodes alone" in page


def test_a_mistake_is_shown_with_its_line_after_the_save_and_goes_when_it_is_corrected(preview, folder):
    before = preview.stamp
    text = (folder / "lab.yaml").read_text()
    (folder / "lab.yaml").write_text(text.replace("points: 20", "points: 0", 1))
    assert preview.stamp != before
    assert re.search(r"<code>lab\.yaml:\d+</code> points must be a whole number from 1 to 100, not 0\.", preview.page())
    (folder / "lab.yaml").write_text(text)
    assert "Mistakes in the lab" not in preview.page()


def test_the_buttons_start_grade_and_stop_a_copy(preview, labs, ask, monkeypatch):
    graded = []
    monkeypatch.setattr(preview_copy, "wait_before_grading", lambda lab, session: [])
    monkeypatch.setattr(preview_copy, "grade", lambda lab, session, *, attempt: graded.append(attempt) or [])
    token = preview.token
    assert ask("/", "POST", token=token, wish="start")[0] == 303
    wait_for(preview, CopyState.RUNNING)
    assert labs.copies == 1
    assert "labs.engine.runtime.console /run/relay.sock abc r1" in ask("/")[1]
    ask("/", "POST", token=token, wish="grade")
    ask("/", "POST", token=token, wish="stop")
    wait_for(preview, CopyState.STOPPED)
    assert (graded, labs.copies) == ([True], 0)


def test_a_copy_of_a_network_that_has_changed_is_not_graded(preview, folder, monkeypatch):
    monkeypatch.setattr(preview_copy, "grade", lambda *_, **__: pytest.fail("graded"))
    preview.copy.ask(preview_copy.Wish.START)
    wait_for(preview, CopyState.RUNNING)
    text = (folder / "lab.yaml").read_text()
    (folder / "lab.yaml").write_text(text.replace("2001:db8:500::1/128", "2001:db8:500::2/128"))
    preview.copy.ask(preview_copy.Wish.GRADE)
    preview.copy.ask(preview_copy.Wish.STOP)
    preview.copy.end()
    assert preview.copy.error == preview_copy.NOT_THE_SAME


def test_why_a_copy_could_not_start_is_shown(preview, labs):
    labs.fails = True
    preview.copy.ask(preview_copy.Wish.START)
    preview.copy.end()
    assert "isp: a command of start ended with status 1" in preview.page()


def test_only_its_own_page_can_press_the_buttons(preview, labs, ask):
    assert ask("/", "POST", wish="start")[0] == 403
    assert ask("/", "POST", token="guessed", wish="start")[0] == 403
    assert ask("/", "POST", token=preview.token, wish="format")[0] == 400
    assert ask("/", "POST", host="evil.example:80", token=preview.token, wish="start")[0] == 403
    assert ask("/", host="evil.example:80")[0] == 403
    assert labs.copies == 0


def test_it_serves_its_styles_and_no_other_file(preview, ask):
    assert ask("/static/labs/lab.css")[0] == 200
    assert ask("/stamp") == (200, preview.stamp)
    for path in ("/static/../settings.py", "/static/..%2f..%2fsettings.py", "/static/", "/etc/passwd"):
        assert ask(path)[0] == 404
