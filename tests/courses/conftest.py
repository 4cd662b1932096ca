"""A course for the tests, with a quiz that has all kinds of questions, and a glossary."""

import shutil
from pathlib import Path

import pytest

from courses.loader import clear_cache
from tests.courses.test_loader import COURSE, LESSON
from tests.courses.test_quiz_file import GLOSSARY, GOOD
from tests.vaka.credentials.conftest import waves as waves_with_lab  # noqa: F401


@pytest.fixture
def waves(tmp_path, settings):
    """The folder of the course. The site reads the content again in each test."""
    folder = tmp_path / "content" / "waves"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON + "\nIt is [SLAAC]{term}.\n")
    (folder / "010-swell.quiz.yaml").write_text(GOOD)
    (folder.parent / "glossary.yaml").write_text(GLOSSARY)
    settings.COURSE_CONTENT = folder.parent
    clear_cache()
    yield folder
    clear_cache()
    shutil.rmtree(Path(folder.parent))
