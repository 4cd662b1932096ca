"""The ending of a lab: the learner reads what the lab has taught, from its page for trainers."""

from types import SimpleNamespace

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
