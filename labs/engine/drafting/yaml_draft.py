"""Writes the checks and mutants of a draft as an author would write them into lab.yaml."""

import re
from collections.abc import Iterator, Mapping, Sequence

from labs.engine.drafting.drafted_mutants import DraftedMutant
from labs.engine.drafting.placeholders import Placeholders, written
from labs.engine.drafting.selection import Drafted
from labs.typed_yaml.yaml_text import flow

HEAD = (
    "# Drafted by draft_checks from the solved lab. Keep what matters: say in the titles what a learner should notice, and give",
    "# the points to the checks that teach most.",
)
MUTANTS_HEAD = ("# Drafted: each of these mistakes was tried. Say in the titles what a learner has misunderstood.",)
SENTENCE = re.compile(r"[A-Z][a-z]+ [\w ,.?'()/-]*[\w.?)]|[a-z]+\d? [\w ,.?'()/-]*[\w.?)]")
OWN_NODES = (
    "Drafted: only the learner's nodes show what this lab asks for. TODO: let checks run on a node with learner: false."
)


def stages_text(titles: Mapping[str, str], drafted: Sequence[Drafted], names: Placeholders) -> str:
    """Return the block ``stages``."""
    lines = [*HEAD, "stages:"]
    for stage, title in titles.items():
        lines += [f"  - id: {stage}", f"    title: {sentence(title)}", "    checks:"]
        for one in drafted:
            if one.found.stage == stage:
                lines += [f"      {line}" for line in check_lines(one, names)]
    return "\n".join(lines) + "\n"


def sentence(text: str) -> str:
    """Return a text as YAML, without quotation marks where none are needed."""
    return text if SENTENCE.fullmatch(text) else flow(text)


def check_lines(one: Drafted, names: Placeholders) -> Iterator[str]:
    """Yield the lines of one check."""
    candidate = one.found.candidate
    yield f"- id: {one.id}"
    yield f"  type: {candidate.type}"
    yield f"  title: {sentence(names.text(candidate.title))}"
    yield f"  on: [{candidate.on}]"
    if candidate.do:
        yield f"  do: {written(list(candidate.do))}"
    yield f"  expect: {written(names.of(candidate.expect))}"
    yield f"  points: {one.points}"
    yield f"  within: {one.within}"
    if candidate.hold:
        yield f"  hold: {candidate.hold}"
    if one.needs:
        yield f"  needs: {written(list(one.needs))}"
    if one.control:
        yield f"  control: {written(list(one.control))}"
    if one.is_hidden:
        yield "  show: after_pass # its title would give away the mistake"
    if one.hint:
        yield "  hint:"
        yield from (f"    - {sentence(hint)}" for hint in one.hint)


def mutants_text(mutants: Sequence[DraftedMutant]) -> str:
    """Return the block ``mutants``, or "" if there are none."""
    if not mutants:
        return ""
    lines = [*MUTANTS_HEAD, "mutants:"]
    for one in mutants:
        change = {"on": one.on, "line": one.line}
        change |= {"after": one.after} if one.after else {}
        becomes = {"becomes": list(one.becomes)} if one.becomes else {}
        lines += [
            f"  - id: {one.id}",
            f"    title: {sentence(one.title)}",
            "    changes:",
            f"      - {written(change | becomes)}",
            f"    fails: {written(list(one.fails))}",
        ]
    return "\n".join(lines) + "\n"
