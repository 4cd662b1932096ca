"""The only module that talks to Docker. A lab session is one container without a network, with all security restrictions.

docker-py can lose the first bytes of an exec (its issue 3332): it returns the raw socket below a buffered reader, which may
already have read more. ``open_relay`` returns those bytes too. It uses private names, so docker is pinned to 7.2.
"""

import io
import json
import random
import socket
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit

from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineRefused, FlavourMissing, ImageMissing, ImageOld, LabGone, NoEngine
from labs.engine.runtime import flavours
from labs.engine.runtime.container_limits import container_limits
from labs.engine.runtime.conversation import LAB_GONE
from labs.engine.runtime.engine_reports import Found, OldImage, Usage
from labs.engine.runtime.image import FLAVOUR, IN_LISTS, LISTS, RECIPE, REPOSITORY, Image, image_tag, packages_at, read
from labs.engine.runtime.socket_memory import SITE_VARIABLE, limit_sockets
from labs.engine.shared import pace
from labs.engine.shared.features import GENERIC_NETLINK

SESSION, SITE, GENERATION, OWNER = "vaka.session", "vaka.site", "vaka.generation", "vaka.owner"
# Host uids of sessions: above the range that distributions assign, and the range of the labs themselves
FIRST_OWNER, OWNERS = 1_900_000_000, 1_000_000
APPARMOR = "vaka-lab"
# The supervisor may not listen yet. After ten seconds nc fails. nc gets short time slices on the CPU like every process in a lab
# (labs.supervisor.syscalls), so a busy process does not delay it.
RELAY_COMMAND = [
    "sh",
    "-c",
    "i=0; until [ -S /run/vaka/relay.sock ] || [ $i -gt 500 ]; do sleep 0.02; i=$((i+1)); done; "
    "exec chrt --other --sched-runtime 200000 0 nc -N -U /run/vaka/relay.sock",
]
# A service of the machine has 1024. Where containers are siblings of services (systemd), services have priority over labs.
CPU_SHARES = 256
TIMEOUT = round(pace.seconds(30))
NAME_IS_FREE_SECONDS = pace.seconds(20)  # after which an older container of the session is gone
END_SECONDS = round(pace.seconds(3))  # for a supervisor to end its nodes, then it is killed


