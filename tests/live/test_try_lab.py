"""The commands of an author for a lab folder: create it, try it, type into it and read the verdicts. Nothing is left behind."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest

from labs.engine.errors import TookTooLong
from labs.engine.runtime import shell
from labs.engine.shared import pace

pytestmark = pytest.mark.live
CLONE = Path(__file__).parents[2]


def manage(*words, **environment):
    """Runs a command of ours to its end."""
    command = [sys.executable, "manage.py", *map(str, words)]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "vaka.settings_test", **environment}
    return subprocess.run(
        command, cwd=CLONE, env=env, capture_output=True, text=True, timeout=pace.seconds(240), check=False
    )


@pytest.fixture(scope="module")
def new_lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labs") / "hello"
    assert manage("new_lab", folder).returncode == 0
    return folder


def test_the_steps_of_the_authors_page_lead_to_a_tested_lab(tmp_path):
    """Does all that docs/authoring-labs.md says, in its order."""
    page = (CLONE / "docs/authoring-labs.md").read_text().partition("## lab.yaml by example")[0]
    blocks = re.findall(r"^```(sh|yaml|text)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [kind for kind, _text in blocks] == ["sh", "yaml", "text", "text", "sh"]
    (_, make), (_, check), (_, line), (_, prose), (_, prove) = blocks
    made = shell_lines(make, tmp_path)
    assert made[-1][0] == 0
    assert "100 of 100 points" in made[-1][1]
    for name, text in ("lab.yaml", check), ("solution/r1.sh", line), ("guide.md", prose):
        file = tmp_path / "my-labs/hello" / name
        file.write_text(file.read_text() + text)
    solved, untouched, _folder, _file, wrong, checked = shell_lines(prove, tmp_path)
    assert (solved[0], untouched[0], wrong[0], checked[0]) == (0, 1, 1, 0)
    assert "110 of 110 points" in solved[1]
    assert "0 of 110 points" in untouched[1]
    assert "r1 has no route to 2001:db8:600::/48" in wrong[1]
    assert "1 lab checked, 0 errors" in checked[1]


def shell_lines(text, beside):
    """Types a block of the page, line by line, with its folders beside us: (status, what was printed) of each."""
    said = []
    for typed in text.replace("../", f"{beside}/").splitlines():
        typed = typed.replace(".venv/bin/python", sys.executable)
        done = subprocess.run(
            ["bash", "-c", typed], cwd=CLONE, capture_output=True, text=True, timeout=pace.seconds(240), check=False
        )
        said.append((done.returncode, done.stdout + done.stderr))
    return said


def containers():
    client = docker.from_env()
    try:
        return {found.name for found in client.containers.list(all=True, filters={"label": "vaka.session"})}
    finally:
        client.close()


def test_the_solution_of_a_new_lab_has_full_score(new_lab):
    done = manage("try_lab", new_lab, "--solve", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["lab"], said["score"], said["out_of"], said["unknown"]) == ("hello", 100, 100, 0)
    assert {one["check"]: one["outcome"] for one in said["verdicts"]} == dict.fromkeys(
        ["address", "neighbour", "route", "far"], "passed"
    )


def test_an_author_reads_what_terminals_answered_and_the_output_of_a_command(new_lab, tmp_path):
    sets = tmp_path / "sets"
    for name, line in (
        ("wrong", "ip addr add 2001:db8::1/64 dev eth9"),
        ("half", "ip addr add 2001:db8:0:1::1/64 dev eth0"),
    ):
        (sets / name).mkdir(parents=True)
        (sets / name / "r1.sh").write_text(f"{line}\n")
    done = manage("try_lab", new_lab, "--answers", sets / "wrong", "--run", "r1: show interface brief")
    assert done.returncode == 1
    assert '  r1: ip addr add 2001:db8::1/64 dev eth9\n      Cannot find device "eth9"\n' in done.stdout
    assert re.search(r"^r1: show interface brief\n +Interface +Status", done.stdout, re.MULTILINE)
    table = manage("try_lab", new_lab, "--answers-all", sets)
    assert table.returncode == 0
    assert re.search(r"^ +of +half +wrong$", table.stdout, re.MULTILINE)
    assert re.search(r"^  far +30 +wait +wait$", table.stdout, re.MULTILINE)
    assert re.search(r"^points +100 +50 +0$", table.stdout, re.MULTILINE)


def test_the_solution_of_a_template_with_bgp_has_full_score_and_its_session_is_up_before_the_grading(tmp_path):
    assert manage("new_lab", tmp_path / "mine", "--like", "bgp-pair").returncode == 0
    done = manage("try_lab", tmp_path / "mine", "--solve", "--json", "--run", "isp: show protocols r1")
    said = json.loads(done.stdout)
    assert (said["score"], said["not_converged"], done.returncode) == (100, [], 0)
    assert "Established" in said["run"][0]["text"]


def test_without_an_engine_the_exit_status_is_2(new_lab):
    away = manage("try_lab", new_lab, "--json", DOCKER_HOST="unix:///nowhere.sock")
    assert away.returncode == 2
    assert "No Docker engine answers" in json.loads(away.stdout)["error"]


def test_a_line_that_does_not_end_is_reported_with_its_node(lab, monkeypatch):
    monkeypatch.setattr(shell, "LINE", 1.0)
    with pytest.raises(TookTooLong, match=r"h1, typed line 2 \(cat\): The prompt did not come back"):
        shell.type_lines(lab, {"h1": ["true", "cat", "true"]})


def test_a_line_that_frr_rejects_while_it_is_locked_is_typed_again(lab):
    busy = "could not lock"
    with shell.Shell(lab, "r1", "holds") as holder, ThreadPoolExecutor() as meanwhile:
        holder.type("vtysh")
        holder.type("configure terminal file-lock")
        with shell.Shell(lab, "r1", "asks") as other:
            once = "vtysh -c 'configure terminal' -c 'ipv6 route 2001:db8:700::/48 blackhole' 2>&1 | tr a-z A-Z"
            assert busy.upper() in other.type(once)  # the control: FRR is busy, and says so
        typing = meanwhile.submit(
            shell.type_lines,
            lab,
            {"r1": ["vtysh -c 'configure terminal' -c 'ipv6 route 2001:db8:700::/48 blackhole'"]},
        )
        time.sleep(0.5)
        assert not typing.done()
        holder.type("end")
        typing.result(10)
        holder.type("exit")
        assert "2001:db8:700::/48" in holder.type("vtysh -c 'show running-config' | grep 'ipv6 route'")
        holder.type("vtysh -c 'configure terminal' -c 'no ipv6 route 2001:db8:700::/48 blackhole'")


class Watch:
    """try_lab --watch, and what it has said so far."""

    def __init__(self, lab, log):
        self.log = log
        words = [sys.executable, "manage.py", "try_lab", str(lab), "--watch"]
        with log.open("w") as out:
            self.process = subprocess.Popen(
                words,
                cwd=CLONE,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a script's background has it
            )

    def until(self, words, times=1):
        end = time.monotonic() + pace.seconds(120)
        while self.log.read_text().count(words) < times:
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def console(self, node):
        lines = self.log.read_text().splitlines()
        return next(line.split() for line in lines if "runtime.console" in line and line.endswith(f" {node}"))


def test_with_watch_a_lab_is_graded_again_after_a_change(new_lab, tmp_path):
    watch = Watch(new_lab, tmp_path / "log")
    try:
        watch.until("Ctrl-C: end.")
        typed(watch.console("r1"), b"ip addr add 2001:db8:0:1::1/64 dev eth0\r")
        watch.until("50 of 100 points")
        file = new_lab / "lab.yaml"
        text = file.read_text()
        file.write_text(text.replace("points: 20", "points: 0", 1))
        watch.until("points must be a whole number from 1 to 100, not 0.")
        file.write_text(text.replace("points: 20", "points: 25", 1))
        watch.until("55 of 105 points")
        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(20) == 0
    finally:
        watch.process.kill()
        watch.process.wait()
    mine = watch.console("r1")[-2]
    assert not [name for name in containers() if mine in name]


def typed(console, keys):
    """Uses the console as a person does: waits for the prompt, types, leaves with Ctrl-]."""
    terminal, inner = pty.openpty()
    with subprocess.Popen(console, stdin=inner, stdout=inner, stderr=inner, start_new_session=True) as process:
        os.close(inner)
        seen = b""
        while b"# " not in seen:
            seen += os.read(terminal, 4096)
        os.write(terminal, keys)
        while b"dev eth0" not in seen:
            seen += os.read(terminal, 4096)
        os.write(terminal, b"\x1d")
        assert process.wait(20) == 0
    os.close(terminal)
