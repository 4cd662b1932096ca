"""The fields of ``lab.yaml``, and the JSON schema that editors use, made from them.

``python -m labs.engine.authoring.schema`` prints the schema; labs/engine/authoring/lab.schema.json is a copy of it. A test says so.
"""

import json
from collections.abc import Mapping
from typing import Any

from labs.engine.checks import TYPES
from labs.engine.definition.parameters import PARAMETERS
from labs.engine.definition.spec import Kind, Level
from labs.engine.shared.cable import LEAST_RATE, MOST_DELAY, MOST_RATE
from labs.engine.shared.features import FEATURES
from labs.typed_yaml.shapes import Address, AnyMap, Choice, Field, Flag, ListOf, MapOf, Number, Record, Word

ID = Word("lower-case letters, digits and hyphens, beginning with a letter", r"[a-z][a-z0-9-]{0,62}", 63)
NODE = Word("at most 12 lower-case letters, digits and hyphens, beginning with a letter", r"[a-z][a-z0-9-]{0,11}", 12)
ROAS = Word("NODE:/PATH such as cache:/etc/vrps.json", r"[^:\s]{1,40}:/[^\s]{1,200}", 242)
END = Word("NODE:INTERFACE such as r1:eth1", r"[^:\s]{1,40}:[^:\s]{1,40}", 81)
SYSCTL = Word("a network setting such as net.ipv6.conf.all.forwarding", r"net\.[A-Za-z0-9_.:/-]+", 120)
SETTING = Word("a value in one line", r"[^\n]{1,200}", 200)
SENTENCE = Word("a text of one line, at most 200 characters", r"(?=.*\S)[^\n]{1,200}", 200)
PARAGRAPH = Word("a text of at most 600 characters", longest=600)
REFERENCE = Word("the id of a lesson, or an RFC such as RFC 5340", r"[A-Za-z][A-Za-z0-9 ./-]{0,60}", 61)
FEATURE = Choice(tuple(FEATURES))
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
ALWAYS = ("mgmtd", "zebra", "staticd")


