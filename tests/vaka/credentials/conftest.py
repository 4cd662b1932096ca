"""A course with one lesson, its questions and a little lab; and what it takes to earn its certificate."""

import shutil

import pytest

from courses.loader import clear_cache
from labs.registry import versions
from tests.earned import attempt, read_and_answer
from tests.labs import fakes
from vaka.credentials import course_certificate, issuing

COURSE = """\
id: waves
title: Reading waves
summary: See land before it shows.
modules:
  - id: one
    title: Swell
    lessons:
      - 010-swell.md
"""
LESSON = (
    "---\nid: swell\ntitle: Swell\nsummary: tell swell from wind waves.\nminutes: 5\nlab: first-light\n---\nLook.\n"
)
QUIZ = """\
id: swell
questions:
  - {id: bits, kind: number, ask: "How many?", answer: 64, right: "Yes.", wrong: "Not yet."}
"""
RULE = "certificate: {least_percent: 80}\n"


@pytest.fixture
def waves(tmp_path, settings, monkeypatch):
    """The course's folder."""
    folder = tmp_path / "content" / "waves"
    folder.mkdir(parents=True)
    (folder / "course.yaml").write_text(COURSE + RULE)
    (folder / "010-swell.md").write_text(LESSON)
    (folder / "010-swell.quiz.yaml").write_text(QUIZ)
    settings.COURSE_CONTENT = folder.parent
    lab = fakes.little_lab(tmp_path / "catalog" / "first-light")
    monkeypatch.setattr(versions, "_catalog", lambda root: fakes.FakeCatalog(lab))
    clear_cache()
    yield folder
    clear_cache()


@pytest.fixture
def state(tmp_path, settings):
    """A state folder of its own, without a key; and an address that others know us by."""
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    settings.PUBLIC_URL, settings.ISSUER = "https://vaka.example", "Moana NOG"
    yield settings.STATE_DIR
    shutil.rmtree(settings.STATE_DIR)


@pytest.fixture
def earned(waves, state, ada):
    """Ada has read, answered, and passed the lab under supervision."""
    ada.enrolments.create(course="waves")
    read_and_answer(ada)
    return attempt(ada, supervised_by="Moana NOG 5")


@pytest.fixture
def certificate(earned, ada):
    """Ada's certificate, published."""
    course = course_certificate.course_of("course/waves")
    return issuing.issue(ada, course_certificate.certificate_content(ada, course), "Mere Tawake")
