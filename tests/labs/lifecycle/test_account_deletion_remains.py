"""A deleted account leaves nothing: rows go at once; the worker removes files and containers as soon as it can."""

import pytest
from django.utils import timezone

from labs.engine.runtime.client import Saved
from labs.lifecycle import account_deletion_remains, captures, class_labs, file_removal, saves, tasks
from labs.models import Erasure, LabSession, Save, State
from tests.labs.lifecycle.captured import captured
from vaka.accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("state")]


def files(state):
    kinds = [(state / kind).resolve() for kind in ("saves", "captures")]  # either may be a link to another disk
    return sorted(f"{kind.name}/{path.relative_to(kind)}" for kind in kinds for path in kind.rglob("*"))


def test_one_task_removes_files_and_containers(working, ada, engine, queue, state):
    assert len(files(state)) == 4  # with the folder
    assert str(working.pk) in engine.containers
    ada.delete()
    assert not LabSession.objects.exists()
    queue()
    assert files(state) == []
    assert engine.containers == {}
    assert Erasure.objects.get().done_at


def test_a_deletion_in_bulk_removes_them_too(working, engine, queue, state):
    User.objects.filter(username="ada").delete()  # as the administration's list does
    queue()
    assert (files(state), engine.containers) == ([], {})


def test_what_a_worker_missed_is_removed_when_it_is_back(working, ada, engine, queue, state):
    ada.delete()
    queue.clear()  # the broker was emptied, and no worker ran
    assert len(files(state)) == 4
    tasks.admit()  # beat calls this every five seconds, and the worker is back
    queue()
    assert (files(state), engine.containers) == ([], {})


def test_without_a_broker_the_account_is_deleted_and_the_rest_is_noted(working, ada, engine, queue, state, settings):
    settings.REDIS_URL = f"unix://{state}/no-broker.sock"
    ada.delete()
    assert not User.objects.filter(username="ada").exists()
    assert Erasure.objects.get().done_at is None


def test_while_the_engine_is_away_files_are_removed_and_the_container_later(
    working, ada, engine, use_engine, queue, state
):
    use_engine(engine.that_is_away())
    ada.delete()
    queue()
    assert files(state) == []
    assert Erasure.objects.get().done_at is None
    use_engine(engine)
    tasks.admit()
    queue()
    assert engine.containers == {}
    assert Erasure.objects.get().done_at


@pytest.mark.parametrize("name", ["saves", "captures"])
def test_a_deletion_ends_when_root_has_moved_a_folder_to_another_disk(
    working, ada, engine, queue, state, tmp_path, name
):
    (state / name).rename(tmp_path / "disk")
    (state / name).symlink_to(tmp_path / "disk")
    assert len(files(state)) == 4
    ada.delete()
    queue()
    assert files(state) == []
    assert Erasure.objects.get().done_at


def test_captures_are_removed_when_saves_cannot_be(working, ada, engine, queue, state, tmp_path):
    (state / "saves").rename(tmp_path / "disk")
    (state / "saves").symlink_to(tmp_path / "not-mounted")
    ada.delete()
    queue()
    assert list((state / "captures").iterdir()) == []
    assert Erasure.objects.get().done_at is None
    (tmp_path / "disk").rename(tmp_path / "not-mounted")
    tasks.admit()
    queue()
    assert files(state) == []
    assert Erasure.objects.get().done_at


def test_a_save_that_is_written_late_is_removed_too(working, ada, engine, queue, state):
    late = Save(session=working, learner=ada, lab=working.lab, lab_version="0", reason="stop", size=1)
    number = ada.pk
    ada.delete()
    queue()
    late.learner_id = number
    saves.write_file(late, b"late")  # by a worker that had read the row before
    tasks.admit()
    queue()
    assert files(state) == []


def test_the_erasure_row_itself_is_deleted_in_the_end(working, ada, engine, queue):
    ada.delete()
    queue()
    tasks.admit()
    queue()
    assert Erasure.objects.exists(), "a late write may still come"
    Erasure.objects.update(asked_at=timezone.now() - account_deletion_remains.SETTLES)
    tasks.admit()
    queue()
    assert not Erasure.objects.exists()


def test_the_files_of_others_stay(working, ada, linus, lab, engine, queue, state):
    other = LabSession.objects.create(learner=linus, lab=lab.id, lab_version=lab.version, state=State.READY)
    saves.keep(other, Saved(b"packed", []), Save.Reason.ASKED, timezone.now())
    capture = captured(other, linus)
    ada.delete()
    queue()
    assert len(files(state)) == 4
    assert captures.pcap(capture).exists()


def test_her_captures_in_a_class_lab_are_removed_and_the_nodes_of_her_seat_are_reset(
    ada, ngozi, lab, engine, queue, state
):
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    queue()
    captured(session, ada)
    theirs = captured(session, ngozi)
    ada.delete()
    queue()
    assert len(files(state)) == 2
    assert captures.pcap(theirs).exists()
    assert engine.client_of(session).resets == ["r1"]


def test_removing_a_second_time_does_nothing(state):
    (state / "saves" / "7" / "deep").mkdir(parents=True)
    (state / "saves" / "7" / "deep" / "file").write_text("x")
    for _time in range(2):
        file_removal.remove("saves", "7")
    assert list((state / "saves").iterdir()) == []
    file_removal.remove("nowhere", "7")
