"""Measures what a lab's start is compared with: an empty container, and a bare script in a privileged container."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labs.engine.definition.spec import Lab
from labs.engine.runtime.client import describe
from labs.engine.runtime.image import image_tag
from labs.supervisor.daemons import start_script
from rigs.bench.bench_site import BenchSite
from vaka.ops.errors import CannotStart

SCRIPT = Path(__file__).with_name("floor_script.py")
LONGEST = 120  # seconds


def docker_run(site: BenchSite) -> float:
    """Return the seconds from the request for a container with an empty command until it has run."""
    began = time.monotonic()
    with _container(site, "empty", ["true"]) as container:
        site.engine.client.api.wait(container, timeout=LONGEST)
        return time.monotonic() - began


def floor(site: BenchSite, lab: Lab) -> float:
    """Return the seconds of the bare script by its own clock, without the start of the container and of Python."""
    api = site.engine.client.api
    command = ["python3", "-I", "-c", SCRIPT.read_text(), json.dumps(plan(lab))]
    with _container(site, "floor", command, privileged=True) as container:
        status = api.wait(container, timeout=LONGEST)["StatusCode"]
        said = api.logs(container, stdout=True, stderr=False).decode().strip()
        if status:
            raise CannotStart(f"The floor's script ended with status {status}: {api.logs(container).decode()[-400:]}")
    return float(said)


def plan(lab: Lab) -> dict[str, Any]:
    """Return the script's input. It runs the start scripts of our nodes; no other order of the daemons was faster."""
    told = describe(lab)
    return {
        "nodes": {name: _addresses(spec) for name, spec in told["nodes"].items()},
        "links": [
            f"link add name {a_name} netns {{{a}}} type veth peer name {b_name} netns {{{b}}}"
            for (a, a_name), (b, b_name) in told["links"]
        ],
        "start": {name: _files(spec) + start_script(spec) for name, spec in told["nodes"].items()},
    }


def _files(spec: dict[str, Any]) -> str:
    """Return the start files of a node, as the beginning of its start script."""
    return "".join(
        f"cat >{file['path']} <<'VAKA'\n{bytes.fromhex(file['content']).decode()}VAKA\n" for file in spec["files"]
    )


def _addresses(spec: dict[str, Any]) -> list[str]:
    lines = ["link set lo up", *(f"address add {address} dev lo" for address in spec["loopback"])]
    for name, addresses in spec["interfaces"].items():
        lines.append(f"link set {name} up")
        lines += [f"address add {address} dev {name}{' nodad' * (':' in address)}" for address in addresses]
    return lines


@contextmanager
def _container(site: BenchSite, what: str, command: list[str], *, privileged: bool = False) -> Iterator[str]:
    """Yield a running container of the lab image without a network, and remove it at the end."""
    api = site.engine.client.api
    config = api.create_host_config(network_mode="none", privileged=privileged)
    made = api.create_container(
        image_tag(), command, name=site.name(what), labels=site.label, network_disabled=True, host_config=config
    )
    try:
        api.start(made["Id"])
        yield made["Id"]
    finally:
        api.remove_container(made["Id"], force=True, v=True)
