"""Finds the copies that their owner may not have any more. labs.lifecycle.services stops them at once, beat some seconds later."""

from collections import defaultdict
from collections.abc import Collection

from labs import permissions
from labs.models import LabSession, State
from vaka.accounts.models import User


def find(owners: Collection[int] | None = None) -> list[LabSession]:
    """Return the live copies that their owner may not have any more; only those of these OWNERS, by the ids of their accounts."""
    live = LabSession.objects.live().exclude(copy_of=None).exclude(state=State.STOPPING).select_related("learner")
    of_owner = defaultdict[User, list[LabSession]](list)
    for copied in live if owners is None else live.filter(learner__in=owners):
        if copied.learner:
            of_owner[copied.learner].append(copied)
    return [copied for owner, copies in of_owner.items() for copied in _forbidden_to(owner, copies)]


def _forbidden_to(owner: User, copies: Collection[LabSession]) -> list[LabSession]:
    originals = permissions.to_copy(owner).filter(pk__in=[copied.copy_of_id for copied in copies])
    allowed = set(originals.values_list("pk", flat=True))
    return [copied for copied in copies if copied.copy_of_id not in allowed]
