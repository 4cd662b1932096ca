"""The ways from a worker to a lab: its container through the engine, and what runs in it through the relay.

Only a worker may use the engine. Through the relay the site reaches labs, too.
"""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.runtime import changes, client, link_state
from labs.models import LabSession

if TYPE_CHECKING:
    from labs.engine.runtime.driver import Engine
    from labs.engine.runtime.engine_reports import Found

logger = logging.getLogger(__name__)


@contextmanager
def engine() -> Iterator["Engine"]:
    """Yield the engine, as this site sees it."""
    # Imported here, so that the site's processes, which import this module, do not load docker
    from labs.engine.runtime.driver import Engine

    with closing(Engine(settings.SITE_ID_TEXT)) as opened:
        yield opened


def client_of(session: LabSession) -> client.LabClient:
    """Return the client of the session's lab, behind the relay."""
    return client.LabClient(settings.RELAY_SOCKET, str(session.pk))


def find_container(session: LabSession) -> "Found | None":
    with engine() as runtime:
        return runtime.container_of(str(session.pk))


def remove_container(session: LabSession) -> bool:
    """Remove the session's container. False if the engine does not remove it now; reconciliation will try again."""
    try:
        with engine() as runtime:
            runtime.remove(str(session.pk))
    except EngineError as error:
        logger.warning("The container of %s could not be removed: %s", session, error)
        return False
    return True


def remove_container_of_this_start(session: LabSession) -> None:
    """Remove the session's container if it is of this generation, and never that of a newer start."""
    try:
        found = find_container(session)
    except EngineError as error:
        logger.warning("The engine could not be asked for the container of %s: %s", session, error)
        return
    if found and found.generation == session.generation:
        remove_container(session)


def read_nodes(session: LabSession, lab: Lab) -> dict[str, Any]:
    """Return the learner's nodes as they are now, to compare with later; empty if they could not be read."""
    try:
        return {name: state.as_json() for name, state in changes.collect(lab, client_of(session), seconds=5).items()}
    except EngineError as error:
        logger.warning("The nodes of %s were not read at the start: %s", session, error)
        return {}


def read_link_states(session: LabSession, lab: Lab) -> dict[str, str]:
    """Return the state of each end of the links, as ``{"r1:eth0": "UP"}``; empty if they could not be read."""
    try:
        return link_state.read_link_states(lab, client_of(session))
    except EngineError as error:
        logger.warning("The links of %s were not read: %s", session, error)
        return {}
