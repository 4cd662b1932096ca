"""`make advisories`: a database of advisories is asked about every locked version, and silence does not count as good news."""

import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "docker/advisories"
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
    """A database with the interface of OSV: it reports the advisories of a name and a version."""

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
    """A database with an old advisory for Flask, and those that a test adds."""
    monkeypatch.setattr(Database, "known", {"flask": [advisory("flask", "OLD-1", "1.0")]})
    monkeypatch.setattr(Database, "asked", [])
    monkeypatch.setattr(Database, "ends_after", 10_000)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def run(url, *options):
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
    status, output = run(database)
    names = {name for name, _version in Database.asked}
    assert {"django", "celery", "docker", "redis", "ruff", "uv"} <= names
    assert output.rstrip().endswith("locked versions, 0 known vulnerabilities")
    assert status == 0


def test_a_known_vulnerability_is_named_and_fails_also_in_ci(database):
    Database.known["django"] = [advisory("django", "PYSEC-2030-1", "99.0")]
    for options in ((), ("--ci",)):
        status, output = run(database, *options)
        assert status == 1
        assert "PYSEC-2030-1 (fixed in 99.0). django is wrong" in output
        assert "1 known vulnerabilities" in output


@pytest.mark.parametrize(("options", "expected"), [((), 2), (("--ci",), 0)])
def test_a_database_that_does_not_answer_is_reported(options, expected):
    status, output = run("http://127.0.0.1:9/v1/query", *options)
    assert output.startswith("No database of advisories answers")
    assert status == expected


def test_a_mirror_without_advisories_does_not_count_as_a_database(database):
    Database.known.clear()
    status, output = run(database)
    assert output.startswith("No database of advisories answers")
    assert status == 2
    assert Database.asked == list(OLD_FLASK.items())


def test_a_database_that_stops_answering_half_way_proves_nothing(database, monkeypatch):
    monkeypatch.setattr(Database, "ends_after", 20)
    status, output = run(database)
    assert output.startswith("No database of advisories answers")
    assert status == 2
