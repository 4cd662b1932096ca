"""The kept versions of labs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda lab: versions.newest("no-such-lab"), "The catalogue of this site has no lab no-such-lab. Choose one"),
        (lambda lab: versions.version(lab.id, "0" * 12), "no longer has version 000000000000 of the lab"),
    ],
)
def test_a_lab_that_is_not_there_says_which_and_what_to_do(lab, settings, tmp_path, asked, said):
    settings.STATE_DIR = tmp_path
    with pytest.raises(versions.NoSuchLab, match=said) as caught:
        asked(lab)
    assert str(caught.value).endswith(".")


def test_a_kept_version_that_cannot_be_read_any_more_says_what_to_begin_with(lab, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    folder = versions.kept_folder(lab.id, "1" * 12)
    folder.mkdir(parents=True)
    (folder / "lab.yaml").write_text("title: Too little\n")
    with pytest.raises(
        versions.NoSuchLab, match=r"cannot be used with this version of Vaka\. Begin with the newest version\.$"
    ):
        versions.version(lab.id, "1" * 12)
