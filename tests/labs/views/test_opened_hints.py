"""The hints that a learner has opened: told by the page, counted at the end, kept for their learner only."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.engine.runtime.client import Saved
from labs.lifecycle import check_work, services
from labs.lifecycle.saves import keep
from labs.models import Attempt, Exam, Job, LabSession, OpenedHint, Save, State, TroubleTicket
from labs.registry import versions
from tests.builders import Taken, make_person, signed_in
from tests.labs.fakes import FakeCatalog

pytestmark = pytest.mark.django_db


def tell(session, hint, who=None):
    there = reverse("labs:opened_hint", args=[session.pk])
    return signed_in(who or session.learner).post(there, {"hint": hint}).status_code


def passed(session, engine):
    engine.client_of(session).is_solved()
    check_work.check(session.jobs.create(kind=Job.Kind.ATTEMPT).pk)


def counted(session):
    text = signed_in(session.learner).get(reverse("labs:lab", args=[session.lab])).text
    return text.split('id="hints-used">')[1].split("<")[0]


def test_each_hint_is_counted_once_however_often_and_wherever_it_is_opened(ready, engine):
    for hint in ("hint-on-1", "hint-on-1", "hint-on-2", "hint-on-1"):
        assert tell(ready, hint) == 204
    first = OpenedHint.objects.earliest("pk")
    assert (first.check_id, first.number, first.learner) == ("on", 1, ready.learner)
    passed(ready, engine)
    assert counted(ready) == "2"


def test_a_hint_that_is_opened_after_all_points_were_reached_is_not_counted(ready, engine):
    passed(ready, engine)
    tell(ready, "hint-on-1")
    assert OpenedHint.objects.count() == 1
    assert counted(ready) == "0"


@pytest.mark.parametrize("hint", ["hint-on-3", "hint-on-0", "hint-file-1", "hint-nothing-1", "on", "hint-on-x", ""])
def test_a_hint_that_there_is_not_is_not_kept(ready, hint):
    assert tell(ready, hint) == 204
    assert not OpenedHint.objects.exists()


def test_nobody_learns_from_it_which_hidden_checks_a_lab_has(ready, lab, monkeypatch):
    stage = replace(lab.stages[0], checks=tuple(replace(one, show="never") for one in lab.stages[0].checks))
    monkeypatch.setattr(versions, "_catalog", lambda root: FakeCatalog(replace(lab, stages=(stage, *lab.stages[1:]))))
    assert tell(ready, "hint-on-1") == tell(ready, "hint-no-such-check-1") == 204
    assert not OpenedHint.objects.exists()


def test_strangers_and_old_versions_write_nothing(ready):
    assert tell(ready, "hint-on-1", make_person("mallory")) == 404
    LabSession.objects.update(lab="gone")
    assert tell(ready, "hint-on-1") == 204
    assert not OpenedHint.objects.exists()


@pytest.mark.parametrize("what", ["exam", "copy", "ticket"])
def test_nothing_is_kept_where_hints_do_not_count(ready, what):
    if what == "ticket":
        TroubleTicket.objects.create(session=ready, seed=1, opened_at=timezone.now())
    elif what == "exam":
        LabSession.objects.update(exam=Exam.SEALED)
    else:
        LabSession.objects.update(copy_of=ready)
    assert tell(ready, "hint-on-1") in (204, 403, 404)
    assert not OpenedHint.objects.exists()


def test_in_a_class_lab_each_learner_has_their_own(ready):
    grace = make_person("grace")
    ready.seats.create(user=grace, nodes=["h1"])
    tell(ready, "hint-on-1")
    tell(ready, "hint-on-1", grace)
    tell(ready, "hint-on-2", grace)
    assert [OpenedHint.objects.filter(learner=who).count() for who in (ready.learner, grace)] == [1, 2]
    [seat] = Taken(signed_in(grace)).json("class-labs")
    assert len(seat["opened_hints"]) == 2


@pytest.mark.django_db(transaction=True)
def test_they_are_still_counted_after_the_lab_was_resumed(ready, engine, queue):
    tell(ready, "hint-on-1")
    saved = keep(ready, Saved(b"{}", []), Save.Reason.STOP, timezone.now())
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    again = services.request_session(ready.learner, ready.lab, saved)
    tell(again, "hint-on-1")
    tell(again, "hint-on-2")
    assert again.opened_hints.count() == 2
    assert again.opened_hints.first().opened_at == ready.opened_hints.get().opened_at
    assert not services.request_session(ready.learner, ready.lab).opened_hints.exclude(session=again).exists()


def test_they_are_in_the_export_and_go_with_the_session_and_the_account(ready, ada_client):
    tell(ready, "hint-on-2")
    [session] = Taken(ada_client).json("sessions")
    assert [(row["check_id"], row["number"]) for row in session["opened_hints"]] == [("on", 2)]
    ready.delete()
    assert not OpenedHint.objects.exists()


def test_a_page_of_a_better_attempt_in_an_earlier_session_counts_the_hints_of_that_attempt(ready, engine, ada, lab):
    tell(ready, "hint-on-1")
    passed(ready, engine)
    best = Attempt.objects.get()
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    later = LabSession.objects.create(
        learner=ada,
        lab=lab.id,
        lab_version=ready.lab_version,
        state=State.STOPPED,
        created_at=best.finished_at + timedelta(hours=1),
    )
    for number in (1, 2):
        OpenedHint.objects.create(session=later, learner=ada, check_id="on", number=number)
    assert counted(later) == "1"
