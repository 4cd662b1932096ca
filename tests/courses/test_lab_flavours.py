"""The answer to docker/setup: the image flavours that the labs of the courses need."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command

from courses.loader import clear_cache
from labs.registry import versions
from tests.courses.test_loader import COURSE, LESSON
from tests.labs.fakes import FakeCatalog, little_lab


@pytest.fixture
def site(tmp_path, settings, monkeypatch):
    """A course whose lesson names the first of two labs. Both need a flavour."""
    labs = [
        replace(little_lab(tmp_path / name, name, name, "ba9876543210"), image=image)
        for name, image in (("first", "dns"), ("second", "rpki"))
    ]
    monkeypatch.setattr(versions, "_catalog", lambda root: FakeCatalog(*labs))
    folder = tmp_path / "content" / "waves"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text(COURSE)
    (folder / "010-swell.md").write_text(LESSON.replace("minutes: 5\n", "minutes: 5\nlab: first\n"))
    settings.COURSE_CONTENT = folder.parent
    clear_cache()
    yield
    clear_cache()


def test_only_flavours_of_labs_that_a_lesson_names_are_printed(site):
    out = StringIO()
    call_command("lab_flavours", stdout=out)
    assert out.getvalue() == "dns\n"
