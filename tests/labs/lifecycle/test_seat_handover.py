"""A seat of a class lab changes hands: its nodes are reset, and until then nobody can open a terminal on them."""

import pytest
from django.utils import timezone

from labs.lifecycle import class_labs, lab_failure, nodes_to_reset, saves, seat_handover, services, tasks
from labs.models import Job, LabSession, Save, State
from labs.terminals import permissions, tokens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shared(ngozi, ada, lab, engine, queue):
    """The class lab, running, with Ada at r1; h1 is free."""
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    queue()
    session.refresh_from_db()
    assert (session.state, session.nodes_to_reset) == (State.READY, [])
    return session


def waiting(session):
    session.refresh_from_db()
    return session.nodes_to_reset


def holds(user, session, node):
    return not permissions.refusals([tokens.read(tokens.issue(user.pk, session.pk, node, "1", "control"))])


def asks(client, session, node):
    return client.post(f"/labs/sessions/{session.pk}/terminal-token", {"node": node})


def test_the_nodes_of_a_freed_seat_are_reset_before_the_instructor_can_type_there(
    shared, ada, ngozi, ngozi_client, engine, queue
):
    class_labs.remove(shared, ada)
    assert waiting(shared) == ["r1"]
    assert not holds(ngozi, shared, "r1")
    assert holds(ngozi, shared, "h1")
    refused = asks(ngozi_client, shared, "r1")
    assert refused.status_code == 503, "the page tries again by itself"
    assert "is being reset" in refused.json()["error"]
    queue()
    assert (waiting(shared), engine.client_of(shared).resets) == ([], ["r1"])
    assert holds(ngozi, shared, "r1")
    assert asks(ngozi_client, shared, "r1").status_code == 200


def test_the_nodes_of_a_taken_seat_are_reset_before_the_new_holder_can_type_there(
    shared, grace, grace_client, engine, queue
):
    class_labs.put(shared, grace, ["h1"])
    assert not holds(grace, shared, "h1"), "Grace must not see what the instructor left there"
    assert asks(grace_client, shared, "h1").status_code == 503
    queue()
    assert engine.client_of(shared).resets == ["h1"]
    assert asks(grace_client, shared, "h1").status_code == 200


def test_after_a_move_to_another_seat_the_nodes_of_both_are_reset(shared, ada, engine, queue):
    class_labs.put(shared, ada, ["h1"])
    assert sorted(waiting(shared)) == ["h1", "r1"]
    queue()
    assert sorted(engine.client_of(shared).resets) == ["h1", "r1"]


def test_a_seat_has_one_holder_at_most(shared, ada, grace):
    class_labs.put(shared, grace, ["r1"])
    assert [seat.user for seat in shared.seats.all()] == [grace]
    assert waiting(shared) == ["r1"]


def test_giving_a_trainee_their_own_seat_again_resets_nothing(shared, ada):
    class_labs.put(shared, ada, ["r1"])
    assert waiting(shared) == []


def test_before_the_lab_has_started_nothing_needs_a_reset(ngozi, ada, grace, lab, engine, queue):
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    class_labs.put(session, grace, ["h1"])
    queue()
    assert waiting(session) == []
    assert engine.client_of(session).resets == []


def test_while_another_job_runs_the_reset_waits(shared, ada, ngozi, engine, queue):
    busy = shared.jobs.create(kind=Job.Kind.UNGRADED_CHECK)
    class_labs.remove(shared, ada)
    queue()
    assert waiting(shared) == ["r1"]
    assert not holds(ngozi, shared, "r1")
    busy.end()
    tasks.admit()  # beat calls this every five seconds
    queue()
    assert waiting(shared) == []


def test_a_reset_that_a_killed_worker_had_begun_is_done_again(shared, ada, engine, queue):
    class_labs.remove(shared, ada)
    queue.clear()  # the broker was emptied
    Job.objects.update(taken_at=timezone.now())  # and the worker was killed
    tasks.recover("worker", timezone.now().timestamp() + 1)
    queue()
    assert (waiting(shared), engine.client_of(shared).resets) == ([], ["r1"])


def test_a_reset_that_fails_is_done_again_by_beat_and_not_at_once(shared, ada, engine, queue, monkeypatch):
    class_labs.remove(shared, ada)
    with monkeypatch.context() as broken:
        broken.setattr(seat_handover, "turns", lambda *_: 1 / 0)
        assert queue() == 1
    assert waiting(shared) == ["r1"]
    assert shared.jobs.get(kind=Job.Kind.HANDOVER).error
    tasks.admit()
    queue()
    assert waiting(shared) == []


def test_a_node_that_the_lab_does_not_have_any_more_is_skipped(shared, engine, queue):
    nodes_to_reset.mark(shared, ["gone"])
    tasks.admit()
    queue()
    assert waiting(shared) == []


def test_work_saved_before_a_seat_changed_hands_is_restored_without_the_nodes_of_that_seat(
    shared, ada, grace, ngozi, engine, queue, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    shared.touch()
    services.request_save(shared)
    queue()
    class_labs.put(shared, grace, ["r1"])
    queue()
    lab_failure.fail(shared, "gone")  # a power cut, before anything was saved again
    again = services.request_session(ngozi, shared.lab, Save.objects.get())
    assert [seat.user for seat in again.seats.all()] == [grace]
    assert waiting(again) == ["r1"]
    assert not holds(grace, again, "r1")
    queue()
    again.refresh_from_db()
    assert again.state == State.READY
    assert (waiting(again), engine.client_of(again).resets) == ([], ["r1"])


@pytest.mark.parametrize("is_reset", [True, False])
def test_work_saved_while_a_seat_changed_hands_is_restored_without_its_nodes(
    shared, grace, ngozi, engine, queue, settings, tmp_path, is_reset
):
    settings.STATE_DIR = tmp_path
    class_labs.put(shared, grace, ["r1"])
    saves.make(shared, engine.client_of(shared), Save.Reason.CHANGE)
    if is_reset:
        queue()
    lab_failure.fail(shared, "gone")
    again = services.request_session(ngozi, shared.lab, Save.objects.get())
    assert waiting(again) == ["r1"]


def test_a_class_lab_resumes_all_work_where_no_seat_changed_hands(
    shared, ada, ngozi, engine, queue, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    shared.touch()
    services.stop_session(shared)
    queue()
    again = services.resume(LabSession.objects.get(pk=shared.pk))
    queue()
    assert (waiting(again), engine.client_of(again).resets) == ([], [])


def test_the_page_shows_that_the_nodes_are_being_reset(shared, ada, ngozi_client, lab):
    class_labs.remove(shared, ada)
    page = ngozi_client.get(f"/labs/{lab.id}/").text
    assert "Preparing the nodes of a seat" in page


def test_a_trainee_can_leave_their_seat(shared, ada, ada_client, linus_client, ngozi_client):
    leave = f"/labs/sessions/{shared.pk}/leave"
    assert f'action="{leave}"' in ada_client.get(f"/labs/sessions/{shared.pk}/").text
    assert linus_client.post(leave).status_code == 404
    assert ngozi_client.post(leave).status_code == 404  # it is her session, and she has no seat
    assert ada_client.post(leave).status_code == 302
    assert shared.seats.get().is_away
    assert not holds(ada, shared, "r1")
    assert waiting(shared) == [], "the seat stays hers, with her work"
