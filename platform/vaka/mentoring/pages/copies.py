"""The lab sessions of a trainee of which the mentor's page offers a copy."""

from django.db.models import Exists, OuterRef, Q

from labs.lifecycle.copies import can_be_copied
from labs.models import LabSession, Save, State
from vaka.accounts.models import User
from vaka.mentoring.pages.activity import lab_title

MOST = 5  # sessions that the page offers, the newest


def labs_to_copy(trainee: User) -> list[tuple[LabSession, str]]:
    """Return sessions of which a mentor can open a copy, with the titles of their labs: the running one, and those with saves."""
    own = LabSession.objects.practice().of(trainee).of_one_person()
    has_work = Q(state=State.READY) | Exists(Save.objects.filter(session=OuterRef("pk")))
    found = own.filter(has_work).order_by("-created_at")[: 2 * MOST]
    return [(one, lab_title(one.lab)) for one in found if can_be_copied(one)][:MOST]
