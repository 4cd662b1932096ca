"""Reads a lab folder into a Lab, or reports all its mistakes at once, each with file, line and what to do."""

import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from labs.engine.authoring import answer_folders, mutants, seat_rules, seat_template, topology
from labs.engine.authoring.filling import Filling, check_choices, with_filled_texts
from labs.engine.authoring.lab_version import version_of
from labs.engine.authoring.schema import LAB
from labs.engine.authoring.seat_template import SeatTemplate
from labs.engine.authoring.stages import check_delays, check_stages
from labs.engine.definition import guide, seats, solution
from labs.engine.definition.parameters import PARAMETERS, PLAIN, resolve
from labs.engine.definition.spec import (
    Check,
    Interface,
    Kind,
    Lab,
    Level,
    Limits,
    Link,
    Node,
    Resumed,
    SeatPlan,
    Stage,
    StartFile,
)
from labs.engine.runtime import flavours
from labs.typed_yaml.authoring_errors import AuthoringError, AuthoringErrors
from labs.typed_yaml.shapes import PLACE, Problems, nearest
from labs.typed_yaml.yaml_file import Marked, mark, read_yaml

LARGEST_FILE = 512 * 1024  # bytes of one start file: all of them are sent to the supervisor
LARGEST_FILES = 700 * 1024  # bytes of a lab's start files together
GUIDE = "guide.md"
MADE_BY_THE_KERNEL = ("/proc/", "/sys/", "/dev/", "/run/")


def load_lab(folder: Path, seed: int = PLAIN) -> Lab:
    """Return the lab with the values of this seed. Raises AuthoringErrors with all mistakes."""
    reader = LabReader(folder, seed)
    lab = reader.load()
    if reader.unfinished:
        raise AuthoringErrors(sorted(set(reader.unfinished)))
    return lab


