"""The commands of root that change to the account of the engine, and those that must be able to write into an author's folders."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core import management

from vaka.ops import privileges, system_accounts


@pytest.fixture
def became(monkeypatch):
    """The accounts that this process would have become; there is a site with accounts, and we are root."""
    found = []
    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": "the site's"})
    accounts = system_accounts.Accounts(site="the site's account", engine="the engine's account")
    monkeypatch.setattr(privileges, "_has_accounts", lambda: True)
    monkeypatch.setattr(privileges, "make_reachable", lambda accounts: None)
    monkeypatch.setattr(system_accounts, "unprivileged", lambda uid: accounts)
    monkeypatch.setattr(system_accounts, "become", found.append)
    return found


@pytest.mark.parametrize("command", ["people", "migrate", "clean", "fits", "preview_content"])
def test_a_command_on_the_data_of_the_site_runs_as_the_account_of_the_engine(became, command):
    privileges.give_up(["--traceback", command, "ada"])
    assert became == ["the engine's account"]
    assert settings.DATABASES["default"] == {"ENGINE": "the site's"}


@pytest.mark.parametrize("target", ["disk", "not-mounted"])
def test_the_data_have_accounts_also_when_saves_are_on_another_disk(settings, tmp_path, monkeypatch, target):
    settings.STATE_DIR = tmp_path
    (tmp_path / "disk").mkdir()
    (tmp_path / "saves").symlink_to(tmp_path / target)
    monkeypatch.setattr(system_accounts, "uid_of", lambda name: None)
    assert not privileges._has_accounts()
    monkeypatch.setattr(system_accounts, "uid_of", lambda name: 4712)
    assert not privileges._has_accounts()
    for name in ("disk", "labs", "static"):
        (tmp_path / name).mkdir(exist_ok=True)
        os.chown(tmp_path / name, 4712, 4710)
    assert privileges._has_accounts()


@pytest.mark.parametrize(
    "command", ["check_labs", "draft_checks", "export_lab", "import_lab", "new_lab", "record_outputs", "try_lab"]
)
def test_a_command_that_writes_into_the_folders_of_authors_stays_root(became, command):
    """On a clone of root, make outputs recorded an hour of outputs and could then write none of them."""
    privileges.give_up([command, "a-lab"])
    assert became == []


@pytest.mark.parametrize("command", sorted(privileges.FOR_AUTHORS))
def test_a_command_that_stays_root_has_no_database(became, command):
    """In its folder an account can place links, which root would follow."""
    privileges.give_up([command])
    assert settings.DATABASES["default"]["ENGINE"] == "django.db.backends.dummy"


AS_ROOT = """
import sys
from vaka.ops import privileges, system_accounts
from vaka.__main__ import main
privileges._has_accounts = lambda: True
sys.argv[0] = "manage.py"
main()
"""


@pytest.mark.parametrize(
    "words", [("makemigrations", "--check", "--dry-run"), ("lab_texts",)], ids=lambda words: words[0]
)
def test_root_does_not_follow_a_link_in_the_folder_of_the_database(tmp_path, words):
    state = tmp_path / "state"
    (state / "database").mkdir(parents=True)
    (state / "database" / "db.sqlite3").symlink_to(tmp_path / "roots")
    python = {name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "PATH", "HOME"))}
    said = subprocess.run(
        [sys.executable, "-c", AS_ROOT, *words],
        env={**python, "VAKA_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert not (tmp_path / "roots").exists()


def test_each_command_for_authors_exists():
    assert set(management.get_commands()) >= privileges.FOR_AUTHORS - {"help", "version"}
