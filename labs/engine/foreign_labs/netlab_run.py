"""Runs netlab (the package networklab) in a process of its own: it turns a topology into addresses and configurations.

netlab is no part of Vaka. It evaluates expressions in a topology, loads plugins beside it, and starts programs that it names.
So it gets a copy that holds only what describes a network (``netlab_topology``), in an empty folder, with limits.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labs.engine.foreign_labs.foreign_lab import CannotImport, printable
from labs.engine.foreign_labs.source_folder import SourceFolder
from labs.engine.shared import pace

SECONDS = int(pace.seconds(120))
LARGEST_RESULT = 16 * 1024 * 1024  # bytes
MEMORY = 2 * 1024**3  # bytes
MISSING = (
    "netlab is not installed, and a topology of netlab needs it. Install it in an environment of its own, apart from Vaka's: "
    "uv tool install networklab (or pipx install networklab). Then import again, or name the program with --netlab PATH."
)


@contextmanager
def transformed(
    topology: Mapping[str, Any], devices: Mapping[str, str], program: str
) -> Iterator[tuple[dict[str, Any], SourceFolder]]:
    """Yield netlab's transformed topology, and the folder that holds the configuration files. Raises CannotImport.

    DEVICES is the device of each node or group (``nodes.r1``) that is replaced.
    """
    found = shutil.which(program)
    if found is None:
        raise CannotImport(MISSING)
    with tempfile.TemporaryDirectory(prefix="vaka-netlab-") as work:
        folder = Path(work)
        (folder / "topology.yml").write_text(json.dumps(topology, indent=1), encoding="utf-8")
        replaced = [word for name, device in devices.items() for word in ("-s", f"{name}.device={device}")]
        outputs = ["-o", "config", "-o", "json:nodefault=transformed.json"]
        _run([found, "create", "topology.yml", "-d", "frr", "-p", "clab", *replaced, *outputs], folder)
        yield _result(folder / "transformed.json"), SourceFolder(folder)


def _run(command: list[str], folder: Path) -> None:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "C.UTF-8"}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_limit,  # nothing of ours runs in threads here
    ) as process:
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise CannotImport(f"netlab needed more than {SECONDS} s. Make the topology smaller.") from None
    if process.returncode:
        said = printable(output.decode(errors="replace")[-600:])
        raise CannotImport(f"netlab refuses the topology. Correct it, then import it again. netlab said: {said}")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_RESULT, LARGEST_RESULT))


def _result(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as handle:
            content = handle.read(LARGEST_RESULT + 1)
        read = json.loads(content)
    except (OSError, ValueError) as error:
        raise CannotImport(
            f"netlab left no result that can be read: {error}. Type `netlab create` in the folder of the topology to see why."
        ) from error
    if not isinstance(read, dict):
        raise CannotImport(
            "netlab left no result that can be read. Type `netlab create` in the folder of the topology to see why."
        )
    return read
