"""The refusals of the engine, in our words; and the containers that the driver finds again."""

import gc
import io
import tarfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from docker.errors import NotFound

from labs.engine.definition.spec import Limits
from labs.engine.errors import EngineRefused, ImageMissing, ImageOld, NoEngine, RelayGone, TookTooLong
from labs.engine.runtime import driver
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.driver import Engine

pytestmark = pytest.mark.live
NAME = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def engine(runner):
    opened = Engine(runner.engine.site)
    yield opened
    opened.remove(NAME)
    opened.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # docker-py leaves its session open
def test_the_error_of_a_missing_engine_says_what_to_type(tmp_path):
    with pytest.raises(NoEngine, match=r"No Docker engine answers.*make setup"):
        Engine("nobody", f"unix://{tmp_path}/docker.sock").check()
    gc.collect()


def test_the_error_of_a_missing_image_says_what_to_type(engine, monkeypatch):
    monkeypatch.setattr(driver, "image_tag", lambda: "vaka-nothing:0")
    monkeypatch.setattr(driver, "REPOSITORY", "vaka-nothing")
    with pytest.raises(ImageMissing, match="make image"):
        engine.check()


def test_an_image_of_another_version_is_old_not_missing(engine, monkeypatch):
    monkeypatch.setattr(driver, "image_tag", lambda: "vaka-lab:000000000000")
    with pytest.raises(ImageOld, match="another version"):
        engine.check()


def test_a_refusal_of_the_engine_is_quoted(engine, village):
    with pytest.raises(EngineRefused, match=r"The Docker engine refused: .*CPU"):
        engine.start(NAME, replace(village, limits=Limits(cpus=9999.0)), generation=1)


def test_an_old_container_of_the_same_session_does_not_block_the_next_start(engine, village):
    first = engine.start(NAME, village, generation=1)
    second = engine.start(NAME, village, generation=2)
    assert first != second
    found = engine.sessions()[NAME]
    assert (found.container, found.generation, found.running) == (second, 2, True)


def test_a_start_waits_for_the_name_of_a_container_that_somebody_else_is_removing(engine, village, monkeypatch):
    """Regression: a start after a worker was killed failed, because the old container was not gone yet."""
    engine.start(NAME, village, generation=1)
    remove, asked = engine.remove, []

    def late(session):
        asked.append(session)
        return len(asked) == 1 or remove(session)

    monkeypatch.setattr(engine, "remove", late)
    second = engine.start(NAME, village, generation=2)
    found = engine.sessions()[NAME]
    assert (found.container, found.generation) == (second, 2)


def test_another_site_does_not_see_our_containers(engine, village):
    engine.start(NAME, village, generation=1)
    other = Engine("another-site")
    assert other.sessions() == {}
    assert other.container_of(NAME) is None
    other.close()


def test_every_session_has_a_host_uid_of_its_own(engine, runner, village):
    with runner.running(village), runner.running(village):
        listed = engine.client.api.containers(filters={"label": f"vaka.site={runner.engine.site}"})
        owners = [container["Labels"]["vaka.owner"] for container in listed]
    assert len(set(owners)) == len(owners) == 2
    assert all(int(owner) >= 1_900_000_000 for owner in owners)


def test_memory_and_cpu_are_read_from_the_engine(engine, runner, village):
    with runner.running(village) as session:
        used = engine.usage(session.session)
    assert 10_000_000 < used.memory < 1_000_000_000
    assert used.cpu > 0


def test_a_lab_that_starts_too_slowly_is_an_error(runner, village):
    slow = replace(village.nodes["h1"], start=("sleep 30",))
    lab = replace(village, nodes={**village.nodes, "h1": slow})
    runner.engine.start(NAME, lab, generation=1)
    try:
        with pytest.raises(TookTooLong):
            LabClient(runner.relay, NAME).build(lab, seconds=2, on_step=lambda step, seconds: None)
    finally:
        runner.engine.remove(NAME)


def test_old_images_are_ours_old_and_unused(engine):
    """With a name of its own for the images: others may be at work on this engine."""
    name, api = f"vaka-lab-{uuid4().hex}", engine.client.api
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    made = {}
    try:
        for tag in ("one", "used"):
            api.import_image_from_data(empty.getvalue(), repository=name, tag=tag, changes=[f"LABEL which={tag}"])
        api.tag(f"{name}:one", f"somebody/{name}", "one")
        made = api.create_container(f"{name}:used", command=["none"])
        soon = datetime.now(UTC) + timedelta(hours=1)
        assert [image.tag for image in engine.old_images(soon, name)] == [f"{name}:one"]
        assert engine.old_images(datetime.now(UTC) - timedelta(hours=1), name) == []
        assert engine.remove_image(f"{name}:one")
        assert not engine.remove_image(f"{name}:one")
        assert not engine.remove_image(f"{name}:used")
        assert api.images(name=f"somebody/{name}") != []
        assert driver.image_tag() not in [image.tag for image in engine.old_images(soon)]
    finally:
        if made:
            api.remove_container(made["Id"])
        for tag in (f"{name}:one", f"{name}:used", f"somebody/{name}:one"):
            with suppress(NotFound):
                api.remove_image(tag)


def test_without_a_relay_a_session_is_unreachable(tmp_path):
    with pytest.raises(RelayGone, match="Is it running"):
        LabClient(tmp_path / "relay.sock", NAME).status()


def test_a_program_that_fills_the_memory_is_ended_and_the_supervisor_stays(runner, village, shell_on):
    with runner.running(village) as session:
        shell = shell_on(session, "h1")
        said = shell.type("tail /dev/zero; echo ended with $?", 60)
        assert "ended with 137" in said or "Killed" in said
        assert "alive" in shell_on(session, "r1").type("echo alive")
        assert session.status()["state"] == "ready"
        found = runner.engine.container_of(session.session)
        assert found.running


def test_a_full_disk_affects_that_node_only(runner, village, shell_on):
    with runner.running(village) as session:
        shell = shell_on(session, "h1")
        assert "No space left" in shell.type("dd if=/dev/zero of=/big bs=1M count=200 2>&1 | head -3", 30)
        assert "No space left" in shell.type("dd if=/dev/zero of=/dev/shm/big bs=1M count=200 2>&1 | head -3", 30)
        assert "fine" in shell_on(session, "r1").type("echo x > /x && echo fine")
        assert session.ask([{"ask": "file", "node": "h1", "path": "/etc/hostname"}])[0]["ok"]


def test_too_many_processes_affect_that_node_only(runner, village, shell_on):
    with runner.running(village) as session:
        shell = shell_on(session, "h1")
        forks = 'for (1..300) { my $p = fork; if (!defined $p) { print "no: $!\\n"; last } sleep 30, exit if !$p }'
        assert "no: Resource temporarily unavailable" in shell.type(f"perl -e '{forks}'", 30)
        assert "fine" in shell_on(session, "r1").type("ls / >/dev/null && echo fine")
