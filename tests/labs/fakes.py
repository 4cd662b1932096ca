"""A fake engine and fake labs that behave in several ways: well, away, refusing, slow, losing labs, out of memory."""

import json
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from labs.engine import errors
from labs.engine.definition.spec import Check, Interface, Kind, Lab, Level, Limits, Link, Node, SeatPlan, Stage
from labs.engine.runtime.client import Captured, Saved
from labs.engine.runtime.engine_reports import Found, OldImage, Usage
from labs.engine.runtime.flavours import tag_of
from labs.engine.runtime.image import Image
from labs.engine.shared.cable import Cable

FORWARDING = "net.ipv6.conf.all.forwarding"
STEPS = ("nodes", "links", "daemons", "start", "ready")


def little_lab(
    folder: Path, lab_id: str = "first-light", title: str = "First light", version: str = "0123456789ab"
) -> Lab:
    """Two stages, three checks, ten points: forwarding to enable on one router, one file to write on a host."""
    folder.mkdir(parents=True, exist_ok=True)
    guide = (
        "# First light\n\nA router and a host.\n\n## Forwarding {#forwarding}\n\nSwitch it on:\n\n"
        "```r1\nsysctl -w net.ipv6.conf.all.forwarding=1\n```\n\n## A file {#file}\n\nWrite it.\n"
    )
    (folder / "guide.md").write_text(guide)

    def sysctl(name: str, title: str, points: int, **more) -> Check:
        expect = {"key": FORWARDING, "value": "1"}
        return Check(id=name, type="sysctl.value", title=title, on=("r1",), expect=expect, points=points, **more)

    return Lab(
        id=lab_id,
        title=title,
        summary="Make a host a router.",
        level=Level.BEGINNER,
        minutes=20,
        nodes={
            "r1": Node(name="r1", kind=Kind.FRR, role="router"),
            "h1": Node(name="h1", kind=Kind.HOST),
            "up": Node(name="up", kind=Kind.BIRD, learner=False, role="upstream"),
        },
        links=(
            Link(
                a=Interface(node="r1", name="eth0", addresses=("2001:db8::1/64",)),
                b=Interface(node="h1", name="eth0", addresses=("2001:db8::2/64",)),
                label="2001:db8::/64",
            ),
            Link(a=Interface(node="r1", name="eth1"), b=Interface(node="up", name="eth0")),
        ),
        stages=(
            Stage(
                id="forwarding",
                title="Forwarding",
                checks=(
                    sysctl("on", "r1 forwards", 4, hint=("It is a sysctl.", "It is net.ipv6.conf.all.forwarding.")),
                    sysctl("still", "r1 still forwards", 2, needs=("on",)),
                ),
            ),
            Stage(
                id="file",
                title="A file",
                checks=(
                    Check(
                        id="file",
                        type="file.content",
                        title="h1 has the file",
                        on=("h1",),
                        expect={"path": "/etc/light", "contains": ["on"]},
                        points=4,
                        cause="Nothing has written it yet.",
                        read_more=("RFC 8200",),
                    ),
                ),
            ),
        ),
        limits=Limits(),
        requires=(),
        folder=folder,
        version=version,
        guide=guide,
        solution={
            "forwarding": {"r1": ("sysctl -w net.ipv6.conf.all.forwarding=1",)},
            "file": {"h1": ("echo on > /etc/light",)},
        },
        seats=(SeatPlan(id="left", nodes=("r1",)), SeatPlan(id="right", nodes=("h1",))),
    )


def with_bots(lab: Lab) -> Lab:
    """The little lab with seats that are alike: r1 on the left, h1 on the right. Each check counts for one of them."""
    left, right = (
        replace(seat, number=number, guide=f"# For {seat.id}\n", values={"seat": number})
        for number, seat in enumerate(lab.seats, 1)
    )
    own = {"on": left.id, "still": left.id, "file": right.id}
    stages = tuple(
        replace(stage, checks=tuple(replace(check, seat=own[check.id]) for check in stage.checks))
        for stage in lab.stages
    )
    return replace(lab, seats=(left, right), stages=stages)


