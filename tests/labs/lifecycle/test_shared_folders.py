"""The worker in folders to which another account can write: links, folders and files that vanish stop none of its work."""

import os
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import captures, saves, tasks
from labs.models import Capture, Erasure, LabSession, Save, State
from vaka.credentials import signing_keys

pytestmark = pytest.mark.django_db(transaction=True)

OLD = timezone.now().timestamp() - 30 * 86400
SHARED = ("captures", "saves", "saves/7", "credentials", "run", "run/site", "run/engine", "log")


@pytest.fixture
def precious(tmp_path):
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "file").write_text("kept")
    return folder


@pytest.fixture
def littered(state, precious, monkeypatch):
    """Each shared folder holds what another account may put there, all of it old."""
    for name in SHARED:
        folder = state / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dangling").symlink_to(folder / "nothing")
        (folder / "loop").symlink_to("loop")
        (folder / "to-file").symlink_to(precious / "file")
        (folder / "to-folder").symlink_to(precious)
        (folder / "folder").mkdir()
        (folder / "folder" / "file").write_text("x")
        (folder / "folder" / "link").symlink_to(precious)
        os.mkfifo(folder / "pipe")
        (folder / "vanishes").write_text("x")
        (folder / "orphan").write_text("x")
        for path in folder.iterdir():
            os.utime(path, (OLD, OLD), follow_symlinks=False)
    _vanish_when_looked_at(monkeypatch)
    return state


def _vanish_when_looked_at(monkeypatch):
    stat, lstat = os.stat, os.lstat

    def vanishing(look):
        def looked(path, **options):
            if isinstance(path, str | os.PathLike) and os.fspath(path).endswith("vanishes"):
                with suppress(FileNotFoundError):
                    os.unlink(path, dir_fd=options.get("dir_fd"))
            return look(path, **options)

        return looked

    monkeypatch.setattr(os, "stat", vanishing(stat))
    monkeypatch.setattr(os, "lstat", vanishing(lstat))


def names(folder):
    return sorted(entry.name for entry in os.scandir(folder))


def test_reconciliation_removes_all_old_captures(working, littered, precious, queue):
    due = Capture.objects.get()
    captures.pcap(due).unlink()
    captures.pcap(due).mkdir()  # in place of the file
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now() - timedelta(days=30))
    Capture.objects.update(begun_at=timezone.now() - timedelta(days=30))
    tasks.reconcile()
    assert not Capture.objects.exists()
    assert names(littered / "captures") == []
    assert (precious / "file").read_text() == "kept"


def test_one_capture_that_cannot_be_removed_keeps_no_other(working, littered, monkeypatch, caplog):
    unlink = os.unlink

    def refusing(name, **options):
        if name == "dangling":
            raise PermissionError(1, "Operation not permitted", name)
        unlink(name, **options)

    monkeypatch.setattr(os, "unlink", refusing)
    tasks.reconcile()
    assert names(littered / "captures") == sorted(["dangling", *names_of(Capture.objects.get())])
    assert "captures/dangling" in caplog.text


def names_of(capture):
    return sorted(file.name for file in (captures.pcap(capture), captures.text(capture)))


def test_one_capture_that_cannot_be_fetched_keeps_no_other(working, littered, ada, monkeypatch):
    """A folder is in its place, or the disk is full."""
    for number in (2, 3):
        Capture.objects.create(session=working, taker=ada, interface="r1:eth0", number=number, seconds=1)
    Capture.objects.filter(ended_at=None).update(begun_at=timezone.now() - timedelta(days=1))

    tried = []

    def full(capture, found):
        tried.append(capture.number)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(captures, "_refresh", full)
    tasks.reconcile()
    assert set(tried) == {2, 3}
    assert names(littered / "captures") == names_of(Capture.objects.get(number=1))


def test_the_cleaning_removes_all_saves_without_rows(working, littered, precious, engine):
    LabSession.objects.update(state=State.STOPPED)
    tasks.clean()
    kept = Save.objects.get()
    assert names(littered / "saves" / "7") == []
    assert names(littered / "saves" / str(kept.learner_id)) == [str(kept.pk)]
    assert (precious / "file").read_text() == "kept"


def test_a_deletion_ends(working, littered, precious, ada, queue):
    capture = Capture.objects.get()
    captures.text(capture).unlink()
    captures.text(capture).symlink_to(precious / "file")
    folder = saves.path_of(Save.objects.get()).parent
    ada.delete()
    queue()
    assert Erasure.objects.get().done_at
    assert not folder.exists()
    assert str(capture.pk) not in " ".join(names(littered / "captures"))
    assert (precious / "file").read_text() == "kept"


def test_certificates_are_signed(littered):
    assert signing_keys.sign({"name": "Ada"}, signing_keys.current())


def test_what_a_full_disk_took_of_a_capture_is_removed(state, monkeypatch):
    (state / "captures").mkdir()

    def full(descriptor, mode):
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(captures.os, "fdopen", full)
    with pytest.raises(OSError, match="No space"):
        captures._write(state / "captures" / "a.pcap", b"packets")
    assert names(state / "captures") == []