class Engine:
    """A Docker engine, for one site: it sees only the containers of that site. Threads must not share it."""

    def __init__(self, site: str, base_url: str | None = None) -> None:
        """SITE is the installation's id, of letters and digits."""
        self.site = site
        self._base_url = base_url
        self._client: docker.DockerClient | None = None

    @property
    def client(self) -> docker.DockerClient:
        if self._client is None:
            with _translated_errors():
                self._client = (
                    docker.DockerClient(self._base_url, timeout=TIMEOUT)
                    if self._base_url
                    else docker.from_env(timeout=TIMEOUT)
                )
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def check(self, flavour: str = "") -> None:
        """Check that labs with this flavour can start here.

        Raises NoEngine, EngineRefused, ImageMissing, ImageOld or FlavourMissing.
        """
        with _translated_errors():
            self.client.ping()
            try:
                self.client.images.get(image_tag())
            except ImageNotFound:
                others = self.client.images.list(REPOSITORY)
                if others:
                    raise ImageOld(
                        "The lab image on this server belongs to another version of Vaka. Type: make image"
                    ) from None
                raise ImageMissing("The lab image has not been built on this server. Type: make image") from None
        if flavour and self.image(flavour) is None:
            raise FlavourMissing(flavour)

    def start(self, session: str, lab: Lab | None, *, generation: int, memory: int = 0) -> str:
        """Start the session's container, without its lab, and return its id. It removes an old container of the session first.

        Without a lab the container gets small limits; ``fit`` raises them for a lab later. ``memory`` is its limit in bytes; 0
        means the limit of a lab that was never measured. ``check`` explains more of what can be wrong: here a missing image is
        only ImageMissing.
        """
        UUID(session)
        owner = self._free_owner()
        with _translated_errors():
            config = self._host_config(lab, owner)
            if memory:
                config["Memory"] = config["MemorySwap"] = memory
            made = self._create(
                session,
                flavours.tag_of(lab.image if lab else ""),
                ["python3", "-I", "-m", "labs.supervisor", str(owner)],
                user="0:0",
                environment={
                    pace.VARIABLE: str(pace.factor()),
                    SITE_VARIABLE: self.site,
                    **({GENERIC_NETLINK: "yes"} if lab and "wireguard" in lab.requires else {}),
                },
                labels={SESSION: session, SITE: self.site, GENERATION: str(generation), OWNER: str(owner)},
                network_disabled=True,
                stop_signal="SIGTERM",
                host_config=config,
            )
            self.client.api.start(made["Id"])
        self._limit_sockets(str(made["Id"]))
        return str(made["Id"])

    def _create(self, session: str, image: str, command: list[str], **options: Any) -> Any:
        """Create the session's container in place of an older one, which another process may be removing or creating now."""
        until = time.monotonic() + NAME_IS_FREE_SECONDS
        while True:
            self.remove(session)
            try:
                return self.client.api.create_container(image, command, name=self._name(session), **options)
            except APIError as error:
                if error.status_code != HTTPStatus.CONFLICT or time.monotonic() > until:
                    raise
            time.sleep(0.2)

    def _limit_sockets(self, container: str) -> None:
        limit_sockets(container)

    def fit(self, session: str, lab: Lab, *, memory: int = 0) -> bool:
        """Set the limits of this lab on a container. Return False if the container does not run any more."""
        found = self.container_of(session)
        if found is None or not found.running:
            return False
        with _translated_errors():
            api: Any = self.client.api
            # docker-py's update_container has no parameter for the last two limits
            answer = api._post_json(
                api._url("/containers/{0}/update", found.container), data=container_limits(lab, memory)
            )
            api._raise_for_status(answer)
        return True

    def _host_config(self, lab: Lab | None, owner: int) -> Any:
        limits = container_limits(lab)
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
        # A node can mount a fresh /proc only if no path of the container's own /proc is masked or read-only.
        # Only PID 1 sees the container's /proc, after it has given up root.
        config["MaskedPaths"], config["ReadonlyPaths"] = [], []
        return config

    def _security(self) -> list[str]:
        options = ["no-new-privileges", f"seccomp={_seccomp()}"]
        if self._base_url not in _has_apparmor:
            found = self.client.info().get("SecurityOptions", [])
            _has_apparmor[self._base_url] = any("apparmor" in option for option in found)
        return [*options, f"apparmor={APPARMOR}"] if _has_apparmor[self._base_url] else options

    def remove(self, session: str) -> bool:
        """Remove the session's container. Return whether there was one.

        The supervisor ends first, because the kernel keeps a network in which packets are on their way
        (labs.supervisor.node_teardown).
        """
        with _translated_errors():
            try:
                self.client.api.stop(self._name(session), timeout=END_SECONDS)
                self.client.api.remove_container(self._name(session), force=True, v=True)
            except NotFound:
                return False
            except APIError as error:
                if error.status_code == 409:  # another process is removing it now
                    return True
                raise
        return True

    def sessions(self) -> dict[str, Found]:
        """Return the containers of this site, by session."""
        with _translated_errors():
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
                packages_at(labels),
                labels.get(FLAVOUR, ""),
            )
        return found

    def container_of(self, session: str) -> Found | None:
        """Return the session's container as it is now, or None."""
        with _translated_errors():
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
            packages_at(labels),
            labels.get(FLAVOUR, ""),
        )

    def last_words(self, session: str) -> str:
        """Return the end of the supervisor's log, for the operator."""
        with _translated_errors():
            try:
                return bytes(self.client.api.logs(self._name(session), tail=20)).decode(errors="replace")
            except NotFound:
                return ""

    def usage(self, session: str) -> Usage:
        """Return memory and CPU from the engine's statistics (cgroup v1 or v2). Raises LabGone."""
        with _translated_errors():
            try:
                seen: dict[str, Any] = self.client.api.stats(self._name(session), stream=False, one_shot=True)
            except NotFound:
                raise LabGone(LAB_GONE) from None
        memory = seen.get("memory_stats", {})
        detail = memory.get("stats", {})
        cache = detail.get("total_inactive_file", detail.get("inactive_file", 0))
        cpu = seen["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
        return Usage(max(0, memory.get("usage", 0) - cache), cpu, detail.get("sock", 0))

    def old_images(self, before: datetime, repository: str = REPOSITORY) -> list[OldImage]:
        """Return the lab images of other versions that were built before a time and that no container uses."""
        with _translated_errors():
            listed = self.client.api.images(name=repository)
            used = {container["ImageID"] for container in self.client.api.containers(all=True)}
        current = {image_tag(), *(flavour.tag for flavour in flavours.known().values())}
        used |= {image["Id"] for image in listed if current & set(image["RepoTags"] or ())}
        found = []
        for image in listed:
            if image["Id"] in used or image["Created"] >= before.timestamp():
                continue
            tags = [tag for tag in image["RepoTags"] or () if tag.partition(":")[0] == repository]
            found += [OldImage(tag, image["Size"]) for tag in tags]
        return found

    def image(self, flavour: str = "") -> Image | None:
        """Return the image from which new labs are made, with the age of its packages; None if it has not been built."""
        tag = flavours.tag_of(flavour)
        with _translated_errors():
            api: Any = self.client.api
            try:
                seen = api.inspect_image(tag)
            except ImageNotFound:
                return None
        created = datetime.fromisoformat(seen["Created"][:19] + "+00:00")
        return read(seen["Id"], tag, created, seen["Config"].get("Labels") or {}, seen["Size"])

    def images(self) -> list[Image]:
        """Return the lab image and its flavours, as far as they have been built."""
        return [found for name in ("", *flavours.known()) if (found := self.image(name))]

    def packages(self, flavour: str = "") -> dict[str, dict[str, str]]:
        """Return the version of each package in that image, for the supervisor and for the nodes. It runs nothing in the image."""
        with _translated_errors():
            made = self.client.api.create_container(flavours.tag_of(flavour), ["none"], network_disabled=True)
            try:
                chunks, _about = self.client.api.get_archive(made["Id"], LISTS)
                archive = b"".join(chunks)
            finally:
                self.client.api.remove_container(made["Id"])
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            texts = {Path(one.name).name: _text(files.extractfile(one)) for one in files if one.isfile()}
        return {name: dict(line.split(" ", 1) for line in texts[name].splitlines()) for name in IN_LISTS}

    def remove_image(self, tag: str) -> bool:
        """Remove a tag, and the image if it was the last one. Return False if a container uses the image."""
        with _translated_errors():
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
        """Return the folder where the engine keeps images and containers, by the engine's own path."""
        with _translated_errors():
            return Path(self.client.info()["DockerRootDir"])

    def open_relay(self, session: str) -> tuple[socket.socket, bytes]:
        """Start the only exec that the relay may start. Return its socket, and the bytes that came with the head of the answer."""
        UUID(session)
        with _translated_errors():
            api = self.client.api
            try:
                seen = api.inspect_container(self._name(session))
                labels = seen["Config"]["Labels"]
                if labels.get(SESSION) != session or labels.get(SITE) != self.site or not seen["State"]["Running"]:
                    raise LabGone(LAB_GONE)
                owner = int(labels[OWNER])
                made = api.exec_create(seen["Id"], RELAY_COMMAND, stdin=True, user=f"{owner}:{owner}")
                stream: Any = api.exec_start(made["Id"], socket=True)
            except NotFound:
                raise LabGone(LAB_GONE) from None
            except APIError as error:
                if error.status_code == 409:  # the container has ended meanwhile
                    raise LabGone(LAB_GONE) from None
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
        """Return a host uid that no container on this engine has, of any site."""
        with _translated_errors():
            listed = self.client.api.containers(all=True, filters={"label": OWNER})
        taken = {int(container["Labels"][OWNER]) for container in listed}
        while (owner := FIRST_OWNER + random.randrange(OWNERS)) in taken:  # noqa: S311 - not a secret
            pass
        return owner


def _text(file: IO[bytes] | None) -> str:
    return file.read().decode() if file else ""


# By engine. Asking takes as long as the rest of a start, and a worker makes many Engine objects.
_has_apparmor: dict[str | None, bool] = {}


@cache
def _seccomp() -> str:
    """Return the text of the seccomp profile: the engine's API takes no path."""
    return json.dumps(json.loads((RECIPE / "seccomp.json").read_text()))


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Turn errors of Docker into our errors, which say what to do."""
    try:
        yield
    except ImageNotFound as error:
        raise ImageMissing("The lab image has not been built on this server. Type: make image") from error
    except APIError as error:
        raise EngineRefused(f"The Docker engine refused: {error.explanation or error}") from error
    except (requests.exceptions.RequestException, DockerException) as error:
        if "Permission denied" in str(error) or "PermissionError" in str(error):
            raise NoEngine(
                "This process may not use the Docker engine's socket. Add its user to group docker, or run as root."
            ) from error
        raise NoEngine("No Docker engine answers. Start it (systemctl start docker), or type: make setup") from error
