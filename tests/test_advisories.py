"""`make advisories`: what a database of advisories says of our locked versions, and that silence is not taken for good news."""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "advisories"
OLD_FLASK = {"flask": "0.12"}


def advisory(name, number, fixed):
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {
        "id": number,
        "summary": f"{name} is wrong",
        "details": f"{name} is\nwrong",
        "aliases": [],
        "affected": [affected],
    }


class Database(http.server.BaseHTTPRequestHandler):
    """Answers as OSV's does: what is known of a name and a version."""

    known: dict = {}
    asked: list = []
    ends_after = 10_000

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = question["package"]["name"]
        self.asked.append((name, question["version"]))
        if len(self.asked) > self.ends_after:
            self.send_error(503)
            return
        body = json.dumps({"vulns": self.known.get(name, [])} if name in self.known else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def database(monkeypatch):
    """A database that knows of old mistakes in Flask, and of what a test adds."""
    monkeypatch.setattr(Database, "known", {"flask": [advisory("flask", "OLD-1", "1.0")]})
    monkeypatch.setattr(Database, "asked", [])
    monkeypatch.setattr(Database, "ends_after", 10_000)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def look(url, *options):
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--osv-url", url, *options],
        env={**environment, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


def test_every_locked_version_is_asked_about_and_the_pinned_uv_too(database):
    status, said = look(database)
    names = {name for name, _version in Database.asked}
    assert {"django", "celery", "docker", "redis", "ruff", "uv"} <= names
    assert said.rstrip().endswith("locked versions, 0 known vulnerabilities")
    assert status == 0


def test_a_known_vulnerability_is_named_and_fails_in_ci_too(database):
    Database.known["django"] = [advisory("django", "PYSEC-2030-1", "99.0")]
    for options in ((), ("--ci",)):
        status, said = look(database, *options)
        assert status == 1
        assert "PYSEC-2030-1 (mended in 99.0). django is wrong" in said
        assert "1 known vulnerabilities" in said


@pytest.mark.parametrize(("options", "expected"), [((), 2), (("--ci",), 0)])
def test_a_database_that_is_not_there_is_said_to_be_so(options, expected):
    status, said = look("http://127.0.0.1:9/v1/query", *options)
    assert said.startswith("No database of advisories is within reach")
    assert status == expected


def test_a_mirror_that_answers_and_knows_no_advisories_is_no_database(database):
    Database.known.clear()
    status, said = look(database)
    assert said.startswith("No database of advisories is within reach")
    assert status == 2
    assert Database.asked == list(OLD_FLASK.items())


def test_a_database_that_stops_answering_half_way_has_told_nothing(database, monkeypatch):
    monkeypatch.setattr(Database, "ends_after", 20)
    status, said = look(database)
    assert said.startswith("No database of advisories is within reach")
    assert status == 2
