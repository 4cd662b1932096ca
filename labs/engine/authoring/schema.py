"""The fields of ``lab.yaml``, and the JSON schema for editors that is made from them.

``python -m labs.engine.authoring.schema`` prints the schema. A test compares labs/engine/authoring/lab.schema.json with it.
"""

import json
from collections.abc import Mapping
from typing import Any

from labs.engine.checks import TYPES
from labs.engine.definition.parameters import NAME, PARAMETERS, Scalar
from labs.engine.definition.spec import Kind, Level
from labs.engine.shared.cable import LEAST_RATE, MOST_DELAY, MOST_RATE
from labs.engine.shared.features import FEATURES
from labs.typed_yaml.shapes import (
    Address,
    AnyMap,
    Choice,
    Field,
    Flag,
    ListOf,
    MapOf,
    Number,
    Path,
    Problems,
    Record,
    Word,
)


class OfSeats(Word):
    """A word that may mention a seat where it is written: what it becomes by seat_template is read as the word."""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.pattern}|[^\\n]*<<seat[^\\n]*)$", "maxLength": 80}


class Place(Number):
    """A column or row in the drawing; of a seat, <<seat>> can be one."""

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [super().schema(), {"type": "string", "pattern": "^<<seat[^\\n]*>>$"}]}


ID = OfSeats("lower-case letters, digits and hyphens, beginning with a letter", r"[a-z][a-z0-9-]{0,62}", 63)
NODE = OfSeats(
    "at most 12 lower-case letters, digits and hyphens, beginning with a letter", r"[a-z][a-z0-9-]{0,11}", 12
)
ROAS = Word("NODE:/PATH such as cache:/etc/vrps.json", r"[^:\s]{1,40}:/[^\s]{1,200}", 242)
END = Word("NODE:INTERFACE such as r1:eth1", r"[^:\s]{1,40}:[^:\s]{1,40}", 81)
SYSCTL = Word("the name of a network setting such as net.ipv6.conf.all.forwarding", r"net\.[A-Za-z0-9_.:/-]+", 120)
SETTING = Word("a value in one line", r"[^\n]{1,200}", 200)
SENTENCE = Word("a text of one line, at most 200 characters", r"(?=.*\S)[^\n]{1,200}", 200)
PARAGRAPH = Word("a text of at most 600 characters", longest=600)
REFERENCE = Word("the id of a lesson, or an RFC such as RFC 5340", r"[A-Za-z][A-Za-z0-9 ./-]{0,60}", 61)
FEATURE = Choice(tuple(FEATURES))
IMAGE = Word("the name of an image flavour", r"[a-z][a-z0-9-]{0,30}", 31)
COMMAND = Word("a command in one line", r"(?=.*\S)[^\n]{1,500}", 500)

DAEMONS = (
    "babeld",
    "bfdd",
    "bgpd",
    "isisd",
    "ldpd",
    "nhrpd",
    "ospf6d",
    "ospfd",
    "pathd",
    "pim6d",
    "pimd",
    "ripd",
    "ripngd",
    "vrrpd",
)


class Value(Word):
    """A sysctl's value: a text or a number."""

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}

    def read(self, value: object, path: Path, problems: Problems) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return Word.read(self, str(value) if whole else value, path, problems)


