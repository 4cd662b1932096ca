"""A lab prints today what the lesson shows: one output of ours, recorded again."""

import pytest
from django.conf import settings

from courses.lab_references import is_current
from courses.loader import load
from courses.networks import labs_and_networks
from courses.output_file import file_of, read_outputs
from courses.recording.recorder import record

pytestmark = pytest.mark.live
LESSON = "first-ebgp"


def test_a_lab_prints_again_what_the_lesson_shows(runner):
    lesson = load(settings.COURSE_CONTENT)["first-steps"].lesson(LESSON)
    block = lesson.outputs[0]
    kept = read_outputs(file_of(lesson.file))[0][block.key]
    lab = labs_and_networks(settings.COURSE_CONTENT)[block.lab]
    assert is_current(block, kept, lab)
    assert record(block, lab, runner, before=kept) == kept
