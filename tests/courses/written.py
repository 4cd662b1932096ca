"""A course in files, for tests that need one whole: its page, a lesson with a term and a quiz, and a glossary."""

from tests.courses.test_loader import COURSE, LESSON
from tests.courses.test_quiz_file import GLOSSARY, GOOD


def write_waves(root):
    """Write the course "waves" and its glossary below the folder, and return the folder of the course."""
    folder = root / "waves"
    folder.mkdir()
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON + "\nIt is [SLAAC]{term}.\n")
    (folder / "010-swell.quiz.yaml").write_text(GOOD)
    (root / "glossary.yaml").write_text(GLOSSARY)
    return folder
