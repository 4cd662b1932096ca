"""The server of the site and of the gateway: its limits, and how it ends."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time

from tests.vaka.echo_server import ECHO, answer, served
from vaka.ops import serve


def test_a_server_answers_and_ends_at_once_when_it_is_told_to(tmp_path):
    with served(tmp_path) as (process, url):
        body, headers = answer(url)
        assert body == b"here"
        assert "GMT" in headers["Date"]
        assert "Server" not in headers
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(5)
        assert time.monotonic() - told < serve.GRACE  # it does not use its second of grace when nobody is connected


def test_a_server_whose_port_is_taken_says_so_by_its_status(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        (tmp_path / "echo.py").write_text(ECHO)
        command = [sys.executable, "-m", "vaka.ops.serve", "echo:application", "--port", str(holder.getsockname()[1])]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 3
    assert "address already in use" in done.stderr


def test_a_server_may_open_as_many_files_as_the_hard_limit_allows(tmp_path):
    with served(tmp_path, files="-S 256") as (process, url):
        answer(url)
        soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        assert soft == hard > 256
