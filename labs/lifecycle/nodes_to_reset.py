"""The nodes of a class lab that must be reset before the next holder of their seat may use them.

``LabSession.nodes_to_reset`` names them: what runs there is the last holder's. Nobody may open a terminal on them
(labs.terminals.permissions, labs.views.terminals), capture there or change their cables, and their checks have no status
(labs.lifecycle.check_statuses). ``labs.lifecycle.seat_handover`` resets them.
"""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from labs.models import LabSession

WAIT = _("A seat here has changed hands, so its nodes are being reset. Try again in some seconds.")


def lock(session: LabSession) -> LabSession:
    """Lock the session's row until the end of the transaction, and return it as it is now.

    Code that changes seats takes this lock before it locks a seat. So two callers never wait for each other.
    """
    return LabSession.objects.select_for_update(no_key=True).get(pk=session.pk)


def are_waiting(session: LabSession, nodes: Collection[str]) -> bool:
    """Whether some of these nodes still wait for their reset, by the session's row as it is now."""
    return not set(nodes).isdisjoint(LabSession.objects.values_list("nodes_to_reset", flat=True).get(pk=session.pk))


def mark(session: LabSession, nodes: Collection[str]) -> None:
    """Close these nodes until they are reset. A lab that has not started, and resumes no work, needs no reset."""
    with transaction.atomic():
        now = lock(session)
        if now.ready_at is None and now.resumes_id is None:
            return
        now.nodes_to_reset = sorted({*now.nodes_to_reset, *nodes})
        now.save(update_fields=["nodes_to_reset"])
    session.nodes_to_reset = now.nodes_to_reset


def forget(session: LabSession, nodes: Collection[str]) -> None:
    """Open these nodes as they are: they need no reset."""
    with transaction.atomic():
        now = lock(session)
        now.nodes_to_reset = [name for name in now.nodes_to_reset if name not in nodes]
        now.save(update_fields=["nodes_to_reset"])
    session.nodes_to_reset = now.nodes_to_reset
