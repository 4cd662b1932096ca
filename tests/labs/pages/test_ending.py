"""The ending of a lab: the learner reads what the lab has taught, from its page for trainers."""

from types import SimpleNamespace

import pytest

from labs import hooks
from labs.hooks import LabCourse, LabLesson
from labs.lifecycle import check_work
from labs.models import Attempt, Configuration, Job
from labs.pages import ending
from labs.pages.ending import EndingPanel

TRAINER = """---
minutes: {light: 10}
---
People have seen a shell.

## What it teaches {#teaches}

- Look first, and **then** touch.
- A link that is up
  has a light.

Before it, people must know what a cable is.

## Where people get stuck {#stuck}

- Nowhere.
"""


def test_the_way_back_to_the_course_names_the_open_questions_of_the_lesson_of_this_lab(lab, monkeypatch):
    lessons = (
        LabLesson("other", "a", "A", False, "2 questions are not answered yet"),
        LabLesson(lab.id, "b", "B", False, "6 questions are not answered yet"),
    )
    monkeypatch.setattr(hooks, "labs_by_course", lambda learner: [LabCourse("c", "C", (), lessons)])
    panel = EndingPanel(SimpleNamespace(lab=lab, session=None, learner=None, state="stopped", ticket=None), None)
    assert panel.open_questions == "6 questions are not answered yet"


def learnt(lab):
    return EndingPanel(SimpleNamespace(lab=lab, session=None, learner=None, state="stopped", ticket=None), None).learnt


def test_the_learner_reads_what_the_lab_has_taught_and_nothing_else_of_the_trainers_page(lab):
    (lab.folder / "trainer.md").write_text(TRAINER)
    html = learnt(lab)
    assert html.count("<li>") == 2
    assert "<strong>then</strong>" in html
    assert "has a light" in html
    assert "Before it" not in html
    assert "Nowhere" not in html


def test_a_lab_without_a_page_for_trainers_says_nothing(lab):
    assert learnt(lab) == ""


def solution(lab, attempt):
    subject = SimpleNamespace(lab=lab, session=None, learner=None, state="stopped", ticket=None, seat=None)
    return {node: (lines, own) for node, lines, own in EndingPanel(subject, SimpleNamespace(best=attempt)).solution}


@pytest.mark.django_db
def test_each_node_of_the_solution_has_what_the_learner_had_on_it(lab, ready, engine, monkeypatch):
    """Regression: the learner's own lines were in a dialog above the solution, which one read first and had to remember."""
    client = engine.client_of(ready)
    client.running, client.files["/etc/light"] = "hostname r1\n", "<b>on</b>\n"
    check_work.check(Job.objects.create(session=ready, kind=Job.Kind.ATTEMPT).pk)
    attempt = Attempt.objects.get()
    found = solution(lab, attempt)
    assert "hostname r1" in found["r1"][1]
    assert "# /etc/light\n<b>on</b>" in found["h1"][1]
    monkeypatch.setattr(ending, "LONGEST", 4)
    assert len(solution(lab, attempt)["r1"][1]) == 4
    Configuration.objects.all().delete()
    assert {own for _lines, own in solution(lab, attempt).values()} == {""}
