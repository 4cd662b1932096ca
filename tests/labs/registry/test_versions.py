"""What the site keeps of its labs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from labs.registry import versions

AT_ONCE = 8


def test_forty_who_start_a_new_lab_at_once_keep_it_once_and_nobody_s_start_fails(lab, settings, tmp_path, monkeypatch):
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
