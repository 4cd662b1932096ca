"""A rehearsal starts, solves, checks and stops each lab of a workshop."""

import pytest

from labs.engine import errors
from labs.lifecycle import skip_to_stage
from labs.models import Job, LabSession, State
from tests.labs.fakes import FORWARDING
from vaka.workshops.services import rehearsal


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_starts_solves_checks_and_stops_each_lab(workshop, item, engine, queue, ngozi_client, monkeypatch):
    def types(session, lab, over, **_more):
        session.sysctls[FORWARDING] = "1"

    monkeypatch.setattr(skip_to_stage, "type_solution", types)
    workshop.agenda.update(labs=["first-light", "gone"])
    ngozi_client.post(f"/workshops/{workshop.pk}/rehearse")
    for _step in range(12):
        rehearsal.step()
        queue()
    first, gone = workshop.rehearsals.all()
    assert first.ended_at
    assert first.ready_s is not None
    assert first.session.state == State.STOPPED
    assert first.session.assisted == ["forwarding"]
    assert (first.checks_run, first.checks_passed, first.error) == (2, 2, "")
    assert first.succeeded
    assert gone.error == "This site does not have this lab."
    assert not rehearsal.rehearsal_user(workshop).is_active
    page = ngozi_client.get(f"/workshops/{workshop.pk}/").content.decode()
    assert "2 of 2 checks" in page


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_waits_as_a_check_of_a_learner_does_and_names_what_failed(
    workshop, item, engine, queue, ngozi_client, monkeypatch
):
    monkeypatch.setattr(
        skip_to_stage, "type_solution", lambda *_facts, **_more: None
    )  # the solution does not do its work
    rehearsal.begin(workshop)
    for _step in range(8):
        rehearsal.step()
        queue()
    one = workshop.rehearsals.get()
    assert Job.Kind.ATTEMPT in one.session.jobs.values_list("kind", flat=True)
    assert not one.succeeded
    assert (one.checks_run, one.checks_passed) == (2, 0)
    page = ngozi_client.get(f"/workshops/{workshop.pk}/").content.decode()
    for failed in one.failed:
        assert failed["title"] in page
    assert [failed["title"] for failed in one.failed] == ["r1 forwards", "r1 still forwards"]


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_fails_if_the_solution_cannot_be_typed(workshop, item, engine, queue, monkeypatch):
    def breaks(*_facts, **_more):
        raise errors.LabFailed("r1: the shell does not answer.")

    monkeypatch.setattr(skip_to_stage, "type_solution", breaks)
    rehearsal.begin(workshop)
    for _step in range(4):
        rehearsal.step()
        queue()
    one = workshop.rehearsals.get()
    assert one.error.startswith("The checks could not be run:")
    assert not one.succeeded


@pytest.mark.django_db(transaction=True)
def test_a_rehearsal_says_that_a_lab_did_not_start(workshop, item, engine, use_engine, queue):
    use_engine(engine.that_breaks_labs())
    rehearsal.begin(workshop)
    for _step in range(4):
        rehearsal.step()
        queue()
    one = workshop.rehearsals.get()
    assert one.ended_at
    assert one.error == LabSession.objects.get().error != ""