NODE_FIELDS: Mapping[str, Field] = {
    "kind": Field(Choice(tuple(Kind)), "host, frr, bird or switch.", required=True),
    "learner": Field(Flag(), "false: the node belongs to the instructor, and the learner cannot type on it."),
    "role": Field(
        Word("at most 16 characters", r"\S.{0,15}", 16), "at most 16 characters below the name in the drawing."
    ),
    "daemons": Field(
        ListOf(Word("a daemon's name", r"[a-z0-9]+", 20)), "FRR daemons to run in addition to mgmtd, zebra and staticd."
    ),
    "sysctls": Field(
        MapOf(SYSCTL, Value(SETTING.wanted, SETTING.pattern, 200)), "kernel settings that are set at start."
    ),
    "loopback": Field(ListOf(Address("interface")), "addresses of lo that are set at start."),
    "start": Field(ListOf(COMMAND), "commands that run once in the node, in order, after its daemons have started."),
    "at": Field(ListOf(Place(0, 20), 2), "column and row in the drawing."),
}
END_FIELDS: Mapping[str, Field] = {
    "interface": Field(END, "NODE:INTERFACE.", required=True),
    "addresses": Field(ListOf(Address("interface")), "addresses with their prefix length, set at start."),
}
LINK_FIELDS: Mapping[str, Field] = {
    "a": Field(Record("An end of a link", END_FIELDS, placed=True), "one end.", required=True),
    "b": Field(Record("An end of a link", END_FIELDS, placed=True), "the other end.", required=True),
    "label": Field(SENTENCE, "the text on the link in the drawing (default: its prefix)."),
}
DO_FIELDS: Mapping[str, Field] = {
    "link": Field(END, "NODE:INTERFACE of one end of the link that changes."),
    "up": Field(Flag(), "false: the link goes down; afterwards it is up again."),
    "rate": Field(Number(LEAST_RATE, MOST_RATE), "kbit/s in each direction, until the check ends."),
    "delay": Field(Number(1, MOST_DELAY), "ms in each direction; the lab needs netem in requires."),
    "loss": Field(Number(0, 100, whole=False), "percent of the packets in each direction."),
    "roas": Field(
        ROAS, "NODE:/PATH of the ROA file that a cache serves; the prefix then has only the ROA that is given here."
    ),
    "prefix": Field(Address("prefix"), "the prefix of the ROA."),
    "origin_as": Field(
        Number(0, 4294967295), "the AS that may originate it (default: none, so the prefix has no ROA)."
    ),
    "run": Field(NODE, "the instructor's node on which commands run, for example one that leaks a route."),
    "commands": Field(
        ListOf(COMMAND, 1),
        "the commands, in order, as root in the node's shell; each must end with status 0 within 10 s.",
    ),
    "restore": Field(
        ListOf(COMMAND, 1),
        "the commands that undo them. They run after the check, whatever became of it, and must do no harm if they run twice.",
    ),
    "max_length": Field(
        Number(0, 128), "the longest prefix that the AS may announce (default: the prefix's own length)."
    ),
}
CHECK_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "a name that stays the same when the title changes.", required=True),
    "type": Field(
        Word("the name of a check type", r"\S{1,40}", 40),
        "what is checked; docs/checks.md lists the types.",
        required=True,
    ),
    "title": Field(SENTENCE, "what is true when it passes, in words that a learner knows.", required=True),
    "on": Field(ListOf(NODE, 1), "the nodes that are asked; it must be true on all of them.", required=True),
    "expect": Field(AnyMap(), "what must be true; the fields depend on the type.", required=True),
    "points": Field(Number(1, 100), "points for passing (default: 1)."),
    "within": Field(Number(0, 120, whole=False), "seconds in which the check is repeated until it passes."),
    "hold": Field(Number(0, 60, whole=False), "seconds for which it must then stay true."),
    "needs": Field(ListOf(ID), "ids of checks that must pass first; until then this check waits."),
    "control": Field(
        ListOf(ID, 1),
        "ids of checks that must pass too, or this check fails: the absence of traffic alone proves nothing.",
    ),
    "partial": Field(Flag(), "true: a part that is true gives a part of the points."),
    "show": Field(
        Choice(("always", "after_pass", "never")),
        "when the learner sees it: always (default), after it has passed, or never.",
    ),
    "do": Field(
        ListOf(Record("A stimulus", DO_FIELDS, placed=True)),
        "what changes in the network before the check; it is undone afterwards.",
    ),
    "hint": Field(ListOf(PARAGRAPH), "hints; the first one gives away least."),
    "cause": Field(
        PARAGRAPH,
        "the likely cause of a failure (default: that of the check type). If the grader finds the cause itself, it shows that.",
    ),
    "complaint": Field(
        PARAGRAPH, "what a customer reports in a trouble ticket when it fails: what they notice, never the cause."
    ),
    "read_more": Field(ListOf(REFERENCE), "lessons and RFCs to read."),
}
STAGE_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "the id of the stage, which guide.md uses too.", required=True),
    "title": Field(SENTENCE, "what the learner does in this stage.", required=True),
    "checks": Field(ListOf(Record("A check", CHECK_FIELDS, placed=True), 1), "the checks of the stage.", required=True),
}
LIMIT_FIELDS: Mapping[str, Field] = {
    "memory": Field(Number(128, 8192), "MB for the whole lab (default: from measurements)."),
    "cpus": Field(Number(0.1, 16, whole=False), "CPUs for the whole lab."),
    "processes": Field(Number(20, 2000), "processes of one node."),
    "disk": Field(Number(8, 1024), "MB of one node."),
}
SEAT_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "the id of the seat, such as as64501.", required=True),
    "nodes": Field(ListOf(NODE, 1), "the nodes on which the learner with this seat types.", required=True),
}
SEAT_TEMPLATE = Record(
    "The seats",
    {
        "id": Field(Word("an id with the number or a value of the seat", longest=80), "such as as<<seat_asn>>.", True),
        "nodes": Field(ListOf(Word("a node with the number of the seat", longest=40), 1), "such as r<<seat>>.", True),
        "values": Field(MapOf(NAME, ListOf(Scalar(), 2), 1), "by name, the value of each seat, in order.", True),
    },
)


class Seats(ListOf):
    """Seats one by one. In a file they may also be a template (labs.engine.authoring.seat_template), which is repeated first."""

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [super().schema(), SEAT_TEMPLATE.schema()]}


