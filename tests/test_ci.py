"""`.ci/run` gives the machine the kernel's stock protections for its time, and then its own back, however it ends."""

import fcntl
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / ".ci/run"
OWN = {"regular": "1", "fifos": "0", "symlinks": "1", "hardlinks": "1"}
STOCK = {"regular": "2", "fifos": "2", "symlinks": "1", "hardlinks": "1"}


@pytest.fixture
def run(tmp_path):
    """Runs the first part of the script on files of ours, and then a line in the place of the tests."""
    for name, value in OWN.items():
        (tmp_path / f"protected_{name}").write_text(value)
    first = SCRIPT.read_text().partition("everything() {")[0].replace("/proc/sys/fs/", f"{tmp_path}/")

    def begin(line):
        script = tmp_path / "run"
        script.write_text(first.replace("/run/vaka-ci-protected", f"{tmp_path}/own") + line)
        return subprocess.run(["bash", script], cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)

    return begin


def values(folder):
    return {name: (folder / f"protected_{name}").read_text().strip() for name in OWN}


@pytest.mark.parametrize(("line", "status"), [("true", 0), ("false", 1), ("kill -TERM $$; sleep 5", 143)])
def test_the_machine_gets_its_own_values_back(run, tmp_path, line, status):
    seen = "cat protected_regular protected_fifos protected_symlinks protected_hardlinks > seen\n"
    assert run(f"cd {tmp_path}; {seen}{line}").returncode == status
    assert "".join((tmp_path / "seen").read_text().split()) == "".join(STOCK.values())
    assert values(tmp_path) == OWN


def test_the_next_run_puts_back_what_a_killed_one_has_left(run, tmp_path):
    assert run("kill -KILL $$").returncode == -9
    assert values(tmp_path) == STOCK
    run("true")
    assert values(tmp_path) == OWN
    assert not (tmp_path / "own").exists()


def test_what_was_set_before_a_failure_is_put_back_too(run, tmp_path):
    (tmp_path / "protected_hardlinks").unlink()
    assert run("true").returncode
    (tmp_path / "protected_hardlinks").write_text(OWN["hardlinks"])
    assert values(tmp_path) == OWN


def test_a_second_run_at_the_same_time_is_refused(run, tmp_path):
    """The first that ends would put the machine's own values back under the other."""
    with (tmp_path / "own.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run("true")
    assert (second.returncode, second.stdout) == (1, "")
    assert "another run is at work" in second.stderr
    assert values(tmp_path) == OWN