class FakeCatalog:
    def __init__(self, *labs: Lab) -> None:
        self.labs = {lab.id: lab for lab in labs}

    def get(self, lab: str) -> Lab:
        return self.labs[lab]


class AnsweringLab:
    """A lab that answers each ask with the same text, or not at all."""

    def __init__(self, answer=None):
        self.answer, self.asked = answer, []

    def ask(self, asks, *, seconds):
        self.asked += asks
        if self.answer is None:
            raise errors.RelayGone("away")
        return [self.answer for _ask in asks]


def image_of(name: str, *, days: int = 0, flavour: str = "") -> Image:
    """Return a lab image, or that of a flavour, whose packages were fetched so many days ago."""
    at = datetime.now(UTC) - timedelta(days=days, minutes=1)
    tag = tag_of(flavour) if flavour else "vaka-lab:0123456789ab"
    return Image(name, tag, at, at, "abc", {"frr": "10.3-3", "bird2": "2.17.6-0"}, flavour)


@dataclass
class FakeEngine:
    """An engine that works, unless it was made to behave otherwise."""

    says_no: Exception | None = None
    containers: dict[str, Found] = field(default_factory=dict)
    labs: dict[str, "FakeLab"] = field(default_factory=dict)
    started: list[tuple[str, int]] = field(default_factory=list)
    build_error: Exception | None = None
    while_building: object = None  # called between two steps, with the lab
    memory: dict[str, int] = field(default_factory=dict)  # bytes of each lab; 60 MB if it is missing
    limits: dict[str, int] = field(default_factory=dict)  # bytes that each container may use
    of: dict[str, str] = field(default_factory=dict)  # which lab a session is of
    cpu: float = 0.5
    others: dict[str, datetime] = field(default_factory=dict)  # of other versions: tag, and when it was built
    used: set[str] = field(default_factory=set)  # by a container that was made a moment ago
    current: Image | None = field(default_factory=lambda: image_of("sha256:first"))
    flavours: dict[str, Image] = field(default_factory=dict)  # that are built

    def that_is_away(self) -> "FakeEngine":
        return replace(self, says_no=errors.NoEngine("Cannot connect to unix:///var/run/docker.sock."))

    def that_refuses(self) -> "FakeEngine":
        return replace(self, says_no=errors.EngineRefused("500 Server Error: no space left on device"))

    def without_image(self) -> "FakeEngine":
        return replace(self, says_no=errors.ImageMissing("The lab image has not been built on this server."))

    def with_an_old_image(self) -> "FakeEngine":
        return replace(self, says_no=errors.ImageOld("The lab image belongs to another version."))

    def that_is_slow(self) -> "FakeEngine":
        return replace(self, build_error=errors.TookTooLong("The lab did not answer within its time."))

    def that_breaks_labs(self) -> "FakeEngine":
        return replace(self, build_error=errors.LabFailed("r1: zebra does not start."))

    # The methods of the real engine

    def check(self, flavour: str = "") -> None:
        if self.says_no:
            raise self.says_no
        if flavour and flavour not in self.flavours:
            raise errors.FlavourMissing(flavour)

    def start(self, session: str, lab: Lab | None, *, generation: int, memory: int = 0) -> str:
        self.check()
        self.limits[session] = memory
        self.started.append((session, generation))
        self.of[session] = lab.id if lab else ""
        container = f"c{len(self.started)}"
        image = self.image(lab.image if lab else "")
        self.containers[session] = Found(
            container,
            generation,
            True,
            False,
            datetime.now(UTC),
            image.packages_at if image else None,
            image.flavour if image else "",
        )
        self.labs[session] = FakeLab(self, session)
        return container

    def fit(self, session: str, lab: Lab, *, memory: int = 0) -> bool:
        found = self.container_of(session)
        if found is None or not found.running:
            return False
        self.limits[session] = memory
        self.of[session] = lab.id
        return True

    def remove(self, session: str) -> bool:
        if isinstance(self.says_no, errors.NoEngine):
            raise self.says_no
        self.limits.pop(session, None)
        return self.containers.pop(session, None) is not None

    def sessions(self) -> dict[str, Found]:
        if isinstance(self.says_no, errors.NoEngine):
            raise self.says_no
        return {name: replace(found, oom=False) for name, found in self.containers.items()}  # a list does not have it

    def container_of(self, session: str) -> Found | None:
        if isinstance(self.says_no, errors.NoEngine):
            raise self.says_no
        return self.containers.get(session)

    def usage(self, session: str) -> Usage:
        if session not in self.containers:
            raise errors.LabGone("The lab is gone.")
        return Usage(self.memory.get(self.of[session], 60 << 20), self.cpu)

    def old_images(self, before: datetime) -> list[OldImage]:
        self.check()
        return [OldImage(tag, 400_000_000) for tag, built in self.others.items() if built < before]

    def remove_image(self, tag: str) -> bool:
        if tag in self.used:
            return False
        del self.others[tag]
        return True

    def image(self, flavour: str = "") -> Image | None:
        if isinstance(self.says_no, errors.NoEngine):
            raise self.says_no
        return self.flavours.get(flavour) if flavour else self.current

    def images(self) -> list[Image]:
        return [image for image in (self.image(), *self.flavours.values()) if image]

    def packages(self, flavour: str = "") -> dict[str, dict[str, str]]:
        return {"supervisor": {"python3": "3.13.5-1"}, "nodes": {"frr": "10.3-3", "zlib1g": "1:1.3"}}

    def root(self) -> Path:
        return Path("/no/such/folder")

    # What happens to it

    def loses(self, session) -> None:
        self.containers.pop(str(session.pk))

    def runs_out_of_memory_in(self, session) -> None:
        self.containers[str(session.pk)] = replace(self.containers[str(session.pk)], running=False, oom=True)

    # How workers reach it

    @contextmanager
    def opened(self):
        yield self

    def client_of(self, session) -> "FakeLab":
        return self.labs.setdefault(str(session.pk), FakeLab(self, str(session.pk)))


