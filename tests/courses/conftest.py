"""A course of our own for the tests, with a quiz of all kinds and a glossary; ada may take it."""

import shutil
from pathlib import Path

import pytest

from courses.loader import forget
from tests.courses.test_loader import COURSE, LESSON
from tests.courses.test_quiz_file import GLOSSARY, GOOD


@pytest.fixture
def waves(tmp_path, settings):
    """The content folder, which the site reads anew in each test."""
    folder = tmp_path / "content" / "waves"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON + "\nIt is [SLAAC]{term}.\n")
    (folder / "010-swell.quiz.yaml").write_text(GOOD)
    (folder.parent / "glossary.yaml").write_text(GLOSSARY)
    settings.COURSE_CONTENT = folder.parent
    forget()
    yield folder
    forget()
    shutil.rmtree(Path(folder.parent))
