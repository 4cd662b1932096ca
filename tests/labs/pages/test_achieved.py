"""The achieved panel: when all points are counted, a learner reads what the lab has taught, from its page for trainers."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from labs.lifecycle import check_work
from labs.models import Attempt, Configuration, Job, LabSession, Save, State
from labs.pages import achieved
from labs.pages.achieved import AchievedPanel

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
    return AchievedPanel(
        SimpleNamespace(lab=lab, session=None, learner=None, state="stopped", ticket=None), None
    ).learnt


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
    return {node: (lines, own) for node, lines, own in AchievedPanel(subject, SimpleNamespace(best=attempt)).solution}


def checked(session):
    check_work.check(Job.objects.create(session=session, kind=Job.Kind.ATTEMPT).pk)
    return Attempt.objects.latest("pk")


def own(lab, attempt):
    every = {node: changes for node, (_lines, changes) in solution(lab, attempt).items()}
    return {node: [(one.name, one.lines) for one in changes] for node, changes in every.items() if changes}


@pytest.mark.django_db
def test_each_node_of_the_solution_has_what_the_learner_changed_on_it(lab, ready, engine, monkeypatch):
    """Regression: the learner's own lines were in a dialog above the solution, which one read first and had to remember."""
    client = engine.client_of(ready)
    client.running, client.files["/etc/light"] = "hostname r1\nipv6 forwarding\n", "<b>on</b>\n"
    attempt = checked(ready)
    found = own(lab, attempt)
    assert [line for line in found["r1"][0][1] if line[0] in "+-"] == [("+", "!"), ("+", "ipv6 forwarding")]
    assert ("etc/light", [("@", ""), ("+", "<b>on</b>")]) in found["h1"]
    monkeypatch.setattr(achieved, "MOST_CHANGES", 1)
    assert len(own(lab, attempt)["r1"]) == 1
    Configuration.objects.all().delete()
    assert own(lab, attempt) == {}


@pytest.mark.django_db
def test_a_file_of_frr_is_not_shown_where_it_is_known_what_runs(lab, ready, engine):
    """Regression: beside the solution stood a file with a line that the learner had removed from what runs."""
    client = engine.client_of(ready)
    client.files["/etc/frr/frr.conf"], client.files["/etc/light"] = "hostname r1\nipv6 route 2001:db8::/32\n", "on\n"
    assert [name for name, _lines in own(lab, checked(ready))["r1"]] == ["etc/light"]


@pytest.mark.django_db
def test_the_time_counts_over_the_sessions_of_this_work(lab, ready, ada):
    """Regression: after a resume the time of the first session was lost, and later the row was missing."""
    now = timezone.now()

    def minutes(at):
        attempt = SimpleNamespace(session=LabSession.objects.get(pk=second.pk), asked_at=at)
        return AchievedPanel(
            SimpleNamespace(lab=lab, learner=None, session=None), SimpleNamespace(best=attempt)
        ).minutes

    LabSession.objects.filter(pk=ready.pk).update(ready_at=now - timedelta(minutes=90), state=State.STOPPED)
    same = {"learner": ada, "lab": ready.lab, "lab_version": ready.lab_version}
    save = Save.objects.create(session=ready, made_at=now - timedelta(minutes=60), reason="asked", size=1, **same)
    second = LabSession.objects.create(state=State.READY, ready_at=now - timedelta(minutes=5), resumes=save, **same)
    assert minutes(now) == 35
    LabSession.objects.filter(pk=second.pk).update(resumes=None)
    assert minutes(now) == 5
