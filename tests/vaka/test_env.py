"""Settings from the environment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from labs.engine.shared import pace
from vaka import env


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_flag(monkeypatch, written, meant):
    monkeypatch.setenv("VAKA_X", written)
    assert env.flag("VAKA_X") is meant


@pytest.mark.parametrize(
    ("read", "written"),
    [(env.flag, "perhaps"), (lambda name: env.port(name, 1), "eighty"), (lambda name: env.port(name, 1), "70000")],
)
def test_what_cannot_be_read_names_its_variable(monkeypatch, read, written):
    monkeypatch.setenv("VAKA_X", written)
    with pytest.raises(ImproperlyConfigured, match="VAKA_X"):
        read("VAKA_X")


def test_a_clone_keeps_its_state_beside_the_code(monkeypatch, tmp_path):
    monkeypatch.delenv("VAKA_STATE", raising=False)
    (tmp_path / "manage.py").touch()
    assert env.state_folder(tmp_path) == tmp_path / ".vaka"


def test_an_installed_package_must_be_told_where_its_state_is(monkeypatch, tmp_path):
    monkeypatch.delenv("VAKA_STATE", raising=False)
    with pytest.raises(ImproperlyConfigured, match="Set VAKA_STATE to the folder"):
        env.state_folder(tmp_path)
    monkeypatch.setenv("VAKA_STATE", "/var/lib/vaka")
    assert env.state_folder(tmp_path) == Path("/var/lib/vaka")


def test_sqlite_waits_its_turn_and_keeps_a_log(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = env.database("DATABASE_URL", Path("/var/lib/vaka/db.sqlite3"))
    assert found["NAME"] == "/var/lib/vaka/db.sqlite3"
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found["OPTIONS"]["timeout"] == pace.seconds(20)
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("url", "name"), [("sqlite:////srv/vaka.db", "/srv/vaka.db"), ("sqlite:///beside.db", "beside.db")]
)
def test_where_sqlite_is(monkeypatch, url, name):
    monkeypatch.setenv("DATABASE_URL", url)
    assert env.database("DATABASE_URL", Path("/x"))["NAME"] == name


def test_postgresql(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://vaka:p%40ss@[2001:db8::5]:5433/school?sslmode=require")
    found = env.database("DATABASE_URL", Path("/x"))
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"]) == ("vaka", "p@ss")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("2001:db8::5", "5433", "school")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_postgresql_by_its_socket(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql:///school?host=/run/postgresql")
    found = env.database("DATABASE_URL", Path("/x"))
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("/run/postgresql", "", "school")


@pytest.mark.parametrize("url", ["mysql://a/b", "postgres://host", "postgres://host:port/x", "sqlite://"])
def test_databases_that_cannot_be(monkeypatch, url):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database("DATABASE_URL", Path("/x"))


def test_celery_reads_the_socket_of_redis():
    assert env.celery_broker("unix:///run/b.sock?db=3") == "redis+socket:///run/b.sock?virtual_host=3"
    assert env.celery_broker("redis://broker:6379/1") == "redis://broker:6379/1"
    with pytest.raises(ImproperlyConfigured):
        env.celery_broker("amqp://broker")


def test_those_who_start_together_agree_on_the_secret(tmp_path):
    path = tmp_path / "state" / "secret"
    start = threading.Barrier(8)

    def make(number: int) -> str:
        start.wait()
        return env.made_once(path, lambda: str(number), mode=0o640)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(make, range(8)))
    assert len(found) == 1
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_a_secret_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("of the machine\n")
    monkeypatch.delenv("VAKA_X", raising=False)
    monkeypatch.setenv("VAKA_X_FILE", str(tmp_path / "key"))
    assert env.secret("VAKA_X", tmp_path / "own") == "of the machine"
    assert not (tmp_path / "own").exists()


def test_an_empty_secret_is_not_taken(tmp_path):
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        env.made_once(tmp_path / "secret", lambda: "new", mode=0o640)
