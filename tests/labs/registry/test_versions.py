"""The kept versions of labs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from labs.registry import versions

AT_ONCE = 8


def test_workers_that_keep_the_same_version_at_once_keep_one_copy_and_none_fails(lab, settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    together, copy = Barrier(AT_ONCE), versions.shutil.copytree

    def copies(source, target):
        together.wait(10)
        return copy(source, target)

    monkeypatch.setattr(versions.shutil, "copytree", copies)
    with ThreadPoolExecutor(AT_ONCE) as workers:
        list(workers.map(versions.keep, [lab] * AT_ONCE))
    [kept] = versions.kept_folders()
    assert (kept.parent.name, kept.name) == (lab.id, lab.version)
    assert {file.name for file in kept.iterdir()} == {file.name for file in lab.folder.iterdir()} != set()