class Value(Word):
    """A sysctl's value: a text or a number."""

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "integer"]}

    def read(self, value: object, path: Any, problems: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return Word.read(self, str(value) if whole else value, path, problems)


NODE_FIELDS: Mapping[str, Field] = {
    "kind": Field(Choice(tuple(Kind)), "host, frr, bird or switch.", required=True),
    "learner": Field(Flag(), "false: the node is the instructor's, and the learner only looks."),
    "role": Field(Word("one word", r"\S.{0,15}", 16), "one word under the name in the drawing."),
    "daemons": Field(ListOf(Word("a daemon's name", r"[a-z0-9]+", 20)), "FRR daemons beside mgmtd, zebra and staticd."),
    "sysctls": Field(MapOf(SYSCTL, Value(SETTING.wanted, SETTING.pattern, 200)), "kernel settings at start."),
    "loopback": Field(ListOf(Address("interface")), "addresses of lo at start."),
    "start": Field(ListOf(COMMAND), "commands run once in the node, in order, when its daemons are up."),
    "at": Field(ListOf(Number(0, 20), 2), "column and row in the drawing."),
}
END_FIELDS: Mapping[str, Field] = {
    "interface": Field(END, "NODE:INTERFACE.", required=True),
    "addresses": Field(ListOf(Address("interface")), "addresses with their length, set at start."),
}
LINK_FIELDS: Mapping[str, Field] = {
    "a": Field(Record("An end of a link", END_FIELDS, placed=True), "one end.", required=True),
    "b": Field(Record("An end of a link", END_FIELDS, placed=True), "the other end.", required=True),
    "label": Field(SENTENCE, "what the drawing writes on the link; the prefix if left out."),
}
DO_FIELDS: Mapping[str, Field] = {
    "link": Field(END, "NODE:INTERFACE of one end of a link, to which something happens."),
    "up": Field(Flag(), "false: the link goes down; it is brought back afterwards."),
    "rate": Field(Number(LEAST_RATE, MOST_RATE), "kbit/s, each way, afterwards as before."),
    "delay": Field(Number(1, MOST_DELAY), "ms, each way; needs netem in requires."),
    "loss": Field(Number(0, 100, whole=False), "of 100 packets, each way."),
    "roas": Field(
        ROAS, "NODE:/PATH of the file of ROAs that a cache serves; of the prefix it says only this afterwards."
    ),
    "prefix": Field(Address("prefix"), "the prefix of the ROA."),
    "origin_as": Field(Number(0, 4294967295), "the AS that may originate it; without it, the prefix has no ROA."),
    "max_length": Field(
        Number(0, 128), "the longest prefix that it may announce; the prefix's own length if left out."
    ),
}
CHECK_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "a name that stays, also when the title changes.", required=True),
    "type": Field(Word("the name of a check type", r"\S{1,40}", 40), "what is asked; see docs.", required=True),
    "title": Field(SENTENCE, "what is true when it passes, in the learner's words.", required=True),
    "on": Field(ListOf(NODE, 1), "the nodes that are asked; it must be true on all.", required=True),
    "expect": Field(AnyMap(), "what must be true, by type.", required=True),
    "points": Field(Number(1, 100), "1 if left out."),
    "within": Field(Number(0, 120, whole=False), "seconds: asked again until it passes or they are over."),
    "hold": Field(Number(0, 60, whole=False), "seconds: then it must stay true."),
    "needs": Field(ListOf(ID), "ids of checks; while one of them has not passed, this one waits."),
    "control": Field(
        ListOf(ID, 1), "ids of checks that must pass too, or this one has failed: silence alone proves nothing."
    ),
    "partial": Field(Flag(), "true: what is true in part gives a part of the points."),
    "show": Field(
        Choice(("always", "after_pass", "never")),
        "whether the learner sees it: always if left out, or only once it has passed.",
    ),
    "do": Field(
        ListOf(Record("A stimulus", DO_FIELDS, placed=True)), "what happens to the network first; undone afterwards."
    ),
    "hint": Field(ListOf(PARAGRAPH), "hints, the gentlest first."),
    "cause": Field(
        PARAGRAPH, "your likely cause; else the check type has its own. One that the grader can name goes before it."
    ),
    "complaint": Field(
        PARAGRAPH, "what a customer says when it fails, in a trouble ticket: what he notices, never why."
    ),
    "read_more": Field(ListOf(REFERENCE), "lessons and RFCs."),
}
STAGE_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "the name that guide.md uses too.", required=True),
    "title": Field(SENTENCE, "what the learner does here.", required=True),
    "checks": Field(ListOf(Record("A check", CHECK_FIELDS, placed=True), 1), "what is asked.", required=True),
}
LIMIT_FIELDS: Mapping[str, Field] = {
    "memory": Field(Number(128, 8192), "MB of the whole lab; by what it is measured to take if left out."),
    "cpus": Field(Number(0.1, 16, whole=False), "processors of the whole lab."),
    "processes": Field(Number(20, 2000), "of one node."),
    "disk": Field(Number(8, 1024), "MB of one node."),
}
SEAT_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "a name for the seat, such as as64501.", required=True),
    "nodes": Field(ListOf(NODE, 1), "the nodes on which its holder types.", required=True),
}
LINE_FIELDS: Mapping[str, Field] = {
    "on": Field(NODE, "the node on which the line is typed.", required=True),
    "line": Field(COMMAND, "the line of the solution, as it is typed.", required=True),
    "after": Field(COMMAND, "a line above it, where the same line is typed twice: the next one is meant."),
}
CHANGE_FIELDS: Mapping[str, Field] = {
    **LINE_FIELDS,
    "becomes": Field(ListOf(COMMAND), "the lines that are typed instead; left out: none."),
}
MUTANT_FIELDS: Mapping[str, Field] = {
    "id": Field(ID, "a name of its own.", required=True),
    "title": Field(SENTENCE, "the mistake, in a few words.", required=True),
    "changes": Field(ListOf(Record("A change", CHANGE_FIELDS, placed=True), 1), "lines of the solution that differ."),
    "also": Field(MapOf(NODE, ListOf(COMMAND, 1), 1), "lines typed at the end, by node, from the prompt of bash."),
    "fails": Field(
        ListOf(ID, 1), "the checks that fail then; all others pass, or wait for one of these.", required=True
    ),
}
UNNOTICED_FIELDS: Mapping[str, Field] = {
    **LINE_FIELDS,
    "reason": Field(PARAGRAPH, "why no check can notice that it is left out.", required=True),
}
LAB = Record(
    "A lab",
    {
        "id": Field(ID, "a name that stays, also when the folder moves.", required=True),
        "title": Field(SENTENCE, "a few words.", required=True),
        "summary": Field(PARAGRAPH, "what one can do afterwards, in a sentence or two.", required=True),
        "level": Field(Choice(tuple(Level)), "beginner, intermediate or advanced.", required=True),
        "minutes": Field(Number(5, 480), "how long it takes.", required=True),
        "parameters": Field(PARAMETERS, "own numbers for each learner; they stand where a file says <<name>>."),
        "requires": Field(ListOf(FEATURE), "kernel features that not every computer has."),
        "limits": Field(Record("limits", LIMIT_FIELDS), "only if the lab is larger than most."),
        "nodes": Field(
            MapOf(NODE, Record("A node", NODE_FIELDS, placed=True), 1), "hosts, routers and switches.", required=True
        ),
        "links": Field(ListOf(Record("A link", LINK_FIELDS, placed=True)), "cables between two interfaces."),
        "seats": Field(
            ListOf(Record("A seat", SEAT_FIELDS, placed=True)), "for a class that shares one lab: who types where."
        ),
        "stages": Field(
            ListOf(Record("A stage", STAGE_FIELDS, placed=True), 1), "the parts of the lab.", required=True
        ),
        "own_nodes": Field(
            PARAGRAPH, "why more than half of the points rest on the learner's own nodes alone, if they must."
        ),
        "mutants": Field(
            ListOf(Record("A mutant", MUTANT_FIELDS, placed=True)), "mistakes, and the checks that notice them."
        ),
        "unnoticed": Field(
            ListOf(Record("A line that is not noticed", UNNOTICED_FIELDS, placed=True)),
            "lines of the solution that no check can notice.",
        ),
    },
)


