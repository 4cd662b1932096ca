"""The entry point of a lab container (PID 1): listen, give up the host's root, then run the supervisor.

The only argument is the uid of the lab session.
"""

import sys

sys.modules["ssl"] = None  # type: ignore[assignment]  # asyncio works without it; loading it takes a tenth of the start

import asyncio  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
from pathlib import Path  # noqa: E402

from labs.supervisor.identity import become_session_owner, enter_session_namespace  # noqa: E402
from labs.supervisor.time_slices import shorten_time_slices  # noqa: E402

SOCKET = Path("/run/vaka/relay.sock")  # labs.engine.runtime.driver connects to it by a docker exec


def main() -> None:
    owner = int(sys.argv[1])
    if os.getuid() != 0 or owner <= 0:
        sys.exit("The supervisor must start as root of a container, with a session uid above 0.")
    become_session_owner(owner)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.umask(0o077)
    unready = SOCKET.with_suffix(".new")
    listening.bind(str(unready))
    listening.listen(16)
    unready.rename(SOCKET)  # so that the name never exists without a listener
    os.umask(0o022)
    enter_session_namespace()
    shorten_time_slices()
    # Imported here because the two parents that wait above need none of it.
    from labs.supervisor import changed_files  # noqa: F401 — registers its ask
    from labs.supervisor.server import Supervisor

    gc.freeze()

    async def run() -> None:
        supervisor, asked = Supervisor(), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
        ends = asyncio.ensure_future(asked.wait())
        serves = asyncio.ensure_future(supervisor.serve(listening))
        await asyncio.wait({ends, serves}, return_when=asyncio.FIRST_COMPLETED)
        if asked.is_set():
            await supervisor.end()
            os._exit(0)  # connections are open, and children may wait for the kernel
        await serves

    asyncio.run(run())


if __name__ == "__main__":
    main()