@dataclass
class FakeLab:
    """A lab behind the relay. Its nodes have settings and files."""

    engine: FakeEngine
    session: str
    sysctls: dict[str, str] = field(default_factory=lambda: {FORWARDING: "0"})
    files: dict[str, str] = field(default_factory=dict)
    resets: list[str | None] = field(default_factory=list)
    error: Exception | None = None
    running: str = "hostname r1\n"
    processes: int = 12  # on r1
    ended: int = 0  # programs that the kernel killed for lack of memory
    cpu: list[int] = field(
        default_factory=lambda: [10]
    )  # hundredths of a core; each measurement takes one, the last stays
    link_state: str = "UP"
    refusal: str = ""
    changed: dict[str, Cable] = field(default_factory=dict)
    listening: list[dict] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    is_copy: bool = False
    saved_nodes: list[str] | None = None

    def is_solved(self) -> None:
        self.sysctls[FORWARDING] = "1"
        self.files["/etc/light"] = "on\n"

    def there(self) -> None:
        found = self.engine.containers.get(self.session)
        if not (found and found.running):
            raise errors.LabGone("The lab is gone.")
        if self.error:
            raise self.error

    def build(
        self, lab: Lab, *, seconds: float, on_step, save: bytes | None = None, is_copy: bool = False
    ) -> list[str]:
        self.is_copy = is_copy
        for step in STEPS:
            if callable(self.engine.while_building):
                self.engine.while_building(self, step)
            self.there()
            if self.engine.build_error and step == "daemons":
                raise self.engine.build_error
            on_step(step, 0.1)
        if save:
            self.sysctls, self.files = (json.loads(save)[key] for key in ("sysctls", "files"))
        return []

    def save(self, *, nodes=None, seconds: float = 20) -> Saved:
        self.there()
        self.saved_nodes = nodes
        return Saved(json.dumps({"sysctls": self.sysctls, "files": self.files}).encode(), [])

    def status(self) -> dict:
        self.there()
        return {"state": "empty", "nodes": {}, "error": ""}

    def reset(self, node: str | None, *, seconds: float, on_step, save: bytes | None = None) -> list[str]:
        self.there()
        on_step("nodes", 0.1)
        self.resets.append(node)
        self.changed = {}
        self.sysctls[FORWARDING] = "0"
        if save:
            self.sysctls, self.files = (json.loads(save)[key] for key in ("sysctls", "files"))
        return []

    def ask(self, asks, *, seconds: float = 10) -> list[dict]:
        self.there()
        return [self.answer(ask) for ask in asks]

    def answer(self, ask) -> dict:
        if ask["ask"] == "sysctl":
            return {"ok": True, "value": self.sysctls.get(ask["key"], "0")}
        if ask["ask"] == "vty":
            said = self.running if ask["daemon"] == "zebra" else ""
            return {"ok": True, "outputs": [said for _command in ask["commands"]]}
        if ask["ask"] == "bird":
            return {"ok": False, "kind": "refused", "error": "Nothing listens."}
        if ask["ask"] == "ip":
            return {"ok": True, "json": [{"ifname": name, "flags": ["UP", "LOWER_UP"]} for name in ("eth0", "eth1")]}
        if ask["ask"] == "links":
            return {"ok": True, "links": dict.fromkeys(ask["interfaces"], self.link_state)}
        if ask["ask"] == "changes":
            files = [
                {"path": path[1:], "size": len(text), "content": b64encode(text.encode()).decode(), "was": None}
                for path, text in sorted(self.files.items())
            ]
            return {"ok": True, "files": files, "more": False, "removed": [], "truncated": False}
        if ask["ask"] in ("processes", "nft", "neighbours"):
            return {"ok": True, "names": [], "text": "", "json": []}
        text = self.files.get(ask["path"])
        return {"ok": True, "exists": text is not None, "text": text or "", "truncated": False}

    def resource_use(self) -> dict:
        self.there()
        calm = {"disk": [1, 100], "files": [9, 16384], "descriptors": [8, 512], "connections": [0, 1000]}
        node = {"up": True, "processes": [self.processes, 200], **calm, "packets": 0, "printed": 0}
        used = self.cpu.pop(0) if len(self.cpu) > 1 else self.cpu[0]
        return {"memory": [50_000, 100_000], "ended": self.ended, "cpu": [used, 200], "nodes": {"r1": node}}

    def do(self, action) -> None:
        self.there()
        if self.refusal:
            raise errors.LabFailed(self.refusal)
        now = self.changed.get(action["link"], Cable()).changed(action)
        self.changed = {**self.changed, action["link"]: now}
        if now.is_plain:
            del self.changed[action["link"]]

    def cables(self, *, seconds: float = 10) -> dict[str, Cable]:
        self.there()
        return self.changed

    def capture(self, interface: str, filter_text: str, *, seconds: float, largest: int) -> int:
        self.there()
        if self.refusal:
            raise errors.LabFailed(self.refusal)
        self.listening.append({"capture": len(self.listening) + 1, "packets": 0, "bytes": 24, "why": "", "done": False})
        return len(self.listening)

    def hears(self, *lines: str, over: str = "") -> None:
        """The last capture has captured this."""
        self.heard = list(lines)
        size = 24 + 100 * len(lines)
        self.listening[-1] |= {"packets": len(lines), "bytes": size, "why": over, "done": bool(over)}

    def captures(self) -> list[dict]:
        self.there()
        return [one for one in self.listening if one]

    def stop_capture(self, number: int) -> None:
        self.there()
        self.listening[number - 1] |= {"why": "stopped", "done": True}

    def fetch_capture(self, number: int) -> Captured:
        self.there()
        one = self.listening[number - 1]
        of_checks = [line.endswith("of a check") for line in self.heard]
        return Captured(one["packets"], one["why"], b"p" * one["bytes"], self.heard, of_checks)

    def drop_capture(self, number: int) -> None:
        self.listening[number - 1] = {}
