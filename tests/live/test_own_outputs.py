"""An output that a lesson shows to a learner is that of the learner's own lab."""

from dataclasses import replace

import pytest
from django.conf import settings

from courses.author_values import OwnValues, own_values
from courses.loader import library
from courses.output_block import Step
from courses.output_file import file_of, read_outputs
from courses.recording.recorder import record
from courses.recording.shown_lines import are_alike
from labs.registry.versions import newest

pytestmark = pytest.mark.live

SEED = 3  # all choices of these labs are other ones than the author's
OUTPUTS = [
    (
        "dns-for-operators",
        "zones-delegations",
        0,
    ),  # names, and addresses inside a prefix of which the lab writes a part
    ("dns-for-operators", "reverse-transfers", 0),
    ("ipv6-in-practice", "services-with-both", 2),
    ("ipv6-in-practice", "ipv6-only-and-mostly", 1),  # the bytes of a packet
    ("routing-security", "filters-from-the-registry", 0),  # names of AS sets
]


@pytest.mark.parametrize(("course", "lesson", "number"), OUTPUTS)
def test_an_output_of_the_authors_lab_becomes_that_of_a_learners_lab(runner, course, lesson, number):
    found = library(settings.COURSE_CONTENT).courses[course].lesson(lesson)
    block = found.outputs[number]
    lab = newest(block.lab, SEED)
    values = own_values(lab, block.own)
    shown = values.put_into(read_outputs(file_of(found.file))[0][block.key].screen)
    typed = replace(block, steps=tuple(own(step, values) for step in block.steps))
    printed = record(typed, lab, runner).screen
    assert are_alike(shown, printed), f"{shown}\n\n{printed}"
    assert shown != read_outputs(file_of(found.file))[0][block.key].screen


def own(step: Step, values: OwnValues) -> Step:
    """Return the step with the learner's values, also where the author typed a value and no placeholder."""
    options = {name: values.put_into(text) for name, text in step.options.items()}
    return replace(step, line=values.put_into(step.line), options=options)
