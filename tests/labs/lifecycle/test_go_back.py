"""A lab goes back to saved work: what is kept, what is forgotten, and which saves it can go back to."""

import pytest

from labs.lifecycle import check_work, resets, saves
from labs.lifecycle.go_back import go_back_to_save
from labs.lifecycle.services import request_check, request_go_back
from labs.models import Save, State, TroubleTicket, WrongState

pytestmark = pytest.mark.django_db


@pytest.fixture
def early(ready, engine):
    """A save of Ada's lab, made before she solved it."""
    engine.client_of(ready).files["/etc/light"] = "early"
    return saves.make(ready, engine.client_of(ready), Save.Reason.ASKED)


def test_a_lab_goes_back_to_a_save_and_what_was_there_is_saved_first(ready, engine, early):
    inside = engine.client_of(ready)
    inside.is_solved()
    ready.touch()
    go_back_to_save(request_go_back(ready, early).pk)
    assert inside.files == {"/etc/light": "early"}
    ready.refresh_from_db()
    assert (ready.state, ready.resumes) == (State.READY, early)
    newest = ready.saves.first()
    go_back_to_save(request_go_back(ready, newest).pk)
    assert inside.files == {"/etc/light": "on\n"}


def test_the_save_to_go_back_to_may_be_pushed_out_by_the_save_of_what_is_there(ready, engine, early):
    inside = engine.client_of(ready)
    for number in range(saves.KEPT - 1):
        inside.files["/etc/light"] = str(number)
        saves.make(ready, inside, Save.Reason.ASKED)
    inside.files["/etc/light"] = "now"
    ready.touch()
    job = request_go_back(ready, early)
    go_back_to_save(job.pk)
    job.refresh_from_db()
    assert not job.error
    assert inside.files == {"/etc/light": "early"}
    assert not Save.objects.filter(pk=early.pk).exists()


def test_going_back_forgets_what_passed_and_knows_which_stages_were_assisted(ready, engine, early):
    Save.objects.filter(pk=early.pk).update(assisted=["forwarding"])
    engine.client_of(ready).is_solved()
    check_work.check(request_check(ready).pk)
    go_back_to_save(request_go_back(ready, early).pk)
    ready.refresh_from_db()
    assert ready.assisted == ["forwarding"]
    assert not any(status.is_passed for status in ready.check_statuses.all())


def test_what_the_site_did_in_a_save_gives_no_points_after_it_was_shown_again(ready, engine, early):
    """Of a save that an older version of the site made, nothing else says that a stage was skipped."""
    Save.objects.filter(pk=early.pk).update(assisted=["forwarding"])
    go_back_to_save(request_go_back(ready, early).pk)
    resets.reset(ready.jobs.create(kind="reset").pk)
    ready.refresh_from_db()
    assert ready.assisted == []
    engine.client_of(ready).is_solved()
    check_work.check(request_check(ready).pk)
    assert (ready.attempts.get().score, ready.attempts.get().assisted) == (4, ["forwarding"])


def test_no_lab_goes_back_to_a_save_of_other_numbers_of_another_learner_or_of_a_ticket(ready, early, grace, engine):
    other = {"seed": 7}, {"lab_version": "fedcba987654"}, {"learner": grace}
    for change in other:
        kept = {name: getattr(early, name) for name in change}
        Save.objects.filter(pk=early.pk).update(**change)
        with pytest.raises(WrongState):
            request_go_back(ready, Save.objects.get(pk=early.pk))
        Save.objects.filter(pk=early.pk).update(**kept)
    TroubleTicket.objects.create(session=ready, seed=1)
    with pytest.raises(WrongState):
        request_go_back(type(ready).objects.get(pk=ready.pk), early)
