"""A real broker, a fake engine and small labs for the tests of labs."""

from queue import Empty

import pytest
from django.utils import timezone

from labs.engine.runtime import convergence
from labs.lifecycle import lab_access, starts
from labs.models import LabSession, State
from labs.registry import versions
from tests import servers
from tests.labs import fakes
from vaka import env
from vaka.celery import app as celery


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory):
    with servers.broker(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture
def broker(broker_url, settings):
    """The address of a running broker, which the site uses."""
    settings.REDIS_URL = broker_url
    return broker_url


@pytest.fixture(autouse=True)
def no_broker_by_chance(settings, tmp_path):
    """No test uses a broker that happens to run. A test that needs one asks for the fixture."""
    use_broker(f"unix://{tmp_path}/no-broker.sock", settings)


@pytest.fixture(autouse=True)
def no_pause_between_measurements(monkeypatch):
    monkeypatch.setattr(convergence, "EVERY", 0.0)


def use_broker(url, settings):
    settings.REDIS_URL = url
    celery.conf.broker_url = env.celery_broker(url)
    celery.amqp._producer_pool = None
    celery._pool = None


@pytest.fixture
def queue(broker, settings):
    """Celery's queues in a real broker, empty. Call it to run the tasks that wait there, as a worker would, oldest first."""
    use_broker(broker, settings)
    Queue.clear()
    return Queue()


QUEUES = ("starts", "celery", "saves")
MANY = 200  # no test needs as many tasks


class Queue:
    """The messages that wait for a worker."""

    def take(self):
        """Take a message, starts first. Return the task and its arguments."""
        for name in QUEUES:
            with celery.connection_for_read() as connection, connection.SimpleQueue(name) as waiting:
                try:
                    message = waiting.get(block=False)
                except Empty:
                    continue
                message.ack()
                return celery.tasks[message.headers["task"]], message.payload[0]
        return None

    def __call__(self):
        done = 0
        while taken := self.take():
            assert done < MANY, "tasks enqueue each other without an end"
            task, args = taken
            task(*args)
            done += 1
        return done

    @classmethod
    def clear(cls):
        for name in QUEUES:
            with celery.connection_for_read() as connection, connection.SimpleQueue(name) as waiting:
                waiting.clear()


@pytest.fixture
def lab(tmp_path):
    return fakes.little_lab(tmp_path / "catalog" / "first-light")


@pytest.fixture
def other_lab(tmp_path):
    return fakes.little_lab(tmp_path / "catalog" / "second-wind", "second-wind", "Second wind", "ba9876543210")


@pytest.fixture(autouse=True)
def catalog(monkeypatch, request):
    """The site has two labs, if a test asks for labs at all."""
    if "lab" in request.fixturenames:
        found = fakes.FakeCatalog(request.getfixturevalue("lab"), request.getfixturevalue("other_lab"))
        monkeypatch.setattr(versions, "_catalog", lambda root: found)


@pytest.fixture
def use_engine(monkeypatch):
    """Make workers use this engine."""

    def use(engine):
        monkeypatch.setattr(lab_access, "engine", engine.opened)
        monkeypatch.setattr(lab_access, "client_of", engine.client_of)
        return engine

    return use


@pytest.fixture
def engine(use_engine):
    return use_engine(fakes.FakeEngine())


@pytest.fixture
def requested(ada, lab):
    """Ada's session, requested and admitted, but not started."""
    return LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version, admitted_at=timezone.now())


@pytest.fixture
def ready(requested, engine):
    """Ada's session, running."""
    starts.start(requested.pk, requested.generation)
    requested.refresh_from_db()
    assert requested.state == State.READY
    return requested


GOOD_LAB = """\
id: two-routers
title: Two routers
summary: Two routers learn to reach each other.
level: beginner
minutes: 20
nodes:
  r1:
    kind: frr
    daemons: [ospf6d]
  r2:
    kind: frr
  sw:
    kind: switch
  h1:
    kind: host
    learner: false
links:
  - a: {interface: "r1:eth0", addresses: ["2001:db8:1::1/64"]}
    b: {interface: "r2:eth0", addresses: ["2001:db8:1::2/64"]}
  - a: {interface: "r2:eth1", addresses: ["2001:db8:2::2/64"]}
    b: {interface: "sw:p1"}
  - a: {interface: "h1:eth0", addresses: ["2001:db8:2::10/64"]}
    b: {interface: "sw:p2"}
stages:
  - id: first
    title: The first stage
    checks:
      - id: loopback
        type: addr.present
        title: r1 has a loopback
        on: [r1]
        expect: {interface: lo, addresses: ["2001:db8:ff::1/128"]}
        points: 5
      - id: reach
        type: ping
        title: h1 reaches r1
        on: [h1]
        expect: {to: "2001:db8:1::1"}
        points: 5
        needs: [loopback]
"""


@pytest.fixture
def lab_folder(tmp_path):
    """A small lab without a mistake."""
    folder = tmp_path / "two-routers"
    (folder / "solution").mkdir(parents=True)
    (folder / "files/r1/etc").mkdir(parents=True)
    (folder / "lab.yaml").write_text(GOOD_LAB)
    (folder / "guide.md").write_text("Hello.\n\n## The first stage {#first}\n\nDo it.\n")
    (folder / "solution/r1.sh").write_text("# typed\n\nip addr add 2001:db8:ff::1/128 dev lo\n")
    (folder / "files/r1/etc/motd").write_text("Welcome.\n")
    return folder


@pytest.fixture
def relay(monkeypatch, engine, ready, settings, tmp_path):
    """Ada's lab, and a state folder of its own."""
    settings.STATE_DIR = tmp_path
    inside = engine.client_of(ready)
    monkeypatch.setattr(lab_access, "client_of", engine.client_of)
    return inside
