"""What labs may use at most: whatever their learners do, all of them together stay below the ceiling."""

import random
from contextlib import suppress
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from labs.capacity import fits
from labs.capacity import queue as line
from labs.capacity.free_capacity import Room
from labs.engine.definition.spec import Limits
from labs.engine.errors import LabFailed
from labs.engine.runtime.memory_limit import LEAST, UNMEASURED, memory_limit_mb
from labs.lifecycle import class_labs, reaper, services, tasks
from labs.models import LabSession, PoolSize, State, WrongState
from labs.models.lab_cost import MB, Costs, Host, LabCost
from tests import builders
from tests.labs.views.test_trouble_tickets import making
from vaka import env

__all__ = ["making"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def computer(settings):
    """A gigabyte for labs, of which they may use two at most."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES, settings.LAB_OVERCOMMIT, settings.LAB_POOL_EMPTY = 1024, 4, 2.0, 0


@pytest.fixture
def people(db):
    return [builders.make_person(f"trainee{number}") for number in range(16)]


def limits():
    return [session.memory_limit // MB for session in LabSession.objects.filter(state=State.READY)]


def test_a_lab_may_use_what_it_was_measured_to_take_and_room_for_work_and_a_full_disk(lab):
    assert memory_limit_mb(lab, 120 * MB) == 180 + lab.limits.disk
    assert memory_limit_mb(lab, 10 * MB) == LEAST
    assert memory_limit_mb(lab) == UNMEASURED  # nobody knows yet what it takes
    assert memory_limit_mb(lab, 5000 * MB) == UNMEASURED
    asked = replace(lab, limits=Limits(memory=700))
    assert memory_limit_mb(asked, 10 * MB) == memory_limit_mb(asked) == 700


def test_a_container_is_started_with_its_limit(ada, lab, engine, queue):
    engine.memory = {lab.id: 120 * MB}
    LabCost.measured(lab, memory=120 * MB, cpu=1, seconds=1)
    session = services.request_session(ada, lab.id)
    queue()
    session.refresh_from_db()
    assert session.memory_limit == engine.limits[str(session.pk)] == (180 + 64) * MB


def test_a_lab_that_was_never_measured_is_held_to_less_when_its_first_start_was_weighed(ada, lab, engine, queue):
    engine.memory = {lab.id: 120 * MB}
    while_it_starts = []
    engine.while_building = lambda building, step: while_it_starts.append(engine.limits[building.session] // MB)
    session = services.request_session(ada, lab.id)
    queue()
    session.refresh_from_db()
    assert set(while_it_starts) == {UNMEASURED}
    assert session.memory_limit == engine.limits[str(session.pk)] == (180 + 64) * MB


def test_an_engine_that_does_not_lower_a_limit_leaves_what_is_counted(ada, lab, engine, queue, monkeypatch):
    monkeypatch.setattr(engine, "fit", lambda session, lab, *, memory=0: False)
    services.request_session(ada, lab.id)
    queue()
    assert limits() == [UNMEASURED]


def test_who_would_bring_the_limits_above_the_ceiling_waits_though_there_is_memory(people, lab, engine, queue):
    LabCost.measured(lab, memory=20 * MB, cpu=1, seconds=1)
    for person in people:
        services.request_session(person, lab.id)
    queue()
    assert limits() == [LEAST] * (2048 // LEAST)
    waiting = [wait for _session, wait in line.waits()]
    assert waiting[0].until == LabSession.objects.filter(state=State.READY).order_by("ends_at").first().ends_at
    services.stop_session(LabSession.objects.filter(state=State.READY).first())
    queue()
    assert limits() == [LEAST] * (2048 // LEAST)


def test_a_lab_that_may_use_more_than_there_is_runs_alone_with_what_there_is(
    people, lab, other_lab, engine, queue, settings
):
    settings.LAB_MEMORY_MB = 256
    LabCost.measured(other_lab, memory=20 * MB, cpu=1, seconds=1)
    services.request_session(people[0], lab.id)
    services.request_session(people[1], other_lab.id)
    assert LabSession.objects.get(learner=people[0]).memory_limit == 512 * MB
    assert LabSession.objects.waiting().count() == 1
    queue()
    assert LabSession.objects.waiting().count() == 0  # it was weighed, and needs less


def test_rows_from_before_count_as_what_their_containers_have(ada, linus, lab, engine, queue):
    LabCost.measured(lab, memory=20 * MB, cpu=1, seconds=1)
    services.request_session(ada, lab.id)
    queue()
    LabSession.objects.update(memory_limit=0)
    host = Host.known()
    assert host.room.limit - Room(host, timezone.now()).memory.limit == UNMEASURED * MB


@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_the_sum_of_what_containers_may_use_stays_below_the_ceiling(
    seed, people, ngozi, lab, other_lab, engine, queue, settings, making
):
    """Labs and tickets, class labs and the pool, starts that fail and engines that lose labs, in any order."""
    chance, highest = random.Random(seed), 0
    engine.memory = {lab.id: 20 * MB, other_lab.id: 150 * MB}
    settings.LAB_POOL_EMPTY = chance.choice((0, 3))
    PoolSize.objects.create(lab=lab.id, most=chance.randrange(4), reserved=chance.randrange(3))

    def look(*_while):
        nonlocal highest
        highest = max(highest, sum(engine.limits.values()))
        if chance.random() < 0.02:
            raise LabFailed("A start fails.")

    engine.while_building = look

    def live():
        return list(LabSession.objects.filter(state=State.READY).exclude(learner=None))

    def ask(person):
        services.request_session(person, chance.choice((lab.id, other_lab.id)))

    def share(person):
        class_labs.begin(ngozi, other_lab.id, {"left": person})

    def lose(session):
        engine.remove(str(session.pk))

    acts = [
        lambda: ask(chance.choice(people)),
        lambda: ask(chance.choice(people)),
        lambda: share(chance.choice(people)),
        lambda: services.request_ticket(chance.choice(people), lab.id),
        lambda: [services.stop_session(one) for one in chance.sample(live(), min(1, len(live())))],
        lambda: [lose(one) for one in chance.sample(live(), min(1, len(live())))],
        lambda: tasks.begin(reaper.reap()),
        tasks.let_in,
        tasks.weigh,
        queue,
        queue,
    ]
    for _turn in range(80):
        with suppress(services.HasAnother, WrongState):
            chance.choice(acts)()
        highest = max(highest, sum(engine.limits.values()))
        for session in LabSession.objects.filter(state__in=(State.READY, State.POOLED)):
            assert engine.limits.get(str(session.pk), 0) <= session.memory_limit
    assert 0 < highest <= 2048 * MB


def test_fits_says_which_limit_binds(lab, settings):
    LabCost.measured(lab, memory=20 * MB, cpu=0.5, seconds=1)
    [fit] = fits.fits([lab], 10)
    assert (fit.by_use, fit.by_limit, fit.by_memory, fit.binding) == (1024 // 25, 2048 // LEAST, 2048 // LEAST, "limit")
    settings.LAB_OVERCOMMIT = 20.0
    [fit] = fits.fits([lab], 10)
    assert (fit.by_memory, fit.binding) == (1024 // 25, "use")


def test_thirty_seats_of_each_size_of_lab_fit_a_room_machine_of_four_gigabytes(lab):
    """The four labs take 50 to 77 MB when they have started (measured), up to 84 on other machines."""
    for memory in (50, 62, 77, 80):
        LabCost.objects.all().delete()
        LabCost.measured(lab, memory=memory * MB, cpu=0.75, seconds=1)
        assert fits.seats_in((4096 - 1024) * MB, lab) >= 30


def test_an_estimate_is_shown_as_what_its_first_start_will_make_of_it(lab):
    [fit] = fits.fits([lab], 10)
    assert not fit.cost.measured
    assert fit.megabytes_at_most < UNMEASURED
    assert Costs().with_limit(lab.id, lab.version, lambda: lab).limit == UNMEASURED * MB


def test_the_pool_gives_back_as_many_limits_as_people_need(people, lab, other_lab, engine, queue):
    LabCost.measured(lab, memory=20 * MB, cpu=0.1, seconds=1)
    LabCost.measured(other_lab, memory=400 * MB, cpu=0.1, seconds=1)
    PoolSize.objects.create(lab=lab.id, most=5)
    for _second in range(6):
        tasks.let_in()
        queue()
    assert LabSession.objects.pooled().count() == 5
    for person in people[:3]:
        services.request_session(person, other_lab.id)  # 664 MB each, of 2048
    queue()
    assert LabSession.objects.filter(state=State.READY).count() >= 2
    assert sum(engine.limits.values()) <= 2048 * MB


@pytest.mark.parametrize("wrong", ["much", "0.5", "21", "nan"])
def test_an_overcommit_that_is_none_stops_the_start_with_what_would_do(wrong, monkeypatch):
    monkeypatch.setenv("VAKA_LAB_OVERCOMMIT", wrong)
    with pytest.raises(ImproperlyConfigured, match="VAKA_LAB_OVERCOMMIT"):
        env.factor("VAKA_LAB_OVERCOMMIT", 2.0, least=1.0, most=20.0)
    monkeypatch.setenv("VAKA_LAB_OVERCOMMIT", "1.5")
    assert env.factor("VAKA_LAB_OVERCOMMIT", 2.0, least=1.0, most=20.0) == 1.5
