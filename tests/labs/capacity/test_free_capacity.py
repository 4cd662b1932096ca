"""Memory limits: whatever the learners do, the limits of all labs together stay below the ceiling."""

import os
import random
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from labs import capacity
from labs.capacity import fits
from labs.capacity.costs import Costs
from labs.capacity.free_capacity import FreeCapacity
from labs.capacity.overcommit import host_memory
from labs.engine.definition.spec import Limits
from labs.engine.errors import LabFailed
from labs.engine.runtime.memory_limit import LEAST, UNMEASURED, memory_limit_mb
from labs.lifecycle import class_labs, reconciliation, services, tasks
from labs.models import Host, LabCost, LabSession, PoolSize, State, WrongState
from labs.models.host import MB
from tests import builders
from tests.labs.views.test_trouble_tickets import making
from vaka import env

__all__ = ["making"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def computer(settings):
    """A gigabyte for labs; their limits may add up to two."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES, settings.LAB_OVERCOMMIT, settings.LAB_POOL_EMPTY = 1024, 4, 2.0, 0


@pytest.fixture
def people(db):
    return [builders.make_person(f"trainee{number}") for number in range(16)]


def limits():
    return [session.memory_limit // MB for session in LabSession.objects.filter(state=State.READY)]


def test_the_limit_is_the_measured_memory_with_a_margin_for_work_and_a_full_disk(lab):
    assert memory_limit_mb(lab, 120 * MB) == 180 + lab.limits.disk
    assert memory_limit_mb(lab, 10 * MB) == LEAST
    assert memory_limit_mb(lab) == UNMEASURED  # not measured yet
    assert memory_limit_mb(lab, 5000 * MB) == UNMEASURED
    asked = replace(lab, limits=Limits(memory=700))
    assert memory_limit_mb(asked, 10 * MB) == memory_limit_mb(asked) == 700


def test_a_container_is_started_with_its_limit(ada, lab, engine, queue):
    engine.memory = {lab.id: 120 * MB}
    LabCost.add_start(lab, memory=120 * MB, cpu=1, seconds=1)
    session = services.request_session(ada, lab.id)
    queue()
    session.refresh_from_db()
    assert session.memory_limit == engine.limits[str(session.pk)] == (180 + 64) * MB


def test_the_limit_of_an_unmeasured_lab_is_lowered_after_its_first_start(ada, lab, engine, queue):
    engine.memory = {lab.id: 120 * MB}
    while_it_starts = []
    engine.while_building = lambda building, step: while_it_starts.append(engine.limits[building.session] // MB)
    session = services.request_session(ada, lab.id)
    queue()
    session.refresh_from_db()
    assert set(while_it_starts) == {UNMEASURED}
    assert session.memory_limit == engine.limits[str(session.pk)] == (180 + 64) * MB


def test_a_limit_that_the_engine_does_not_lower_is_still_counted(ada, lab, engine, queue, monkeypatch):
    monkeypatch.setattr(engine, "fit", lambda session, lab, *, memory=0: False)
    services.request_session(ada, lab.id)
    queue()
    assert limits() == [UNMEASURED]


def test_a_session_waits_if_the_limits_would_exceed_the_ceiling_although_memory_is_free(people, lab, engine, queue):
    LabCost.add_start(lab, memory=20 * MB, cpu=1, seconds=1)
    for person in people:
        services.request_session(person, lab.id)
    queue()
    assert limits() == [LEAST] * (2048 // LEAST)
    waiting = [wait for _session, wait in capacity.queue.waits()]
    assert waiting[0].until == LabSession.objects.filter(state=State.READY).order_by("ends_at").first().ends_at
    services.stop_session(LabSession.objects.filter(state=State.READY).first())
    queue()
    assert limits() == [LEAST] * (2048 // LEAST)


def test_a_lab_that_wants_more_than_the_computer_has_runs_alone_with_all_of_it(
    people, lab, other_lab, engine, queue, settings
):
    settings.LAB_MEMORY_MB = 256
    LabCost.add_start(other_lab, memory=20 * MB, cpu=1, seconds=1)
    services.request_session(people[0], lab.id)
    services.request_session(people[1], other_lab.id)
    assert LabSession.objects.get(learner=people[0]).memory_limit == 512 * MB
    assert LabSession.objects.waiting().count() == 1
    queue()
    assert LabSession.objects.waiting().count() == 0  # it was measured, and needs less


def test_a_row_without_a_limit_counts_as_unmeasured(ada, linus, lab, engine, queue):
    LabCost.add_start(lab, memory=20 * MB, cpu=1, seconds=1)
    services.request_session(ada, lab.id)
    queue()
    LabSession.objects.update(memory_limit=0)
    host = Host.known()
    assert host_memory(host).limit - FreeCapacity(host, timezone.now()).memory.limit == UNMEASURED * MB


@pytest.mark.parametrize("seed", range(6))
def test_the_limits_of_all_containers_stay_below_the_ceiling_in_any_order_of_events(
    seed, people, ngozi, lab, other_lab, engine, queue, settings, making
):
    """Labs and trouble tickets, class labs and the pool, starts that fail and containers that vanish, in random order."""
    chance, highest = random.Random(seed), 0
    engine.memory = {lab.id: 20 * MB, other_lab.id: 150 * MB}
    settings.LAB_POOL_EMPTY = chance.choice((0, 3))
    PoolSize.objects.create(lab=lab.id, most=chance.randrange(4), reserved=chance.randrange(3))

    def measure(*_while):
        nonlocal highest
        highest = max(highest, sum(engine.limits.values()))
        if chance.random() < 0.02:
            raise LabFailed("A start fails.")

    engine.while_building = measure

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
        lambda: services.request_session(chance.choice(people), lab.id, as_ticket=True),
        lambda: [services.stop_session(one) for one in chance.sample(live(), min(1, len(live())))],
        lambda: [lose(one) for one in chance.sample(live(), min(1, len(live())))],
        lambda: tasks.enqueue(reconciliation.reconcile()),
        tasks.admit,
        tasks.measure_next_lab,
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


def test_fits_names_the_limit_that_binds(lab, settings):
    LabCost.add_start(lab, memory=20 * MB, cpu=0.5, seconds=1)
    [fit] = fits.fits([lab], 10)
    assert (fit.by_use, fit.by_ceiling, fit.by_memory) == (1024 // 25, 2048 // LEAST, 2048 // LEAST)
    assert fit.binding == "ceiling"
    settings.LAB_OVERCOMMIT = 20.0
    [fit] = fits.fits([lab], 10)
    assert (fit.by_memory, fit.binding) == (1024 // 25, "use")


def test_thirty_seats_of_each_size_of_lab_fit_on_a_computer_with_four_gigabytes(lab):
    """The four labs take 50 to 77 MB when they have started (measured), up to 84 on other machines."""
    for memory in (50, 62, 77, 80):
        LabCost.objects.all().delete()
        LabCost.add_start(lab, memory=memory * MB, cpu=0.75, seconds=1)
        assert fits.seats_in((4096 - 1024) * MB, lab) >= 30


def test_an_estimate_is_shown_with_the_limit_that_its_first_start_will_set(lab):
    [fit] = fits.fits([lab], 10)
    assert not fit.cost.measured
    assert fit.limit_megabytes < UNMEASURED
    assert Costs().with_limit(lab.id, lab.version, lambda: lab).limit == UNMEASURED * MB


def test_the_pool_gives_back_as_much_memory_as_learners_need(people, lab, other_lab, engine, queue):
    LabCost.add_start(lab, memory=20 * MB, cpu=0.1, seconds=1)
    LabCost.add_start(other_lab, memory=400 * MB, cpu=0.1, seconds=1)
    PoolSize.objects.create(lab=lab.id, most=5)
    for _second in range(6):
        tasks.admit()
        queue()
    assert LabSession.objects.pooled().count() == 5
    for person in people[:3]:
        services.request_session(person, other_lab.id)  # 664 MB each, of 2048
    queue()
    assert LabSession.objects.filter(state=State.READY).count() >= 2
    assert sum(engine.limits.values()) <= 2048 * MB


@pytest.mark.parametrize("wrong", ["much", "0.5", "21", "nan"])
def test_an_invalid_overcommit_stops_the_site_with_the_name_of_the_setting(wrong, monkeypatch):
    monkeypatch.setenv("VAKA_LAB_OVERCOMMIT", wrong)
    with pytest.raises(ImproperlyConfigured, match="VAKA_LAB_OVERCOMMIT"):
        env.factor("VAKA_LAB_OVERCOMMIT", 2.0, least=1.0, most=20.0)
    monkeypatch.setenv("VAKA_LAB_OVERCOMMIT", "1.5")
    assert env.factor("VAKA_LAB_OVERCOMMIT", 2.0, least=1.0, most=20.0) == 1.5


def test_a_start_counts_as_using_cpu_for_longer_on_a_slow_server():
    program = (
        "import django; django.setup(); from labs.capacity import free_capacity; print(free_capacity.YOUNG.seconds)"
    )
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "vaka.settings_test", "VAKA_PACE": "4"}
    done = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "60"
