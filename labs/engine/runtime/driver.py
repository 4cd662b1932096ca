"""The only module that talks to Docker: one lab session is one container with no network, started behind every wall.

docker-py can lose the first bytes of an exec (its issue 3332): it hands out the raw socket under a buffered reader that may have
read on already. ``open_relay`` takes those bytes along. The names it needs are private: docker is pinned to 7.2 for them.
"""

import io
import json
import random
import socket
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit

from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineRefused, ImageMissing, ImageOld, LabGone, NoEngine
from labs.engine.runtime.cgroups import OF_SITE, bound_sockets
from labs.engine.runtime.image import IN_LISTS, LISTS, PACKAGES_AT, RECIPE, REPOSITORY, Image, image_tag, read
from labs.engine.runtime.limits import SUPERVISOR_MEMORY, memory_of
from labs.engine.shared import pace

SESSION, SITE, GENERATION, OWNER = "vaka.session", "vaka.site", "vaka.generation", "vaka.owner"
FIRST_OWNER, OWNERS = (
    1_900_000_000,
    1_000_000,
)  # host uids of sessions: above what distributions hand out, and the labs' own block
SUPERVISOR_PROCESSES = 64
APPARMOR = "vaka-lab"
# The supervisor may be a moment away from listening. Ten seconds, then nc says no. What it passes on waits for no hog: it has short
# turns on the CPU, as all in a lab (labs.supervisor.syscalls).
RELAY_COMMAND = [
    "sh",
    "-c",
    "i=0; until [ -S /run/vaka/relay.sock ] || [ $i -gt 500 ]; do sleep 0.02; i=$((i+1)); done; "
    "exec chrt --other --sched-runtime 200000 0 nc -N -U /run/vaka/relay.sock",
]
# A service of the machine has 1024: where containers stand beside services (systemd), labs wait for them.
CPU_SHARES = 256
TIMEOUT = round(pace.seconds(30))


@dataclass(frozen=True, slots=True)
class Found:
    """A session's container, as the engine has it."""

    container: str
    generation: int
    running: bool
    oom: bool
    created: datetime
    packages_at: datetime | None = (
        None  # of its image (labs.engine.runtime.image); ids of images are not compared: stores differ
    )


@dataclass(frozen=True, slots=True)
class OldImage:
    """A lab image of another version. ``size`` counts layers that other images may share."""

    tag: str
    size: int


@dataclass(frozen=True, slots=True)
class Usage:
    memory: int  # bytes charged to the container
    cpu: float  # seconds since its start
    sockets: int = 0  # bytes that TCP and UDP hold, of this memory (cgroup v2)


