"""Changes that a learner makes to the cables of their lab from its page, through the relay, while the page waits.

A learner may change cables with an end at one of their own nodes (in a class lab: of their seat). They could do the same by
typing there. Other cables belong to the lab: pulling one could make a check pass that tests what must not arrive.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labs import events
from labs.engine.definition.spec import Lab, Link
from labs.engine.errors import EngineError, LabFailed
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.client import LabClient
from labs.engine.shared.cable import NO_DELAY, WORSE, Cable
from labs.lifecycle import cable_causes, captures, lab_access, nodes_to_reset
from labs.lifecycle.lab_as_seen import seen_by
from labs.models import EXAM_IS_OVER, LabSession, State
from vaka.accounts.models import User

_NO_DELAY = gettext_lazy(  # NO_DELAY for learners, in their language
    "This server cannot delay packets, because its kernel has no netem. Its administrator can load it: modprobe sch_netem. "
    "Rate and loss work without it."
)


class NotDone(Exception):
    """The cable was not changed. The text tells the learner why."""


def now(session: LabSession | None, link: Link) -> Cable:
    """Return the cable as it was last written."""
    kept = session.cables.get(str(link.a)) if session else None
    return Cable(**kept) if kept else Cable()


def change(session: LabSession, user: User, wanted: Mapping[str, Any]) -> None:
    """Change a cable to what a valid CableForm holds. Raises NotDone."""
    lab = seen_by(session, user)
    if not 0 <= wanted["cable"] < len(lab.links) or lab.links[wanted["cable"]] not in captures.cables(lab):
        raise NotDone(_("You cannot change this cable: neither end is at a node of yours. Choose another one."))
    if session.state != State.READY:
        raise NotDone(_("The lab is not running, so its cables cannot change. Start it first."))
    if session.exam_is_over:
        raise NotDone(_(EXAM_IS_OVER))
    if session.job:
        raise NotDone(_("Another job is running in the lab now. Try again when it has ended."))
    link = lab.links[wanted["cable"]]
    if captures.is_waiting(session, user, lab, link):
        raise NotDone(str(nodes_to_reset.WAIT))
    action = {"link": str(link.a), "lasting": True, **{name: wanted[name] or 0 for name in WORSE}}
    if wanted["up"] != now(session, link).up:
        action["up"] = wanted["up"]
    try:
        _do(session, action)
    finally:
        # Afterwards, because nobody knows whether a save that is made meanwhile contains the change
        session.touch(worked=True)


def _do(session: LabSession, action: dict[str, Any]) -> None:
    client = lab_access.client_of(session)
    try:
        client.do(action)
    except LabFailed as error:
        raise NotDone(str(_NO_DELAY) if str(error) == NO_DELAY else str(error)) from error
    except EngineError as error:
        raise NotDone(_("Your lab did not answer. Try again in a moment.")) from error
    finally:
        keep(session, client)
    cable_causes.forget_causes(session)


def keep(session: LabSession, client: LabClient) -> None:
    """Write the present state of the cables. A change that failed may still have changed something."""
    try:
        found = {end: cable.as_json() for end, cable in client.cables().items()}
    except EngineError:
        return
    session.cables = found
    LabSession.objects.filter(pk=session.pk).update(cables=found)
    events.publish(session.pk, "cables")


def without_unplugged(session: LabSession, lab: Lab, states: dict[str, NodeState]) -> dict[str, NodeState]:
    """Return what was read of the nodes, without the interfaces that an unplugged cable takes down: nobody typed that."""
    for end in (end for link in cable_causes.unplugged(session, lab) for end in link.ends):
        state = states.get(end.node)
        if state and state.network:
            lines = state.network.splitlines(keepends=True)
            state.network = "".join(line for line in lines if line != f"ip link set {end.name} down\n")
    return states
