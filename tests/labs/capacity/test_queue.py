"""The queue for labs. The computer of these tests is small: two of the small labs fit."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labs import capacity, events
from labs.capacity.costs import EMPTY_CONTAINER, Costs, estimate
from labs.lifecycle import reconciliation, services, starts, tasks
from labs.models import Host, LabCost, LabSession, State, WrongState
from labs.models.host import MB
from tests import builders
from tests.labs.conftest import use_broker
from vaka.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_computer(settings):
    settings.LAB_MEMORY_MB, settings.LAB_CORES = 256, 2


@pytest.fixture
def known(lab, other_lab, engine):
    """The costs of the labs are known: the small one takes 100 MB, the other one 200, with the work of their learners."""
    engine.memory = {lab.id: 80 * MB, other_lab.id: 160 * MB}
    LabCost.add_start(lab, memory=80 * MB, cpu=0.75, seconds=2)
    LabCost.add_start(other_lab, memory=160 * MB, cpu=0.75, seconds=2)


@pytest.fixture
def people(db):
    return [builders.make_person(name) for name in ("ada", "babatunde", "chioma", "dalia")]


def states():
    rows = LabSession.objects.order_by("created_at").select_related("learner")
    return {session.learner.username: session.state for session in rows}


def test_sessions_that_fit_start_and_the_others_wait_until_a_lab_stops(people, lab, known, engine, queue):
    ada, _babatunde, chioma, _dalia = (services.request_session(person, lab.id) for person in people)
    queue()
    assert states() == {"ada": "ready", "babatunde": "ready", "chioma": "requested", "dalia": "requested"}
    services.stop_session(ada)
    queue()
    assert states() == {"ada": "stopped", "babatunde": "ready", "chioma": "ready", "dalia": "requested"}
    assert [session for session, _ in engine.started].count(str(chioma.pk)) == 1


def test_after_a_failed_start_the_next_session_starts(people, lab, known, engine, queue):
    broken = [True, True]

    def breaks(building, step):
        if broken and broken.pop():
            raise RuntimeError("A container's name is taken.")

    engine.while_building = breaks
    for person in people[:3]:
        services.request_session(person, lab.id)
    queue()
    assert states() == {"ada": "failed", "babatunde": "failed", "chioma": "ready"}


def test_small_labs_do_not_pass_a_large_one(people, lab, other_lab, known, engine, queue):
    small, _big, _small = (
        services.request_session(person, wanted.id)
        for person, wanted in zip(people[:3], (lab, other_lab, lab), strict=True)
    )
    queue()
    assert states() == {"ada": "ready", "babatunde": "requested", "chioma": "requested"}
    services.stop_session(small)
    queue()
    assert states() == {"ada": "stopped", "babatunde": "ready", "chioma": "requested"}


def test_a_lab_that_is_larger_than_the_computer_starts_when_nothing_else_runs(ada, lab, engine, queue):
    LabCost.add_start(lab, memory=900 * MB, cpu=1, seconds=1)
    services.request_session(ada, lab.id)
    queue()
    assert states() == {"ada": "ready"}


def test_starts_wait_for_the_cpu_of_the_starts_before(people, lab, engine, queue, settings):
    settings.LAB_MEMORY_MB = 9000
    LabCost.add_start(lab, memory=MB, cpu=3.75, seconds=1.5)  # more than both cores
    for person in people:
        services.request_session(person, lab.id)
    assert LabSession.objects.waiting().count() == 3
    queue()
    assert set(states().values()) == {"ready"}


def test_a_start_that_hangs_does_not_delay_the_next(people, lab, engine, queue, settings):
    settings.LAB_MEMORY_MB = 9000
    LabCost.add_start(lab, memory=MB, cpu=3.75, seconds=1.5)
    for person in people[:2]:
        services.request_session(person, lab.id)
    queue.clear()  # its worker was killed
    hanging = LabSession.objects.get(learner__username="ada")
    hanging.move_to(State.STARTING)
    tasks.admit()
    assert states() == {"ada": "starting", "babatunde": "requested"}
    long_ago = timezone.now() - timedelta(seconds=20)
    LabSession.objects.filter(pk=hanging.pk).update(state_at=long_ago, admitted_at=long_ago)
    tasks.admit()
    queue()
    assert states() == {"ada": "starting", "babatunde": "ready"}


def test_a_ready_session_whose_container_is_gone_blocks_nobody(people, lab, other_lab, known, engine, queue):
    ada, linus = people[:2]
    stale = services.request_session(ada, other_lab.id)
    services.request_session(linus, other_lab.id)
    queue()
    engine.loses(stale)
    assert states() == {"ada": "ready", "babatunde": "requested"}
    tasks.enqueue(reconciliation.reconcile())
    tasks.admit()
    queue()
    assert states() == {"ada": "failed", "babatunde": "ready"}
    assert services.request_session(ada, lab.id) != stale


def test_the_session_that_an_administrator_put_first_last_is_first(people, lab, other_lab, known, engine, queue):
    running, _second, third, fourth = (services.request_session(person, other_lab.id) for person in people)
    queue()
    administrator, nobody = User(is_staff=True), LabSession.objects.none()
    services.put_first(third, administrator, nobody)
    services.put_first(fourth, administrator, nobody)
    assert [session for session, _ in capacity.queue.waits()][:2] == [fourth, third]
    services.stop_session(running)
    queue()
    assert states()["dalia"] == "ready"
    with pytest.raises(WrongState):
        services.put_first(fourth, administrator, nobody)


def test_each_waiting_session_has_its_place_and_the_time_when_memory_is_free(people, lab, known, engine, queue):
    sessions = [services.request_session(person, lab.id) for person in people]
    queue()
    ends = {session.pk: session.ends_at for session in LabSession.objects.filter(state=State.READY)}
    third, fourth = sessions[2:]
    assert capacity.queue.wait_of(third).place == 1
    assert capacity.queue.wait_of(third).until == ends[sessions[0].pk]
    assert capacity.queue.wait_of(fourth).until == ends[sessions[1].pk]
    assert capacity.queue.wait_of(sessions[0]) is None


def test_in_a_long_queue_the_labs_of_those_before_must_end_too(people, lab, known, engine, queue, settings):
    settings.LAB_MEMORY_MB = 110
    for person in people:
        services.request_session(person, lab.id)
    life = timedelta(minutes=lab.minutes + settings.LAB_SPARE_MINUTES)
    second, third, fourth = (wait.until for _session, wait in capacity.queue.waits())  # the first has not even started
    assert timedelta(0) <= second - timezone.now() <= life
    assert (third, fourth) == (second + life, second + 2 * life)


def test_the_expected_wait_is_the_work_of_the_starts_before_over_the_cores(people, lab, engine, queue, settings):
    settings.LAB_MEMORY_MB = 9000
    LabCost.add_start(lab, memory=MB, cpu=7.75, seconds=3)  # 8 CPU-seconds with ours: four seconds of both cores
    for person in people:
        services.request_session(person, lab.id)
    assert [wait.seconds for _session, wait in capacity.queue.waits()] == [6, 10, 14]  # half of the first start is done
    assert [wait.until for _session, wait in capacity.queue.waits()] == [None] * 3


def test_the_page_of_a_waiting_session_gets_its_new_place_when_the_queue_moves(
    people, lab, known, engine, queue, broker
):
    sessions = [services.request_session(person, lab.id) for person in people]
    queue()
    with events.broker().pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(events.channel(sessions[3].pk))
        heard.get_message(timeout=5)  # the confirmation of the subscription
        services.stop_session(sessions[2])
        queue()
        told = []
        while message := heard.get_message(timeout=0.5):
            told.append(json.loads(message["data"]))
    assert (told[-1]["event"], told[-1]["place"]) == ("queue", 1)


def test_of_fifty_who_start_at_once_nobody_is_lost_or_started_twice(lab, known, engine, queue, settings):
    settings.LAB_MEMORY_MB = 40 * 100
    fifty = [builders.make_person(f"trainee{number}") for number in range(50)]

    def press(person):
        try:
            return [services.request_session(person, lab.id).pk for _press in range(2)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as hands:
        pressed = list(hands.map(press, fifty))
    assert all(first == second for first, second in pressed)
    while taken := queue.take():
        task, args = taken
        task(*args)
        task(*args)  # Celery may deliver it twice
    assert list(states().values()).count(State.READY) == 40
    assert LabSession.objects.waiting().count() == 10
    for session in LabSession.objects.filter(state=State.READY)[:10]:
        services.stop_session(session)
    queue()
    assert len(engine.started) == len({session for session, _ in engine.started}) == 50
    assert not LabSession.objects.waiting().exists()


def test_a_session_whose_start_could_not_be_enqueued_keeps_its_place(
    people, lab, known, engine, queue, broker, settings
):
    LabSession.objects.create(learner=people[0], lab=lab.id, lab_version=lab.version)
    use_broker("unix:///nowhere.sock", settings)
    tasks.enqueue(capacity.queue.admit())
    assert LabSession.objects.waiting().count() == 1
    use_broker(broker, settings)
    tasks.admit()
    queue()
    assert states() == {"ada": "ready"}


def test_a_session_that_was_not_admitted_does_not_start(requested, engine):
    LabSession.objects.update(admitted_at=None)
    starts.start(requested.pk, requested.generation)
    assert engine.started == []


def test_a_start_measures_the_cost_and_the_next_refines_it(ready, lab, engine):
    first = LabCost.objects.get()
    assert first.memory == 60 * MB
    LabCost.add_start(lab, memory=70 * MB, cpu=1.5, seconds=9)
    cost = LabCost.objects.get()
    assert (cost.memory, cost.cpu_seconds, cost.starts) == (65 * MB, 1.0, 2)
    assert cost.seconds == first.seconds  # of the quickest


def test_a_new_version_costs_what_the_old_one_did_and_a_new_lab_is_estimated(lab, other_lab, known):
    known_now = Costs()
    assert known_now.of(lab.id, "newer", lambda: lab) == known_now.of(lab.id, lab.version, lambda: lab)
    expected = known_now.of("a-new-lab", "1", lambda: lab)
    assert not expected.measured
    assert expected.memory > EMPTY_CONTAINER.memory
    assert estimate(None).memory > expected.memory


def test_the_memory_for_labs_can_be_changed_by_a_setting(db, settings):
    assert Host.is_here().memory == 256 * MB
    settings.LAB_MEMORY_MB = 512
    tasks.admit()
    assert Host.objects.get().memory == 512 * MB