class Engine:
    """A Docker engine, for one site: it sees the containers of that site only. Not for sharing between threads."""

    def __init__(self, site: str, base_url: str | None = None) -> None:
        """SITE is a text of letters and digits that is this installation's own."""
        self.site = site
        self._base_url = base_url
        self._client: docker.DockerClient | None = None

    @property
    def client(self) -> docker.DockerClient:
        if self._client is None:
            with _in_our_words():
                self._client = (
                    docker.DockerClient(self._base_url, timeout=TIMEOUT)
                    if self._base_url
                    else docker.from_env(timeout=TIMEOUT)
                )
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def check(self) -> None:
        """Can a lab be started here? Raises NoEngine, EngineRefused, ImageMissing or ImageOld."""
        with _in_our_words():
            self.client.ping()
            try:
                self.client.images.get(image_tag())
            except ImageNotFound:
                others = self.client.images.list(REPOSITORY)
                if others:
                    raise ImageOld(
                        "The lab image on this computer belongs to another version of Vaka. Type: make image"
                    ) from None
                raise ImageMissing("The lab image has not been built on this computer. Type: make image") from None

    def start(self, session: str, lab: Lab | None, *, generation: int, memory: int = 0) -> str:
        """Start the session's container, empty as yet, and return its id. A leftover of the same session goes first.

        Without a lab it is small, and waits for one that it is made to ``fit``. ``memory``: bytes that it may use; 0: as a lab may
        that nobody has measured.
        ``check`` says more of what is wrong; here a missing image is ImageMissing.
        """
        UUID(session)
        self.remove(session)
        owner = self._free_owner()
        with _in_our_words():
            api = self.client.api
            config = self._host_config(lab, owner)
            if memory:
                config["Memory"] = config["MemorySwap"] = memory
            made = api.create_container(
                image_tag(),
                ["python3", "-I", "-m", "labs.supervisor", str(owner)],
                name=self._name(session),
                user="0:0",
                environment={pace.VARIABLE: str(pace.factor()), OF_SITE: self.site},
                labels={SESSION: session, SITE: self.site, GENERATION: str(generation), OWNER: str(owner)},
                network_disabled=True,
                stop_signal="SIGKILL",
                host_config=config,
            )
            api.start(made["Id"])
        self._bound_sockets(str(made["Id"]))
        return str(made["Id"])

    def _bound_sockets(self, container: str) -> None:
        bound_sockets(container)

    def fit(self, session: str, lab: Lab, *, memory: int = 0) -> bool:
        """Give a container what this lab may use, and no more; False if it is not there any more."""
        found = self.look(session)
        if found is None or not found.running:
            return False
        with _in_our_words():
            api: Any = self.client.api
            # docker-py's update_container knows neither of the last two
            answer = api._post_json(api._url("/containers/{0}/update", found.container), data=_limits(lab, memory))
            api._raise_for_status(answer)
        return True

    def _host_config(self, lab: Lab | None, owner: int) -> Any:
        limits = _limits(lab)
        config = self.client.api.create_host_config(
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            cap_add=["SETUID", "SETGID"],
            security_opt=self._security(),
            tmpfs={"/run/vaka": f"rw,noexec,nosuid,nodev,size=64k,mode=0700,uid={owner},gid={owner}"},
            devices=["/dev/net/tun:/dev/net/tun:rw"] if lab and "tun" in lab.requires else None,
            mem_limit=limits["Memory"],
            memswap_limit=limits["MemorySwap"],
            nano_cpus=limits["NanoCpus"],
            cpu_shares=CPU_SHARES,
            pids_limit=limits["PidsLimit"],
            oom_score_adj=500,
            ipc_mode="private",
            init=False,
            log_config=LogConfig(type="json-file", config={"max-size": "256k", "max-file": "1"}),
            ulimits=[Ulimit(name="core", soft=0, hard=0), Ulimit(name="nofile", soft=8192, hard=8192)],
        )
        config["CgroupnsMode"] = "private"
        # A fresh /proc mounts in a node only while no path of the container's own is masked or read-only.
        # Nothing but PID 1, which gives up root first, ever sees this one.
        config["MaskedPaths"], config["ReadonlyPaths"] = [], []
        return config

    def _security(self) -> list[str]:
        options = ["no-new-privileges", f"seccomp={_seccomp()}"]
        if self._base_url not in _has_apparmor:
            found = self.client.info().get("SecurityOptions", [])
            _has_apparmor[self._base_url] = any("apparmor" in option for option in found)
        return [*options, f"apparmor={APPARMOR}"] if _has_apparmor[self._base_url] else options

    def remove(self, session: str) -> bool:
        """Remove the session's container, if there is one; True if there was."""
        with _in_our_words():
            try:
                self.client.api.remove_container(self._name(session), force=True, v=True)
            except NotFound:
                return False
            except APIError as error:
                if error.status_code == 409:  # someone else is removing it at this moment
                    return True
                raise
        return True

    def sessions(self) -> dict[str, Found]:
        """The containers of this site, by session."""
        with _in_our_words():
            listed = self.client.api.containers(all=True, filters={"label": [SESSION, f"{SITE}={self.site}"]})
        found = {}
        for container in listed:
            labels = container["Labels"]
            found[labels[SESSION]] = Found(
                container["Id"],
                int(labels.get(GENERATION, 0)),
                container["State"] == "running",
                False,
                datetime.fromtimestamp(container["Created"], UTC),
                _packages_at(labels),
            )
        return found

    def look(self, session: str) -> Found | None:
        """The session's container as it is now, or None."""
        with _in_our_words():
            try:
                seen = self.client.api.inspect_container(self._name(session))
            except NotFound:
                return None
        state, labels = seen["State"], seen["Config"]["Labels"]
        return Found(
            seen["Id"],
            int(labels.get(GENERATION, 0)),
            bool(state["Running"]),
            bool(state["OOMKilled"]),
            datetime.fromisoformat(seen["Created"][:19] + "+00:00"),
            _packages_at(labels),
        )

    def last_words(self, session: str) -> str:
        """The end of what the supervisor wrote to its log, for the operator."""
        with _in_our_words():
            try:
                return bytes(self.client.api.logs(self._name(session), tail=20)).decode(errors="replace")
            except NotFound:
                return ""

    def usage(self, session: str) -> Usage:
        """Memory and CPU, from the engine's own statistics (cgroup v1 or v2). Raises LabGone."""
        with _in_our_words():
            try:
                seen: dict[str, Any] = self.client.api.stats(self._name(session), stream=False, one_shot=True)
            except NotFound:
                raise LabGone("The lab is gone.") from None
        memory = seen.get("memory_stats", {})
        detail = memory.get("stats", {})
        cache = detail.get("total_inactive_file", detail.get("inactive_file", 0))
        cpu = seen["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
        return Usage(max(0, memory.get("usage", 0) - cache), cpu, detail.get("sock", 0))

    def old_images(self, before: datetime, repository: str = REPOSITORY) -> list["OldImage"]:
        """Lab images built before a time that are not this version's and that no container of anybody uses."""
        with _in_our_words():
            listed = self.client.api.images(name=repository)
            used = {container["ImageID"] for container in self.client.api.containers(all=True)}
        used |= {image["Id"] for image in listed if image_tag() in (image["RepoTags"] or ())}
        found = []
        for image in listed:
            if image["Id"] in used or image["Created"] >= before.timestamp():
                continue
            tags = [tag for tag in image["RepoTags"] or () if tag.partition(":")[0] == repository]
            found += [OldImage(tag, image["Size"]) for tag in tags]
        return found

    def image(self) -> Image | None:
        """The image of which new labs are made, with the age of what is in it; None if it has not been built."""
        with _in_our_words():
            api: Any = self.client.api
            try:
                seen = api.inspect_image(image_tag())
            except ImageNotFound:
                return None
        created = datetime.fromisoformat(seen["Created"][:19] + "+00:00")
        return read(seen["Id"], image_tag(), created, seen["Config"].get("Labels") or {})

    def packages(self) -> dict[str, dict[str, str]]:
        """The version of each package in that image, by what it is for. Nothing in it is run."""
        with _in_our_words():
            made = self.client.api.create_container(image_tag(), ["none"], network_disabled=True)
            try:
                chunks, _about = self.client.api.get_archive(made["Id"], LISTS)
                archive = b"".join(chunks)
            finally:
                self.client.api.remove_container(made["Id"])
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            texts = {Path(one.name).name: _text(files.extractfile(one)) for one in files if one.isfile()}
        return {name: dict(line.split(" ", 1) for line in texts[name].splitlines()) for name in IN_LISTS}

    def remove_image(self, tag: str) -> bool:
        """Remove one tag, and the image if it was its last; False if a container has come to use it."""
        with _in_our_words():
            try:
                self.client.api.remove_image(tag)
            except NotFound:
                return False
            except APIError as error:
                if error.status_code == 409:
                    return False
                raise
        return True

    def root(self) -> Path:
        """The folder where the engine keeps images and containers, as it names it."""
        with _in_our_words():
            return Path(self.client.info()["DockerRootDir"])

    def open_relay(self, session: str) -> tuple[socket.socket, bytes]:
        """The one exec that the relay may make: the socket to it, and the bytes that came with the head of the answer."""
        UUID(session)
        with _in_our_words():
            api = self.client.api
            try:
                seen = api.inspect_container(self._name(session))
                labels = seen["Config"]["Labels"]
                if labels.get(SESSION) != session or labels.get(SITE) != self.site or not seen["State"]["Running"]:
                    raise LabGone("The lab is gone.")
                owner = int(labels[OWNER])
                made = api.exec_create(seen["Id"], RELAY_COMMAND, stdin=True, user=f"{owner}:{owner}")
                stream: Any = api.exec_start(made["Id"], socket=True)
            except NotFound:
                raise LabGone("The lab is gone.") from None
            except APIError as error:
                if error.status_code == 409:  # it ended in between
                    raise LabGone("The lab is gone.") from None
                raise
        stream._sock.setblocking(False)
        early = bytes(stream._response.raw._fp.fp.peek(1) or b"")
        ours = stream._sock.dup()
        ours.setblocking(False)
        stream._response.close()
        return ours, early

    def _name(self, session: str) -> str:
        return f"vaka-{self.site[:8]}-{session}"

    def _free_owner(self) -> int:
        """A host uid that no container of any site on this engine has."""
        with _in_our_words():
            listed = self.client.api.containers(all=True, filters={"label": OWNER})
        taken = {int(container["Labels"][OWNER]) for container in listed}
        while (owner := FIRST_OWNER + random.randrange(OWNERS)) in taken:  # noqa: S311 — not a secret
            pass
        return owner


def _packages_at(said: Mapping[str, str]) -> datetime | None:
    """When the packages of a container's image were fetched: it has the labels of its image."""
    return datetime.fromisoformat(said[PACKAGES_AT]) if PACKAGES_AT in said else None


def _text(file: IO[bytes] | None) -> str:
    return file.read().decode() if file else ""


# An engine's kernel has AppArmor or has not; asking takes as long as all the rest of a start, and a worker has many engines.
_has_apparmor: dict[str | None, bool] = {}


@cache
def _seccomp() -> str:
    """The profile, as the engine's API takes it: its text, not its path."""
    return json.dumps(json.loads((RECIPE / "seccomp.json").read_text()))


def _limits(lab: Lab | None, memory: int = 0) -> dict[str, int]:
    """What the container may have, in the words of the engine's API; without a lab, what a supervisor alone needs."""
    memory = memory or (memory_of(lab) if lab else SUPERVISOR_MEMORY) << 20
    cpus = lab.limits.cpus if lab else 1.0
    processes = processes_of(lab) if lab else SUPERVISOR_PROCESSES
    return {"Memory": memory, "MemorySwap": memory, "NanoCpus": int(cpus * 1e9), "PidsLimit": processes}


def processes_of(lab: Lab) -> int:
    return len(lab.nodes) * lab.limits.processes + SUPERVISOR_PROCESSES


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Docker's errors become ours, each with what to do."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageMissing("The lab image has not been built on this computer. Type: make image") from error
    except APIError as error:
        raise EngineRefused(f"The Docker engine refused: {error.explanation or error}") from error
    except (requests.exceptions.RequestException, DockerException) as error:
        if "Permission denied" in str(error) or "PermissionError" in str(error):
            raise NoEngine(
                "This process may not use the Docker engine's socket. Add its user to group docker, or run as root."
            ) from error
        raise NoEngine("No Docker engine answers. Start it (systemctl start docker), or type: make setup") from error
