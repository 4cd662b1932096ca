"""The pool: how labs are claimed, and how it is kept at the size that administrators have set."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labs.capacity import pool
from labs.lifecycle import reconciliation, services, tasks
from labs.models import LabCost, LabSession, PoolSize, State
from labs.models.host import MB
from labs.registry import versions
from tests import builders
from tests.labs.fakes import FakeCatalog

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def known(lab, other_lab, settings):
    """Eight labs of 100 MB fit on the computer."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES, settings.LAB_POOL_EMPTY = 820, 2, 0
    for each in (lab, other_lab):
        LabCost.add_start(each, memory=80 * MB, cpu=0.5, seconds=1)


@pytest.fixture
def fill(engine, queue):
    """Run beat's task until the pool has its size."""

    def until_it_is_full():
        for _second in range(12):
            tasks.admit()
            queue()

    return until_it_is_full


def waiting(lab=""):
    return LabSession.objects.pooled().filter(lab=lab and lab.id).count()


def test_a_pooled_lab_is_ready_at_once_without_a_worker(ada, lab, engine, queue, fill):
    PoolSize.objects.create(lab=lab.id, most=1)
    fill()
    LabSession.objects.update(seed=77)
    queue.clear()
    session = services.request_session(ada, lab.id)
    assert (session.state, session.learner, session.seed) == (State.READY, ada, 77)
    assert session.ends_at - session.ready_at == timedelta(minutes=lab.minutes + 30)
    assert queue() == 0
    assert engine.client_of(session).status()["state"]
    assert [event.state for event in session.events.all()] == ["starting", "pooled", "ready"]


def test_ten_who_press_at_once_share_the_pool_and_each_gets_one_lab(lab, engine, queue, fill):
    PoolSize.objects.create(lab=lab.id, at_start=4, reserved=4, from_at=timezone.now() + timedelta(minutes=5))
    fill()
    ten = [builders.make_person(f"trainee{number}") for number in range(10)]

    def press(person):
        try:
            return {services.request_session(person, lab.id).pk for _press in range(3)}
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as hands:
        pressed = list(hands.map(press, ten))
    assert [len(sessions) for sessions in pressed] == [1] * 10
    assert len(set().union(*pressed)) == 10
    assert LabSession.objects.filter(state=State.READY).count() == 4


def test_a_learner_who_has_a_lab_gets_no_other_from_the_pool(ada, lab, other_lab, ready, fill):
    PoolSize.objects.create(lab=other_lab.id, most=1)
    fill()
    with pytest.raises(services.HasAnother):
        services.request_session(ada, other_lab.id)
    assert waiting(other_lab) == 1


def test_an_empty_container_takes_any_lab_with_the_limits_of_that_lab(ada, lab, engine, queue, fill, settings):
    settings.LAB_POOL_EMPTY = 1
    fill()
    assert waiting() == 1
    [(empty, _)] = engine.started
    session = services.request_session(ada, lab.id)
    assert str(session.pk) == empty
    queue()
    session.refresh_from_db()
    assert (session.state, engine.of[empty]) == (State.READY, lab.id)
    assert [name for name, _ in engine.started] == [empty]


def test_an_empty_container_that_has_ended_is_replaced_by_a_new_one(ada, lab, engine, queue, fill, settings):
    settings.LAB_POOL_EMPTY = 1
    fill()
    session = services.request_session(ada, lab.id)
    engine.loses(session)
    queue()
    session.refresh_from_db()
    assert session.state == State.READY
    assert len(engine.started) == 2


@pytest.mark.parametrize("feature", ["tun", "wireguard"])
def test_a_lab_whose_container_differs_does_not_use_an_empty_one(ada, lab, engine, fill, settings, feature):
    settings.LAB_POOL_EMPTY = 1
    fill()
    assert pool.claim_empty(ada, replace(lab, requires=(feature,))) is None
    assert waiting() == 1


def ago(**time):
    LabSession.objects.filter(state=State.FAILED).update(stopped_at=timezone.now() - timedelta(**time))


def test_a_pooled_lab_whose_container_is_gone_is_replaced_soon(lab, engine, queue, fill):
    PoolSize.objects.create(lab=lab.id, most=1)
    fill()
    engine.loses(LabSession.objects.get())
    reconciliation.reconcile()
    fill()
    assert waiting(lab) == 0  # not at once
    ago(seconds=20)
    fill()
    assert waiting(lab) == 1
    ago(minutes=6)
    fill()
    assert LabSession.objects.count() == 1  # the row of the lost one is deleted


def test_a_lab_that_cannot_be_built_is_tried_again_after_five_minutes(lab, engine, use_engine, queue, fill):
    PoolSize.objects.create(lab=lab.id, most=1)
    use_engine(engine.that_breaks_labs())
    fill()
    ago(minutes=4)
    fill()
    assert LabSession.objects.count() == 1  # not more often, because it would fail again
    ago(minutes=6)
    fill()
    assert LabSession.objects.get().stopped_at > timezone.now() - timedelta(minutes=1)