LINE_FIELDS: Mapping[str, Field] = {
    "on": Field(NODE, "the node on which the line is typed.", required=True),
    "line": Field(COMMAND, "the line of the solution, exactly as it is typed.", required=True),
    "after": Field(COMMAND, "a line above it, if the same line is typed more than once: the next match is meant."),
}
CHANGE_FIELDS: Mapping[str, Field] = {
    **LINE_FIELDS,
    "becomes": Field(ListOf(COMMAND), "the lines that are typed instead (default: none)."),
}
MUTANT_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "an id that no other mutant has.", required=True),
    "title": Field(SENTENCE, "the mistake, in a few words.", required=True),
    "changes": Field(ListOf(Record("A change", CHANGE_FIELDS, placed=True), 1), "lines of the solution that differ."),
    "also": Field(MapOf(NODE, ListOf(COMMAND, 1), 1), "lines to type at the end, by node, at the bash prompt."),
    "fails": Field(
        ListOf(ID, 1), "the ids of the checks that must fail; all others pass, or wait for one of these.", required=True
    ),
}
UNNOTICED_FIELDS: Mapping[str, Field] = {
    **LINE_FIELDS,
    "reason": Field(PARAGRAPH, "why no check can notice that the line is missing.", required=True),
}
RESUMED_FIELDS: Mapping[str, Field] = {
    "points": Field(Number(0, 9999), "the points of the solved lab after a resume.", required=True),
    "reason": Field(PARAGRAPH, "why the other points are lost.", required=True),
}
LAB = Record(
    "A lab",
    {
        "id": Field(ID, "a name that stays the same when the folder is renamed.", required=True),
        "title": Field(SENTENCE, "the lab's title, in a few words.", required=True),
        "summary": Field(PARAGRAPH, "what a learner can do afterwards, in one or two sentences.", required=True),
        "level": Field(Choice(tuple(Level)), "beginner, intermediate or advanced.", required=True),
        "minutes": Field(Number(5, 480), "how many minutes a learner needs.", required=True),
        "parameters": Field(
            PARAMETERS, "values that differ for each learner; they replace <<name>> in the lab's files."
        ),
        "requires": Field(ListOf(FEATURE), "kernel features that the lab needs and not every computer has."),
        "image": Field(
            IMAGE,
            "the flavour of the lab image, for a lab that needs more packages; docs/authoring-labs.md lists them.",
        ),
        "limits": Field(Record("limits", LIMIT_FIELDS), "limits of a lab that is larger than most."),
        "nodes": Field(
            MapOf(NODE, Record("A node", NODE_FIELDS, placed=True), 1), "hosts, routers and switches.", required=True
        ),
        "links": Field(ListOf(Record("A link", LINK_FIELDS, placed=True)), "links, each between two interfaces."),
        "seats": Field(
            Seats(Record("A seat", SEAT_FIELDS, placed=True)),
            "the seats of a class lab, one by one or as a template: which learner types on which nodes.",
        ),
        "stages": Field(
            ListOf(Record("A stage", STAGE_FIELDS, placed=True), 1), "the stages of the lab, in order.", required=True
        ),
        "own_nodes": Field(
            PARAGRAPH, "the reason why more than half of the points depend on the learner's own nodes alone."
        ),
        "mutants": Field(
            ListOf(Record("A mutant", MUTANT_FIELDS, placed=True)),
            "solutions with a typical mistake, and the checks that must fail.",
        ),
        "unnoticed": Field(
            ListOf(Record("An entry of unnoticed", UNNOTICED_FIELDS, placed=True)),
            "exceptions: lines whose absence no check can notice.",
        ),
        "resumed": Field(
            Record("resumed", RESUMED_FIELDS),
            "the points that the solved lab has after it was saved and resumed, if these are not all of its points.",
        ),
    },
)


ABOUT = (
    "A network, and what must become true in it. See docs/authoring-labs.md, and docs/checks.md for the check types."
)
PLACEHOLDER = {"type": "string", "pattern": "<<[a-z][^<>]*>>"}
ONCE = ("id", "parameters", "propertyNames")  # parts that are the same for every learner


def _or_placeholder(made: Any) -> Any:
    """Allow a placeholder wherever the schema wants a single value."""
    if isinstance(made, list):
        return [_or_placeholder(item) for item in made]
    if not isinstance(made, dict):
        return made
    if "enum" in made or "pattern" in made or made.get("type") in ("integer", "number", "boolean"):
        about = {key: made[key] for key in ("description",) if key in made}
        return {"anyOf": [{key: made[key] for key in made if key not in about}, PLACEHOLDER], **about}
    return {key: item if key in ONCE or key == "required" else _or_placeholder(item) for key, item in made.items()}


def schema() -> dict[str, Any]:
    """Return the JSON schema of lab.yaml."""
    made: dict[str, Any] = _or_placeholder(LAB.schema())
    check = made["properties"]["stages"]["items"]["properties"]["checks"]["items"]
    abouts = [kind.ABOUT for kind in TYPES.values()]
    about = CHECK_FIELDS["type"].about
    check["properties"]["type"] = {"enum": list(TYPES), "enumDescriptions": abouts, "description": about}
    check["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"properties": {"expect": {"description": kind.ABOUT, **_or_placeholder(kind.shape().schema())}}},
        }
        for name, kind in TYPES.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A lab of Vaka",
        "description": ABOUT,
        **made,
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1, ensure_ascii=False))