ABOUT = (
    "A network, and what must become true in it. docs/authoring-labs.md explains it, docs/checks.md the check types."
)
FILLED = {"type": "string", "pattern": "<<[a-z][^<>]*>>"}
ONCE = ("id", "parameters", "propertyNames")  # the same for everybody


def _or_filled(made: Any) -> Any:
    """Where one value is wanted, what a parameter fills in may stand too."""
    if isinstance(made, list):
        return [_or_filled(item) for item in made]
    if not isinstance(made, dict):
        return made
    if "enum" in made or "pattern" in made or made.get("type") in ("integer", "number", "boolean"):
        about = {key: made[key] for key in ("description",) if key in made}
        return {"anyOf": [{key: made[key] for key in made if key not in about}, FILLED], **about}
    return {key: item if key in ONCE or key == "required" else _or_filled(item) for key, item in made.items()}


def schema() -> dict[str, Any]:
    made: dict[str, Any] = _or_filled(LAB.schema())
    check = made["properties"]["stages"]["items"]["properties"]["checks"]["items"]
    abouts = [kind.ABOUT for kind in TYPES.values()]
    about = CHECK_FIELDS["type"].about
    check["properties"]["type"] = {"enum": list(TYPES), "enumDescriptions": abouts, "description": about}
    check["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"properties": {"expect": {"description": kind.ABOUT, **_or_filled(kind.shape().schema())}}},
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
