"""Compares lessons with the labs that they name: stages, nodes, parameters, and whether each output is recorded and current."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from courses.content import Course, Lesson
from courses.number_places import Value
from courses.output_block import OutputBlock
from courses.output_file import Recorded, file_of, read_outputs
from labs.engine.authoring.filling import Filling, Unfilled
from labs.engine.definition import solution
from labs.engine.definition.spec import Kind, Lab, Node
from labs.typed_yaml.authoring_errors import AuthoringError
from labs.typed_yaml.shapes import nearest

RECORD = 'Type "make outputs": it records what is missing or out of date.'


def mistakes(courses: Mapping[str, Course], labs: Mapping[str, Lab]) -> Iterator[AuthoringError]:
    """Yield the mistakes in all lessons. LABS are those of courses.networks."""
    for course in courses.values():
        for lesson in course.lessons():
            for line, message in sorted([*_numbers(lesson, labs), *_blocks(lesson, labs), *_out_of_date(lesson, labs)]):
                yield AuthoringError(str(lesson.file), line, message)


def _numbers(lesson: Lesson, labs: Mapping[str, Lab]) -> Iterator[tuple[int, str]]:
    for place in lesson.places:
        if isinstance(place, Value) and place.lab in labs:
            try:
                Filling(labs[place.lab].parameters).value(place.what)
            except Unfilled as why:
                yield place.line, f"<<{place.what}>> of the lab {place.lab}: {why}"


def _blocks(lesson: Lesson, labs: Mapping[str, Lab]) -> Iterator[tuple[int, str]]:
    for block in lesson.outputs:
        yield from ((block.line, message) for message in block_mistakes(block, labs))


def block_mistakes(block: OutputBlock, labs: Mapping[str, Lab]) -> Iterator[str]:
    """Yield the mistakes that make it impossible to record this block."""
    lab = labs.get(block.lab)
    if lab is None:
        yield f'There is no lab "{block.lab}" in the catalogue or in the networks of a course: {nearest(block.lab, list(labs))}'
        return
    for what in block.own:
        try:
            Filling(lab.parameters).value(what)
        except Unfilled as why:
            yield f"own {what}: {why}"
    stages = [stage.id for stage in lab.stages]
    if block.stage and block.stage not in stages:
        yield f'The lab {lab.id} has no stage "{block.stage}": {nearest(block.stage, stages)}'
    nodes = [node.name for node in lab.nodes.values() if node.kind is not Kind.SWITCH]
    for step in block.steps:
        for one in (step, *step.meanwhile):
            if one.node not in nodes:
                yield f'The lab {lab.id} has no node "{one.node}" to type on: {nearest(one.node, nodes)}'
            for text in (one.line, *one.options.values()):
                yield from (f"In the lab {lab.id}, {why}" for _line, why in Filling(lab.parameters).fill(text)[1])


def _out_of_date(lesson: Lesson, labs: Mapping[str, Lab]) -> Iterator[tuple[int, str]]:
    recorded, _wrong = read_outputs(file_of(lesson.file))
    for block in lesson.outputs:
        if any(block_mistakes(block, labs)):
            continue  # it could not be recorded: its mistakes are reported instead
        if block.key not in recorded:
            yield block.line, f"This output is not recorded, or what is typed for it has changed since. {RECORD}"
        elif not is_current(block, recorded[block.key], labs[block.lab]):
            yield block.line, f"The lab {block.lab} has changed since this output was recorded. {RECORD}"


def is_current(block: OutputBlock, recorded: Recorded, lab: Lab) -> bool:
    return recorded.lab == state_of(lab, block.stage)


def state_of(lab: Lab, stage: str) -> str:
    """Hash what determines the output of a lab's nodes: the network with its start files, and the solution up to the stage.

    The guide, the checks and their hints do not count.
    """
    network = [_node(node) for node in lab.nodes.values()] + [
        [str(end), *end.addresses] for link in lab.links for end in (link.a, link.b)
    ]
    typed = solution.typed(lab, up_to(lab, stage))
    values = {name: str(value) for name, value in lab.parameters.items()}
    return hashlib.sha256(json.dumps([lab.id, network, typed, values], sort_keys=True).encode()).hexdigest()[:12]


def _node(node: Node) -> list[object]:
    files = [[file.path, file.content.hex(), file.executable] for file in node.files]
    parts = [list(part) for part in (node.daemons, node.loopback, node.start)]
    return [node.name, node.kind.value, *parts, dict(node.sysctls), files]


def up_to(lab: Lab, stage: str) -> list[str]:
    """Return the stages up to and including this one; none if it is empty."""
    stages = [one.id for one in lab.stages]
    return stages[: stages.index(stage) + 1] if stage in stages else []
