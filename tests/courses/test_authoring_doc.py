"""The examples in docs/authoring-courses.md together are a valid course."""

import re
from pathlib import Path

from courses import loader, quiz_file

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
    (folder / "swell.svg").write_text("<svg><title>Swell</title></svg>")
    (tmp_path / "glossary.yaml").write_text(blocks["glossary"])
    lesson = loader.read(tmp_path).courses["waves"].lesson("swell")
    assert {question.kind for question in lesson.quiz.questions} == set(quiz_file.KINDS)
    assert "Do it" in lesson.after_quiz
