"""PID 1 of a lab container: listen, give up the host's root, then be the supervisor. The one argument is the session's uid."""

import sys

sys.modules["ssl"] = None  # type: ignore[assignment]  # asyncio does without; to load it is a tenth of our start

import asyncio  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402
import socket  # noqa: E402
from pathlib import Path  # noqa: E402

from labs.supervisor.identity import become_session_owner, enter_session_namespace  # noqa: E402
from labs.supervisor.syscalls import ask_for_short_turns  # noqa: E402

SOCKET = Path("/run/vaka/relay.sock")  # labs.engine.runtime.driver connects to it by a docker exec


def main() -> None:
    owner = int(sys.argv[1])
    if os.getuid() != 0 or owner <= 0:
        sys.exit("The supervisor begins as root of a container, with a session uid above 0.")
    become_session_owner(owner)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    os.umask(0o077)
    unready = SOCKET.with_suffix(".new")
    listening.bind(str(unready))
    listening.listen(16)
    unready.rename(SOCKET)  # there is no moment at which the name exists and nobody listens
    os.umask(0o022)
    enter_session_namespace()
    ask_for_short_turns()
    # Imported here: the two parents that wait above need none of it.
    from labs.supervisor import changed_files  # noqa: F401 — registers its ask
    from labs.supervisor.server import Supervisor

    gc.freeze()

    async def run() -> None:
        await Supervisor().serve(listening)

    asyncio.run(run())


if __name__ == "__main__":
    main()
