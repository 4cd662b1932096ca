import pytest

from labs.lifecycle import saves, services
from labs.models import Save
from tests.labs.fakes import FORWARDING
from tests.labs.lifecycle.captured import captured


@pytest.fixture
def state(settings, tmp_path):
    """A state folder of the test's own."""
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    return settings.STATE_DIR


@pytest.fixture
def working(state, ada, lab, engine, queue):
    """Ada's lab runs; she has saved work and a capture."""
    session = services.request_session(ada, lab.id)
    queue()
    session.refresh_from_db()
    session.touch()
    saves.make(session, engine.client_of(session), Save.Reason.ASKED)
    captured(session, ada)
    return session


@pytest.fixture
def at_work(ready, engine):
    """Ada's session, in which she has enabled forwarding by typing."""
    engine.client_of(ready).sysctls[FORWARDING] = "1"
    ready.touch()
    return ready
