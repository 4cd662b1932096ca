"""A seat of a class lab changes hands: its nodes are made anew, and until they are, nobody types on them."""

import pytest
from django.utils import timezone

from labs.lifecycle import class_labs, saves, seat_handover, services, tasks, worker
from labs.models import Job, LabSession, Save, State
from labs.terminals import permissions, tokens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shared(ngozi, ada, lab, engine, queue):
    """The class, running, with Ada at r1; h1 is free."""
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    queue()
    session.refresh_from_db()
    assert (session.state, session.handed_over) == (State.READY, [])
    return session


def waiting(session):
    session.refresh_from_db()
    return session.handed_over


def holds(user, session, node):
    return not permissions.refusals([tokens.read(tokens.issue(user.pk, session.pk, node, "1", "control"))])


def asks(client, session, node):
    return client.post(f"/labs/sessions/{session.pk}/ticket", {"node": node})


def test_a_seat_that_is_freed_is_made_anew_before_its_instructor_types_there(
    shared, ada, ngozi, ngozi_client, engine, queue
):
    class_labs.remove(shared, ada)
    assert waiting(shared) == ["r1"]
    assert not holds(ngozi, shared, "r1")
    assert holds(ngozi, shared, "h1")
    refused = asks(ngozi_client, shared, "r1")
    assert refused.status_code == 503, "the page tries again by itself"
    assert "is made new" in refused.json()["error"]
    queue()
    assert (waiting(shared), engine.session_of(shared).resets) == ([], ["r1"])
    assert holds(ngozi, shared, "r1")
    assert asks(ngozi_client, shared, "r1").status_code == 200


def test_a_seat_that_is_taken_is_made_anew_before_its_holder_types_there(shared, grace, grace_client, engine, queue):
    class_labs.put(shared, grace, ["h1"])
    assert not holds(grace, shared, "h1"), "what the instructor left there is not for Grace"
    assert asks(grace_client, shared, "h1").status_code == 503
    queue()
    assert engine.session_of(shared).resets == ["h1"]
    assert asks(grace_client, shared, "h1").status_code == 200


def test_who_is_put_on_another_seat_leaves_the_old_one_new(shared, ada, engine, queue):
    class_labs.put(shared, ada, ["h1"])
    assert sorted(waiting(shared)) == ["h1", "r1"]
    queue()
    assert sorted(engine.session_of(shared).resets) == ["h1", "r1"]


def test_a_seat_is_never_two_peoples(shared, ada, grace):
    class_labs.put(shared, grace, ["r1"])
    assert [seat.user for seat in shared.seats.all()] == [grace]
    assert waiting(shared) == ["r1"]


def test_who_is_given_the_seat_that_she_has_keeps_her_work(shared, ada):
    class_labs.put(shared, ada, ["r1"])
    assert waiting(shared) == []


def test_a_class_in_which_nobody_has_typed_yet_is_new_already(ngozi, ada, grace, lab, engine, queue):
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    class_labs.put(session, grace, ["h1"])
    queue()
    assert waiting(session) == []
    assert engine.session_of(session).resets == []


def test_while_something_else_is_done_to_the_lab_the_seat_waits(shared, ada, ngozi, engine, queue):
    busy = shared.jobs.create(kind=Job.Kind.LOOK)
    class_labs.remove(shared, ada)
    queue()
    assert waiting(shared) == ["r1"]
    assert not holds(ngozi, shared, "r1")
    busy.end()
    tasks.let_in()  # beat's, each five seconds
    queue()
    assert waiting(shared) == []


def test_what_a_killed_worker_had_begun_is_done_again(shared, ada, engine, queue):
    class_labs.remove(shared, ada)
    queue.clear()  # a broker that was emptied
    Job.objects.update(taken_at=timezone.now())  # and a worker that was killed
    tasks.take_up("worker", timezone.now().timestamp() + 1)
    queue()
    assert (waiting(shared), engine.session_of(shared).resets) == ([], ["r1"])


def test_a_node_that_the_lab_does_not_have_any_more_holds_up_nobody(shared, engine, queue):
    seat_handover.mark(shared, ["gone"])
    tasks.let_in()
    queue()
    assert waiting(shared) == []


def test_work_that_was_saved_before_a_seat_changed_hands_comes_back_without_that_seats(
    shared, ada, grace, ngozi, engine, queue, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    shared.is_active()
    services.request_save(shared)
    queue()
    class_labs.put(shared, grace, ["r1"])
    queue()
    worker.fail(shared, "gone")  # a power cut, before anything was saved again
    again = services.request_session(ngozi, shared.lab, Save.objects.get())
    assert [seat.user for seat in again.seats.all()] == [grace]
    assert waiting(again) == ["r1"]
    assert not holds(grace, again, "r1")
    queue()
    again.refresh_from_db()
    assert again.state == State.READY
    assert (waiting(again), engine.session_of(again).resets) == ([], ["r1"])


@pytest.mark.parametrize("is_made_new", [True, False])
def test_nor_what_was_saved_while_it_changed_hands(
    shared, grace, ngozi, engine, queue, settings, tmp_path, is_made_new
):
    settings.STATE_DIR = tmp_path
    class_labs.put(shared, grace, ["r1"])
    saves.make(shared, engine.session_of(shared), Save.Reason.CHANGE)
    if is_made_new:
        queue()
    worker.fail(shared, "gone")
    again = services.request_session(ngozi, shared.lab, Save.objects.get())
    assert waiting(again) == ["r1"]


def test_a_class_goes_on_with_its_work_where_no_seat_changed_hands(
    shared, ada, ngozi, engine, queue, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    shared.is_active()
    services.stop_session(shared)
    queue()
    again = services.resume(LabSession.objects.get(pk=shared.pk))
    queue()
    assert (waiting(again), engine.session_of(again).resets) == ([], [])


def test_the_page_says_what_is_done(shared, ada, ngozi_client, lab):
    class_labs.remove(shared, ada)
    page = ngozi_client.get(f"/labs/{lab.id}/").text
    assert "Making a seat new" in page


def test_whoever_sits_in_a_class_can_leave_it(shared, ada, ada_client, linus_client, ngozi_client):
    leave = f"/labs/sessions/{shared.pk}/leave"
    assert f'action="{leave}"' in ada_client.get(f"/labs/sessions/{shared.pk}/").text
    assert linus_client.post(leave).status_code == 404
    assert ngozi_client.post(leave).status_code == 404  # it is hers to stop, and no seat
    assert ada_client.post(leave).status_code == 302
    assert not shared.seats.exists()
    assert waiting(shared) == ["r1"]