class LabReader:
    """Reads a lab folder. ``unfinished`` has the mistakes with which the lab can run."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        self.errors: list[AuthoringError] = []
        self.unfinished: list[AuthoringError] = []
        self.filling: Filling | None = None
        self.unfilled: Mapping[str, Any] = {}  # lab.yaml as it is written, with placeholders
        self.seats: SeatTemplate | None = None  # if its seats are alike

    def error(self, name: str, line: int, message: str) -> None:
        found = self.unfinished if name == GUIDE else self.errors
        found.append(AuthoringError(str(self.folder / name), line, message))

    def not_yet(self, name: str, line: int, message: str) -> None:
        self.unfinished.append(AuthoringError(str(self.folder / name), line, message))

    def load(self) -> Lab:
        """Return the lab. Raises AuthoringErrors if it cannot run; ``unfinished`` has what else is wrong."""
        if not (self.folder / "lab.yaml").is_file():
            self.error("lab.yaml", 1, "The file is missing. Each lab folder needs one.")
            raise AuthoringErrors(self.errors)
        marked = self._for_each_seat(self._filled_yaml())
        for line, message in marked.errors:
            self.error("lab.yaml", line, message)
        read: Mapping[str, Any] = {}
        if marked.value is not None or not (marked.errors or self.errors):
            read = self._read(marked)
        nodes, stages = read.get("nodes"), read.get("stages")
        ids = None if stages is None else [stage["id"] for stage in stages if "id" in stage]
        # If lab.yaml cannot be read, we do not report what the other files name as unknown.
        files = self._files(nodes) if nodes else self._unfilled_files()
        text = self._guide(ids)
        parts = self._solution(nodes, ids)
        sets = self._answers(nodes) if nodes else {}
        if self.errors:
            raise AuthoringErrors(sorted({*self.errors, *self.unfinished}))
        if not self.unfinished:
            problems = Problems()
            mutants.check(read, parts, problems)
            for place, message in problems.found:
                self.not_yet("lab.yaml", marked.line(place), message)
        lab = replace(self._lab(read, files, marked), solution=parts, answers=sets)
        lab = self._with_guide(lab, text)
        if wrong := seat_rules.mistakes(lab):
            raise AuthoringErrors(sorted(set(wrong)))
        if self.filling is None or self.seats:
            return lab  # without parameters the lab is the same for all seeds
        return replace(
            with_filled_texts(lab, self.unfilled, self.filling), seed=self.seed, parameters=self.filling.values
        )

    def _filled_yaml(self) -> Marked:
        """Read lab.yaml with the values of its parameters in it. If a parameter is wrong, return an empty Marked."""
        raw = read_yaml(self.folder / "lab.yaml")
        if raw.errors or not isinstance(raw.value, Mapping) or "parameters" not in raw.value:
            return raw
        if isinstance(raw.value.get("seats"), Mapping):
            message = "A lab whose seats are alike has no parameters: its seats have values of their own. Remove them."
            self.error("lab.yaml", raw.line(("parameters",)), message)
            return Marked()
        self.unfilled = raw.value
        problems = Problems()
        read = PARAMETERS.read(raw.value["parameters"], ("parameters",), problems)
        read = read if isinstance(read, Mapping) else {}
        self.filling = Filling(resolve(read, self.seed, problems))
        if problems.found:  # other mistakes with parameters would only follow from these
            self.filling = None
        else:
            check_choices(read, self.filling, problems)
        for place, message in problems.found:
            self.error("lab.yaml", raw.line(place), message)
        before = len(self.errors)
        text = self._fill("lab.yaml", (self.folder / "lab.yaml").read_text(encoding="utf-8"))
        return Marked() if problems.found or len(self.errors) > before else mark(text)

    def _for_each_seat(self, marked: Marked) -> Marked:
        """Repeat what mentions a seat, if the seats are alike."""
        if not isinstance(marked.value, Mapping):
            return marked
        problems = Problems()
        self.seats = seat_template.read(marked.value.get("seats"), problems)
        made = seat_template.expand(marked, self.seats, problems) if self.seats else marked
        for place, message in problems.found:
            self.error("lab.yaml", marked.line(place), message)
        return made if self.seats or not problems.found else Marked()

    def _with_guide(self, lab: Lab, text: str) -> Lab:
        """Add the guide. Each of the seats that are alike has its own; without a seat one reads that of the first."""
        if self.seats is None:
            return replace(lab, guide=text)
        made = tuple(
            replace(seat, number=number, values=filling.values, guide=filling.fill(text)[0])
            for seat, (number, filling) in zip(lab.seats, self.seats.numbers(), strict=True)
        )
        return replace(lab, guide=made[0].guide, seats=made)

    def _fill(self, name: str, text: str) -> str:
        if self.filling is None:
            return text
        filled, mistakes = self.filling.fill(text)
        for line, message in mistakes:
            self.error(name, line, message)
        return filled

    def _read(self, marked: Marked) -> Mapping[str, Any]:
        problems = Problems()
        read: Mapping[str, Any] = LAB.read(marked.value, (), problems)
        if not isinstance(read, Mapping):
            read = {}
        nodes, links = read.get("nodes", {}), read.get("links", ())
        topology.check_nodes(nodes, problems)
        topology.check_links(nodes, links, problems)
        seats.check_seats(read.get("seats", ()), nodes, problems)
        check_stages(read.get("stages", ()), nodes, links, problems)
        check_delays(read.get("stages", ()), read.get("requires", ()), problems)
        check_image(read.get("image", ""), problems)
        check_resumed(read, problems)
        for place, message in problems.found:
            self.error("lab.yaml", marked.line(place), message)
        return read

    def _files(self, nodes: Mapping[str, Any]) -> dict[str, list[StartFile]]:
        found: dict[str, list[StartFile]] = {}
        root, total = self.folder / "files", 0
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            name = path.relative_to(self.folder).as_posix()
            if path.is_symlink():
                self.error(name, 1, "A symbolic link is not copied into a node. Put the file itself here.")
                continue
            executable = path.is_file() and bool(path.stat().st_mode & stat.S_IXUSR)
            for parts, filling in self._for_seats(path.relative_to(root).parts) if path.is_file() else ():
                if self._file_fits(path, name, parts, nodes):
                    content = self._content(path, name, filling)
                    total += len(content)
                    start = StartFile(path="/" + "/".join(parts[1:]), content=content, executable=executable)
                    found.setdefault(parts[0], []).append(start)
        if total > LARGEST_FILES:
            self.error(
                "files",
                1,
                f"The start files have {total // 1024} KB together. Make them smaller than {LARGEST_FILES // 1024} KB.",
            )
        return found

    def _unfilled_files(self) -> dict[str, list[StartFile]]:
        """Report only the placeholders without a value in the start files, because the nodes are not known."""
        for path in sorted((self.folder / "files").rglob("*")) if self.filling else ():
            if path.is_file() and not path.is_symlink():
                self._content(path, path.relative_to(self.folder).as_posix())
        return {}

    def _for_seats(self, parts: Sequence[str]) -> list[tuple[tuple[str, ...], Filling | None]]:
        """Return the file's name for each seat with the seat's values, if it names the seat; else the name as it is."""
        if self.seats is None or not any(solution.IN_FILES in part for part in parts):
            return [(tuple(parts), None)]
        return [
            (tuple(part.replace(solution.IN_FILES, str(number)) for part in parts), filling)
            for number, filling in self.seats.numbers()
        ]

    def _content(self, path: Path, name: str, of_seat: Filling | None = None) -> bytes:
        content, filling = path.read_bytes(), of_seat or self.filling
        filled, mistakes = filling.fill_bytes(content) if filling else (content, [])
        for line, message in mistakes:
            self.error(name, line, message)
        return filled

    def _file_fits(self, path: Path, name: str, parts: Sequence[str], nodes: Mapping[str, Any]) -> bool:
        inside = "/" + "/".join(parts[1:])
        if len(parts) == 1:
            self.error(name, 1, "The file is in no node's folder. Put it at files/NODE/PATH.")
        elif parts[0] not in nodes:
            self.error(f"files/{parts[0]}", 1, f'There is no node "{parts[0]}": {nearest(parts[0], list(nodes))}')
        elif nodes[parts[0]].get("kind") == Kind.SWITCH:
            self.error(
                f"files/{parts[0]}", 1, f"{parts[0]} is a switch, and a switch has no files. Remove this folder."
            )
        elif inside.startswith(MADE_BY_THE_KERNEL):
            self.error(
                name, 1, f"The kernel provides {inside} when the node starts. Use sysctls or start instead of a file."
            )
        elif path.stat().st_size > LARGEST_FILE:
            self.error(name, 1, f"The file is larger than {LARGEST_FILE // 1024} KB. Make it smaller.")
        else:
            return True
        return False

    def _guide(self, stages: Sequence[str] | None) -> str:
        text = self._text(GUIDE, "The guide is missing. Write guide.md with a section for each stage.")
        for line, message in guide.mistakes(text, stages) if text and stages is not None else ():
            self.error(GUIDE, line, message)
        for line, message in self.seats.fillings[0].fill(text)[1] if self.seats else ():
            self.error(GUIDE, line, message)
        return text

    def _text(self, name: str, missing: str) -> str:
        if not (self.folder / name).is_file():
            self.error(name, 1, missing)
            return ""
        try:
            return self._fill(name, (self.folder / name).read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            self.error(name, 1, f"The file is not UTF-8 (byte {error.start}). Save it as UTF-8.")
            return ""

    def _solution(
        self, nodes: Mapping[str, Any] | None, stages: Sequence[str] | None
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        parts: dict[str, dict[str, tuple[str, ...]]] = {}  # by node
        root = self.folder / solution.FOLDER
        files = sorted(root.iterdir()) if root.is_dir() else []
        if not files:
            self.not_yet(
                "solution", 1, "The solution is missing. Add solution/NODE.sh with the lines that a learner types."
            )
        for file in files:
            name = f"{solution.FOLDER}/{file.name}"
            if file.suffix != ".sh":
                self.error(
                    name, 1, "Only files NODE.sh belong here, each with the lines that a learner types on that node."
                )
                continue
            text = self._text(name, "The file is missing.")
            for (node,), filling in self._for_seats([file.stem]) if nodes is not None else ():
                self._solution_of_node(name, node, self._filled(name, text, filling), nodes or {}, stages, parts)
        if parts and stages and not self.errors:
            for stage in solution.unnamed(parts, stages):
                message = f'No file has lines for the stage "{stage}". Write "# stage: {stage}", even if nothing is typed in it.'
                self.not_yet(solution.FOLDER, 1, message)
        return {stage: {node: cut[stage] for node, cut in parts.items() if cut.get(stage)} for stage in stages or ()}

    def _filled(self, name: str, text: str, filling: Filling | None) -> str:
        filled, mistakes = filling.fill(text) if filling else (text, [])
        for line, message in mistakes:
            self.error(name, line, message)
        return filled

    def _solution_of_node(
        self,
        name: str,
        node: str,
        text: str,
        nodes: Mapping[str, Any],
        stages: Sequence[str] | None,
        parts: dict[str, dict[str, tuple[str, ...]]],
    ) -> None:
        """Put the lines of one node into PARTS, by stage, or report why they do not belong there."""
        if node not in nodes:
            self.error(name, 1, f'There is no node "{node}": {nearest(node, list(nodes))}')
        elif nodes[node].get("kind") == Kind.SWITCH or nodes[node].get("learner") is False:
            self.error(
                name, 1, f"The learner cannot type on {node}. Remove this file, or give the node to the learner."
            )
        elif stages is not None:
            parts[node] = solution.cut(text, stages)
            for line, message in solution.mistakes(text, stages):
                self.error(name, line, message)
            if not any(parts[node].values()):
                self.error(name, 1, "The file has no line to type. Add lines, or remove the file.")

    def _answers(self, nodes: Mapping[str, Any]) -> dict[str, answer_folders.Lines]:
        """Read the other right answers: answers/NAME/NODE.sh."""
        usable = [name for name, node in nodes.items() if node.get("kind") != Kind.SWITCH and node.get("learner", True)]
        sets, wrong = answer_folders.read_sets(self.folder / answer_folders.FOLDER, usable, self.filling)
        self.errors += wrong
        return sets

    def _lab(self, read: Mapping[str, Any], files: Mapping[str, list[StartFile]], marked: Marked) -> Lab:
        given = {"id", "title", "summary", "minutes"}
        seat_at = self.seats.seat_at if self.seats else {}
        return Lab(
            **{name: read[name] for name in given},
            level=Level(read["level"]),
            nodes={name: _node(name, node, files.get(name, [])) for name, node in read["nodes"].items()},
            links=tuple(_link(link) for link in read.get("links", ())),
            stages=tuple(_stage(stage, marked, seat_at) for stage in read["stages"]),
            seats=tuple(SeatPlan(id=seat["id"], nodes=tuple(seat["nodes"])) for seat in read.get("seats", ())),
            mutants=mutants.read(read.get("mutants", ()), marked.line),
            unnoticed=mutants.read_unnoticed(read.get("unnoticed", ())),
            resumed=Resumed(**read["resumed"], line=marked.line(("resumed",))) if "resumed" in read else None,
            limits=Limits(**read.get("limits", {})),
            requires=read.get("requires", ()),
            image=read.get("image", ""),
            own_nodes=read.get("own_nodes", ""),
            folder=self.folder,
            version=version_of(self.folder),
        )


def check_image(flavour: str, problems: Problems) -> None:
    """Report a flavour that does not exist, with those that do."""
    if flavour and flavour not in (known := flavours.known()):
        there_are = "; ".join(f"{name} ({', '.join(one.packages)})" for name, one in known.items())
        problems.add(("image",), f'There is no image flavour "{flavour}". There are: {there_are}.')


def check_resumed(read: Mapping[str, Any], problems: Problems) -> None:
    """Report a promise about resumed work that is none."""
    if "resumed" not in read:
        return
    points = sum(check.get("points", 1) for stage in read.get("stages", ()) for check in stage.get("checks", ()))
    if read.get("seats"):
        problems.add(("resumed",), "The proof of a lab with seats does not resume it. Remove resumed.")
    elif read["resumed"].get("points", 0) >= points:
        message = f"The lab has {points} points. Give fewer, or remove resumed: all points are promised without it."
        problems.add(("resumed", "points"), message)


def _node(name: str, read: Mapping[str, Any], files: Sequence[StartFile]) -> Node:
    rest = {key: read[key] for key in ("learner", "role", "daemons", "sysctls", "start", "at") if key in read}
    loopback = tuple(map(str, read.get("loopback", ())))
    return Node(name=name, kind=Kind(read["kind"]), loopback=loopback, files=tuple(files), **rest)


def _link(read: Mapping[str, Any]) -> Link:
    ends, networks = [], Counter[str]()
    for side in ("a", "b"):
        node, interface = read[side]["interface"].split(":", 1)
        addresses = read[side].get("addresses", ())
        networks.update(str(address.network) for address in addresses if not address.ip.is_link_local)
        ends.append(Interface(node=node, name=interface, addresses=tuple(map(str, addresses))))
    common = networks.most_common(1)
    return Link(a=ends[0], b=ends[1], label=read.get("label", common[0][0] if common else ""))


def _stage(read: Mapping[str, Any], marked: Marked, seat_at: Mapping[Any, str]) -> Stage:
    checks = []
    for check in read["checks"]:
        rest = {key: value for key, value in check.items() if key not in (PLACE, "do")}
        do = tuple(
            {
                key: str(value) if key == "prefix" else value
                for key, value in action.items()
                if key != PLACE and value is not None
            }
            for action in check.get("do", ())
        )
        seat = seat_at.get(check[PLACE], "")
        checks.append(Check(**rest, do=do, seat=seat, line=marked.line(check[PLACE])))
    return Stage(id=read["id"], title=read["title"], checks=tuple(checks))
