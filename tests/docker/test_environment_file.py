"""The settings of an installed site: read as systemd reads them, and changed without touching what an operator wrote."""

import subprocess

import pytest

from tests.docker.conftest import DOCKER

TEMPLATE = DOCKER / "service/vaka.env"


@pytest.fixture
def environment_file(beside_setup):
    import environment_file

    return environment_file


def test_values_are_read_as_systemd_reads_them(environment_file):
    text = '# a comment\n; another\nA=1\n B = two words \nC="in \\"quotes\\" $HOME"\nD=\'single "\'\nE=\nF=Ngozi\'s NOG\nnothing\n'
    assert environment_file.read(text) == {
        "A": "1",
        "B": "two words",
        "C": 'in "quotes" $HOME',
        "D": 'single "',
        "E": "",
        "F": "Ngozi's NOG",
    }


def test_a_value_takes_the_place_of_its_line_and_all_others_stay(environment_file):
    text = "# head\n#A=old\nB=mine\n\n#C=\nA=older\n"
    changed = environment_file.with_values(text, {"A": r"new\1", "C": "3", "D": "4"})
    assert changed == "# head\n#A=old\nB=mine\n\nC=3\nA=new\\1\nD=4\n"
    assert environment_file.with_values(changed, {"A": r"new\1", "C": "3", "D": "4"}) == changed


def test_the_settings_that_install_writes_set_nothing_by_themselves(environment_file):
    text = TEMPLATE.read_text()
    assert environment_file.read(text) == {}
    named = environment_file.with_values(text, {"VAKA_HOSTS": "learn.example.org", "DATABASE_URL": "postgres://x"})
    assert environment_file.read(named) == {"VAKA_HOSTS": "learn.example.org", "DATABASE_URL": "postgres://x"}
    assert len(named.splitlines()) == len(text.splitlines()), "both have a line of their own there"


def test_the_service_and_the_command_have_the_same_environment(environment_file):
    unit = (DOCKER / "service/vaka.service").read_text()
    fixed = " ".join(f"{name}={value}" for name, value in environment_file.FIXED.items())
    assert f"\nEnvironment={fixed}\n" in unit
    assert f"\nEnvironmentFile={environment_file.FILE}\n" in unit


def test_only_root_may_type_the_command():
    code = f"import os, runpy; os.geteuid = lambda: 1000; runpy.run_path({str(DOCKER / 'service/vaka')!r})"
    done = subprocess.run(["python3", "-c", code, "doctor"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Only root may do this. Type: sudo vaka doctor\n")


def test_the_command_runs_manage_py_of_its_release_with_the_settings(tmp_path):
    for folder in ("docker/service", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    module = (DOCKER / "environment_file.py").read_text().replace("/etc/vaka/vaka.env", str(tmp_path / "vaka.env"))
    (tmp_path / "docker/environment_file.py").write_text(module)
    (tmp_path / "docker/service/vaka").write_text((DOCKER / "service/vaka").read_text())
    (tmp_path / "vaka.env").write_text('VAKA_ISSUER="Moana NOG"\n')
    python = tmp_path / ".venv/bin/python"
    python.write_text('#!/bin/sh\necho "$@"; echo "$VAKA_ISSUER, $VAKA_STATE, $VAKA_UNIT"\n')
    python.chmod(0o755)
    code = f"import os, runpy; os.geteuid = lambda: 0; runpy.run_path({str(tmp_path / 'docker/service/vaka')!r})"
    done = subprocess.run(["python3", "-c", code, "backup", "a b"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}/manage.py backup a b\nMoana NOG, /var/lib/vaka, vaka\n"
