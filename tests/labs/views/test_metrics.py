"""Metrics: counts from the database, histograms of finished work, the worker's measurements, and who may read them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from labs import failure_sentences
from labs.lifecycle import lab_failure, services, starts, usage
from labs.models import Attempt, LabSession, State
from labs.views import metrics

pytestmark = pytest.mark.django_db
TOKEN = "a token of thirty-two characters"


@pytest.fixture(autouse=True)
def a_new_process():
    metrics.registry.cache_clear()
    yield
    metrics.registry.cache_clear()


def samples(client=None, **headers):
    """Name and labels → value, as Prometheus understands the answer."""
    answer = (client or Client()).get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def long_ago(session):
    """Let what happened in a session be older than any transaction."""
    past = timezone.now() - timedelta(minutes=5)
    LabSession.objects.filter(pk=session.pk).update(ready_at=past)
    Attempt._base_manager.filter(session=session).update(
        asked_at=past, started_at=past + timedelta(seconds=1), finished_at=past + timedelta(seconds=3)
    )


def test_starts_are_counted_by_outcome(ready, linus, grace, lab, engine, use_engine):
    use_engine(engine.that_is_away())
    refused = LabSession.objects.create(learner=linus, lab=lab.id, lab_version=lab.version, admitted_at=timezone.now())
    starts.start(refused.pk, 1)
    LabSession.objects.create(learner=grace, lab=lab.id, lab_version=lab.version, state=State.STOPPED)
    seen = samples()
    assert seen["vaka_starts_total", "ready", ""] == 1
    assert seen["vaka_starts_total", "failed", "no_engine"] == 1
    assert seen["vaka_starts_total", "given_up", ""] == 1
    assert seen["vaka_sessions", "first-light", "ready"] == 1


def test_every_error_has_a_reason_label():
    words = [
        failure_sentences.reason(text)
        for text in (*failure_sentences.SENTENCES.values(), failure_sentences.LOST, failure_sentences.BROKER_GONE)
    ]
    assert "out_of_memory" in words
    assert "other" not in words
    assert failure_sentences.reason("") == "other"


def test_a_lab_that_is_lost_later_is_not_a_failed_start(ready, engine):
    engine.runs_out_of_memory_in(ready)
    lab_failure.give_up(ready, metrics.failure_sentences.errors.LabGone("It is gone."))
    seen = samples()
    assert seen["vaka_ends_total", "out_of_memory"] == 1
    assert not any(name == "vaka_starts_total" and "failed" in labels for name, *labels in seen)


def test_phases_are_the_differences_of_the_recorded_times():
    progress = [("queued", 3.0), ("container", 0.5), ("nodes", 0.7), ("ready", 1.7)]
    found = dict(metrics.phases([{"step": step, "seconds": seconds} for step, seconds in progress]))
    assert found == {"queued": 3.0, "container": 0.5, "nodes": pytest.approx(0.2), "ready": pytest.approx(1.0)}


def test_a_row_is_added_up_once_when_no_older_row_can_appear(ready, queue, engine, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        services.request_check(ready)
    queue()
    assert ("vaka_check_seconds_count", "attempt") not in samples()
    long_ago(ready)
    metrics.registry.cache_clear()
    for _scrape in range(2):
        seen = samples()
        assert seen["vaka_check_seconds_count", "attempt"] == 1
        assert seen["vaka_check_seconds_sum", "attempt"] == pytest.approx(2.0)
        assert seen["vaka_check_wait_seconds_sum", "attempt"] == pytest.approx(1.0)
        assert seen["vaka_check_seconds_bucket", "attempt", "1"] == 0
        assert seen["vaka_check_seconds_bucket", "attempt", "+Inf"] == 1
        assert seen["vaka_start_phase_seconds_count", "daemons"] == 1
        assert seen["vaka_verdict_seconds_count", "failed"] == 2


def test_the_queue_and_the_pool_are_counted(requested, lab):
    LabSession.objects.filter(pk=requested.pk).update(
        created_at=timezone.now() - timedelta(minutes=2), admitted_at=None
    )
    LabSession.objects.create(lab=lab.id, lab_version=lab.version, state=State.POOLED)
    seen = samples()
    assert seen["vaka_queue_length",] == 1
    assert seen["vaka_queue_oldest_seconds",] == pytest.approx(120, abs=10)
    assert seen["vaka_pool_labs", "first-light"] == 1


def test_memory_is_measured_while_metrics_are_scraped(ready, broker, engine, settings):
    usage.events.broker().flushdb()
    assert not usage.measure()
    assert ("vaka_labs_memory_bytes", "first-light") not in samples()
    assert usage.measure()
    seen = samples()
    assert seen["vaka_labs_memory_bytes", "first-light"] == 60 << 20
    assert seen["vaka_disk_free_bytes", str(settings.STATE_DIR)] > 0


def test_cpu_use_is_known_after_the_second_measurement(ready, broker, engine, monkeypatch):
    usage.events.broker().flushdb()
    usage.read()
    usage.measure()
    assert usage.read().labs[str(ready.pk)].cores is None
    engine.cpu += 3.0
    now = usage.time.time()
    monkeypatch.setattr(usage.time, "time", lambda: now + 2)
    usage.measure()
    assert usage.read().labs[str(ready.pk)].cores == pytest.approx(1.5, abs=0.1)


def test_an_unreachable_engine_is_not_measured(ready, broker, engine, use_engine):
    usage.events.broker().flushdb()
    usage.read()
    use_engine(engine.that_is_away())
    assert not usage.measure()
    assert usage.read() == usage.Usage()


def test_metrics_are_served_to_this_server_or_with_the_token(client, settings):
    assert client.get("/metrics", REMOTE_ADDR="192.168.8.20").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.168.8.20"}).status_code == 403
    settings.METRICS_TOKEN = TOKEN
    for written, status in (("", 403), ("Bearer ", 403), (f"Bearer {TOKEN}x", 403), (f"Bearer {TOKEN}", 200)):
        answer = client.get("/metrics", REMOTE_ADDR="192.168.8.20", headers={"Authorization": written})
        assert answer.status_code == status, written


def test_behind_a_proxy_the_token_is_required(client, settings):
    settings.BEHIND_PROXY = True
    assert client.get("/metrics").status_code == 403
    assert b"VAKA_METRICS_TOKEN" in client.get("/metrics").content


def test_a_starting_site_makes_no_queries(django_assert_num_queries):
    with django_assert_num_queries(0):
        CollectorRegistry().register(metrics.Labs())
