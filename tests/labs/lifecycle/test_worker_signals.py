"""A worker process reads the labs before it makes its children."""

import gc

import pytest
from celery import signals

from labs.lifecycle import worker_signals
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
    assert worker_signals.read_labs
    try:
        signals.worker_init.send(sender=None)
    finally:
        gc.unfreeze()
    assert catalog == [tmp_path]
    versions.all_labs()
    assert catalog == [tmp_path]