def test_after_an_upgrade_the_pool_has_only_the_new_version(ada, lab, engine, queue, fill, monkeypatch):
    PoolSize.objects.create(lab=lab.id, most=1)
    fill()
    old = LabSession.objects.get()
    newer = replace(lab, version="newer0123456")
    monkeypatch.setattr(versions, "_catalog", lambda root: FakeCatalog(newer))
    assert pool.claim(ada, newer) is None
    fill()
    assert LabSession.objects.pooled().get().lab_version == newer.version
    assert not LabSession.objects.filter(pk=old.pk).exists()
    assert len(engine.containers) == 1


def test_the_labs_of_a_workshop_are_built_before_it_and_stopped_after_it(lab, engine, fill):
    begins = timezone.now() + timedelta(minutes=10)
    size = PoolSize.objects.create(
        lab=lab.id, workshop="NOG", from_at=begins, until_at=begins + timedelta(hours=3), at_start=3, most=1
    )
    fill()
    assert waiting(lab) == 3
    PoolSize.objects.update(from_at=timezone.now() - timedelta(minutes=1))
    fill()
    assert waiting(lab) == 3  # nobody has claimed one; they are kept
    LabSession.objects.pooled().first().delete()
    fill()
    assert waiting(lab) == 2  # and no new one is built: the most is one now
    PoolSize.objects.filter(pk=size.pk).update(until_at=timezone.now())
    fill()
    assert LabSession.objects.count() == 0


def test_the_pool_builds_nothing_while_learners_wait(ada, linus, lab, engine, queue, settings):
    settings.LAB_MEMORY_MB = 110
    PoolSize.objects.create(lab=lab.id, reserved=1)
    services.request_session(ada, lab.id)
    services.request_session(linus, lab.id)
    tasks.admit()
    queue()
    tasks.admit()
    assert LabSession.objects.filter(learner=None).count() == 0


def test_learners_get_memory_from_the_pool_but_not_from_its_reserved_labs(
    ada, linus, lab, other_lab, engine, queue, fill, settings
):
    settings.LAB_MEMORY_MB, settings.LAB_POOL_PERCENT = 210, 100
    PoolSize.objects.create(lab=lab.id, reserved=1, most=2)
    fill()
    assert waiting(lab) == 2
    mine, other = services.request_session(ada, other_lab.id), services.request_session(linus, other_lab.id)
    queue()
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.state) == (State.READY, State.REQUESTED)
    assert waiting(lab) == 1


def test_labs_that_are_not_reserved_take_only_a_part_of_the_memory(lab, other_lab, fill, settings):
    settings.LAB_POOL_PERCENT = 40
    PoolSize.objects.create(lab=lab.id, most=6)
    PoolSize.objects.create(lab=other_lab.id, reserved=2)
    fill()
    assert (waiting(lab), waiting(other_lab)) == (1, 2)


def test_a_lab_that_is_claimed_while_it_is_put_away_stays_with_its_learner(ada, lab, fill):
    PoolSize.objects.create(lab=lab.id, most=1)
    fill()
    seen_before = LabSession.objects.get()
    session = pool.claim(ada, lab)
    assert not pool.put_away(seen_before, "Late.")
    session.refresh_from_db()
    assert session.state == State.READY


def test_an_unmeasured_lab_is_built_while_no_lab_runs_and_leaves_nothing(lab, engine, queue, fill):
    LabCost.objects.filter(lab=lab.id).delete()
    tasks.measure_next_lab()
    fill()
    assert LabCost.objects.get(lab=lab.id).memory == 60 * MB
    assert LabSession.objects.count() == 0
    assert engine.containers == {}
    tasks.measure_next_lab()
    assert LabSession.objects.count() == 0


def test_no_lab_is_measured_while_somebody_has_a_lab(ready, other_lab, queue):
    LabCost.objects.filter(lab=other_lab.id).delete()
    tasks.measure_next_lab()
    assert LabSession.objects.count() == 1


def test_a_new_site_keeps_no_labs_ready(lab, engine, fill):
    fill()
    assert engine.started == []


def test_administrators_set_pool_sizes_in_the_administration(ngozi, lab, client):
    ngozi.is_staff = ngozi.is_superuser = True
    ngozi.save()
    client.force_login(ngozi)
    times = {f"{name}_{part}": "" for name in ("from_at", "until_at") for part in (0, 1)}
    sizes = {"lab": lab.id, "workshop": "NOG", "at_start": 3, "most": 2, "reserved": 1, **times}
    said = client.post("/admin/labs/poolsize/add/", sizes).text
    assert "needs a start time" in said
    answer = client.post("/admin/labs/poolsize/add/", {**sizes, "at_start": 0})
    assert answer.status_code == 302
    assert PoolSize.objects.get().most == 2
