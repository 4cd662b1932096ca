"""The helper programs of the lab ixp-services, as its nodes have them: looking glass, watch over the name server, drills."""

import os
import socket
import subprocess
import threading
import time
import types
from pathlib import Path

import pytest

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/ixp-services")
BAD = "show status;echo;echo visitor"


def text_of(node, path):
    return next(file.content for file in LAB.nodes[node].files if file.path == path).decode()


def program(node, path):
    module = types.ModuleType(Path(path).name.replace("-", "_"))
    exec(compile(text_of(node, path), path, "exec"), module.__dict__)
    return module


def executable(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def birdc(tmp_path, monkeypatch):
    """A birdc that prints how it was called."""
    executable(tmp_path / "birdc", '#!/bin/bash\nprintf "%s," "$@"\n')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.fixture
def glass(tmp_path):
    module = program("col", "/usr/local/sbin/glass")
    module.ASK = str(tmp_path / "ask")
    return module


# The looking glass


def test_a_question_is_one_argument_whatever_it_contains(glass, tmp_path):
    executable(tmp_path / "ask", '#!/bin/bash\nprintf "%s|" "$#" "$1"\n')
    assert glass.answer("show route; id 'x'") == (200, b"1|show route; id 'x'|")


def test_a_question_that_ask_refuses_is_forbidden(glass, tmp_path):
    executable(tmp_path / "ask", "#!/bin/bash\necho No.\nexit 1\n")
    assert glass.answer("configure") == (403, b"No.\n")


@pytest.mark.parametrize("question", ["", "show\nstatus", "show \0", "x" * 201])
def test_a_question_that_is_no_line_is_not_asked(glass, tmp_path, question):
    executable(tmp_path / "ask", "#!/bin/bash\necho asked\n")
    assert glass.answer(question)[0] == 400


def test_a_program_that_is_not_there_ends_no_server(glass):
    assert glass.answer("show status")[0] == 500


def test_an_answer_is_bounded(glass, tmp_path):
    executable(tmp_path / "ask", "#!/bin/bash\nhead -c 100000 /dev/zero\n")
    assert len(glass.answer("show route")[1]) == glass.MOST


def test_the_predecessor_lets_a_visitor_run_commands(tmp_path, birdc):
    ask = executable(tmp_path / "ask", text_of("col", "/usr/local/sbin/ask"))
    assert subprocess.run([ask, BAD], capture_output=True, check=True).stdout.endswith(b"visitor\n")


@pytest.mark.parametrize("answer", ["solution", "another-way"])
def test_no_right_answer_runs_a_command_of_a_visitor(tmp_path, birdc, answer):
    folder = LAB.folder / ("solution" if answer == "solution" else "answers/another-way")
    line = next(line for line in (folder / "col.sh").read_text().splitlines() if line.endswith(">/usr/local/sbin/ask"))
    subprocess.run(["bash", "-c", line.replace("/usr/local/sbin", str(tmp_path))], check=True)
    ask = executable(tmp_path / "ask", (tmp_path / "ask").read_text())
    assert b"visitor" not in subprocess.run([ask, BAD], capture_output=True).stdout.splitlines()


# The watch


@pytest.fixture
def watch(tmp_path):
    """Starts announce-if-well with this configuration, for a name server that is well while the file "well" exists."""
    started = []

    def start(**settings):
        conf, log = tmp_path / "announce.conf", tmp_path / "announce.log"
        values = {"enabled": "yes", "interval": "0.01", "withdraw_after": "3", "announce_after": "5", **settings}
        lines = [f"{name}={value}" for name, value in values.items()]
        lines += [f"well() {{ echo x >>{tmp_path}/asked; [ -e {tmp_path}/well ]; }}"]
        lines += [f"{name}() {{ echo {name} >>{tmp_path}/done; }}" for name in ("announce", "withdraw")]
        conf.write_text("\n".join(lines) + "\n")
        text = text_of("dns", "/usr/local/sbin/announce-if-well").replace("/etc/announce.conf", str(conf))
        started.append(subprocess.Popen(["bash", "-c", text.replace("/run/announce", str(tmp_path / "announce"))]))
        return log

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def count(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_three_bad_answers_withdraw_and_five_good_ones_announce(tmp_path, watch):
    watch()
    until(lambda: (tmp_path / "done").exists())
    assert count(tmp_path / "asked") >= 3
    assert set((tmp_path / "done").read_text().split()) == {"withdraw"}
    before = count(tmp_path / "asked")
    (tmp_path / "well").touch()
    until(lambda: "announce" in (tmp_path / "done").read_text())
    assert count(tmp_path / "asked") >= before + 5


def test_a_watch_that_is_not_enabled_does_nothing(tmp_path, watch):
    watch(enabled="no")
    time.sleep(0.3)
    assert not (tmp_path / "asked").exists()


def test_the_log_has_a_line_for_each_change(tmp_path, watch):
    log = watch()
    until(lambda: count(tmp_path / "done") > 3)
    assert [line.split()[1] for line in log.read_text().splitlines()] == ["withdraw"]


# The drills


@pytest.fixture
def drills():
    module = program("dns", "/usr/local/sbin/drill-server")
    module.orders = []
    module.ORDERS = {name: lambda name=name: module.orders.append(name) for name in (b"stop", b"refuse", b"end")}
    module.MONITOR = "::1"
    return module


def ordered(module, order):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        thread = threading.Thread(target=module.serve, args=[listener])
        thread.start()
        with socket.create_connection(listener.getsockname()[:2], timeout=10) as line:
            line.sendall(order)
            try:
                return line.recv(10)
            except OSError:
                return b""
            finally:
                thread.join()


@pytest.mark.parametrize("order", [b"stop\n", b"refuse\n", b"end\n"])
def test_the_monitor_orders_a_drill(drills, order):
    assert ordered(drills, order) == b"done\n"
    assert drills.orders == [order.strip()]


def test_nobody_else_orders_a_drill(drills):
    drills.MONITOR = "2001:db8:ee::f1"
    assert ordered(drills, b"stop\n") == b""
    assert drills.orders == []


def test_an_order_that_does_not_exist_is_no_drill(drills):
    assert ordered(drills, b"burn\n") == b""
