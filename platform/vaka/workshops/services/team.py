"""The team of a workshop: who is added, who accepts, and who leaves.

Somebody who is added, or who gets a role with more rights, reads the plan, and accepts or leaves. Until they have accepted, their
role counts nowhere.
"""

from django.utils import timezone

from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Role, TeamMember, Workshop
from vaka.workshops.services import forbidden_copies, observing


class IsLead(Exception):
    """The person leads the workshop. Every workshop has a lead, so they stay in the team."""


class NotInTeam(Exception):
    """The person is not in the team, for example because somebody else has just removed them."""


def add(workshop: Workshop, user: User, role: str, by: User) -> None:
    """Add a person to the team, or change their role; never that of the lead. If they add themselves, they have accepted."""
    if workshop.team.filter(user=user, role=Role.LEAD).exists():
        return
    member, _is_new = TeamMember.objects.get_or_create(workshop=workshop, user=user, defaults={"role": role})
    if role == Role.CO_INSTRUCTOR:
        _ask_helper_again(workshop, user)
    else:
        workshop.team.filter(pk=member.pk).update(role=role)
    forbidden_copies.stop(workshop)  # a helper may have none
    if user == by:
        accept(workshop, user)


def _ask_helper_again(workshop: Workshop, user: User) -> None:
    """Make a helper co-instructor. They accepted less, so they accept again; until then they have no rights of a helper either."""
    if workshop.team.filter(user=user, role=Role.HELPER).update(role=Role.CO_INSTRUCTOR, accepted_at=None):
        observing.end_all(workshop, user)
        events.publish(workshop, "team")


def accept(workshop: Workshop, user: User) -> bool:
    """Accept one's part in the team. Return False if the person is not in it, or has accepted before."""
    return bool(workshop.team.filter(user=user, accepted_at=None).update(accepted_at=timezone.now()))


def remove(workshop: Workshop, user: User) -> None:
    """Remove a person from the team. Raises IsLead and NotInTeam; then nothing has changed."""
    removed, _rows = workshop.team.filter(user=user).exclude(role=Role.LEAD).delete()
    if not removed:
        raise IsLead(str(user)) if workshop.team.filter(user=user, role=Role.LEAD).exists() else NotInTeam(str(user))
    observing.end_all(workshop, user)
    forbidden_copies.stop(workshop, user)
    events.publish(workshop, "team")
