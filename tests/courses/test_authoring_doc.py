"""The examples in docs/authoring-courses.md together are a valid course."""

import re
from pathlib import Path

from courses import loader, quiz_file
from courses.lab_references import block_mistakes
from courses.output_block import read_block
from labs.registry.versions import newest

DOC = Path(loader.__file__).parents[1] / "docs/authoring-courses.md"


def test_the_examples_are_a_valid_course(tmp_path):
    blocks = dict(
        re.findall(r"^`{3,4}(?:yaml|markdown) (\w+)\n(.*?)^`{3,4}$(?=\n\n|\n*\Z)", DOC.read_text(), re.M | re.S)
    )
    folder = tmp_path / "waves"
    folder.mkdir()
    (folder / "course.yaml").write_text(blocks["course"])
    (folder / "010-swell.md").write_text(blocks["lesson"])
    (folder / "010-swell.quiz.yaml").write_text(blocks["quiz"])
    (folder / "blueprint.yaml").write_text(blocks["blueprint"])
    (folder / "project.md").write_text(blocks["project"])
    (folder / "trainer.md").write_text(blocks["trainer"])
    (folder / "swell.svg").write_text("<svg><title>Swell</title></svg>")
    (tmp_path / "glossary.yaml").write_text(blocks["glossary"])
    course = loader.read(tmp_path).courses["waves"]
    assert [one.id for one in course.blueprint.objectives] == ["tell"]
    assert course.project.points == 100
    assert len(course.outcomes) == 3
    assert sum(row.minutes for row in course.trainer.days["half-day"]) == 110
    lesson = course.lesson("swell")
    assert {question.kind for question in lesson.quiz.questions} == set(quiz_file.KINDS)
    assert "Do it" in lesson.after_quiz


def test_the_outputs_in_the_examples_could_be_recorded():
    blocks = [
        read_block(info, text)
        for info, text in re.findall(r"^```(output [^\n]*)\n(.*?)^```$", DOC.read_text(), re.M | re.S)
    ]
    assert len(blocks) == 3
    assert [list(block_mistakes(block, {block.lab: newest(block.lab)})) for block in blocks] == [[], [], []]
