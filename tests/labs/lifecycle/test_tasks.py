"""What a worker does before and between its tasks."""

import gc

import pytest
from celery import signals

from labs.lifecycle import tasks
from labs.registry import versions


@pytest.fixture
def catalog(settings, tmp_path, monkeypatch):
    """An empty catalogue; returns the list of its reads."""
    reads = []

    class Catalog:
        def __init__(self, root):
            self.labs = {}
            reads.append(root)

    settings.LAB_CATALOG = tmp_path
    monkeypatch.setattr(versions, "Catalog", Catalog)
    return reads


def test_a_worker_reads_the_labs_once_before_it_makes_its_processes(catalog, tmp_path):
    assert tasks.read_labs
    try:
        signals.worker_init.send(sender=None)
    finally:
        gc.unfreeze()
    assert catalog == [tmp_path]
    versions.all_labs()
    assert catalog == [tmp_path]


@pytest.mark.parametrize(
    "task", [tasks.start_session, tasks.stop_session, tasks.check_lab, tasks.reset_lab, tasks.reap, tasks.expire]
)
def test_a_task_is_told_to_end_before_it_is_killed(task):
    assert 0 < task.soft_time_limit < task.time_limit
