"""A small application that ``vaka.ops.serve`` serves in a process of its own, for tests of the server and of its limits."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]

ECHO = """
import asyncio
ANSWERS_AFTER = 0

async def application(scope, receive, send):
    await asyncio.sleep(ANSWERS_AFTER)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"here"})
"""


@contextmanager
def served(folder, *, more="", files="", options=()):
    """Serve a small application; its process and address. ``more`` are lines after it, ``files`` is what ulimit -n gets."""
    (folder / "echo.py").write_text(ECHO + more)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vaka.ops.serve", "echo:application", "--port", str(port), *options]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{CLONE}/platform:{CLONE}"}
    with subprocess.Popen(command, cwd=folder, env=environment) as process:
        try:
            yield process, f"http://127.0.0.1:{port}/"
        finally:
            process.kill()


def talking_to(url):
    """A connection to the server, for requests that no client would send."""
    return socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])), timeout=10)


def answer(url):
    end = time.monotonic() + 20
    while True:
        with suppress(urllib.error.URLError), urllib.request.urlopen(url, timeout=5) as found:
            return found.read(), found.headers
        assert time.monotonic() < end
        time.sleep(0.05)
