"""Whether an account may start a lab: one that waits for approval may not, and all that nobody has confirmed share a few."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.models import LabSession
from labs.models.lab_cost import Host
from vaka.accounts import signup
from vaka.accounts.models import Standing, User


class NotAdmitted(Exception):
    """The account may start no lab now; the text is a sentence for its person."""


def admit(learner: User) -> None:
    """Raise NotAdmitted, unless the learner may start a lab now. In a transaction: of two at once one waits here."""
    if learner.standing == Standing.KNOWN or LabSession.objects.live().of(learner).exists():
        return  # who has a lab gets that one, whatever they press
    if learner.standing == Standing.NEW and settings.LABS_UNVERIFIED is not None:
        Host.locked()
    if reason := why_not(learner):
        raise NotAdmitted(reason)


def why_not(learner: User) -> str:
    """Why the learner cannot start a lab now; empty if they can."""
    if learner.standing == Standing.WAITING:
        said = _(
            "Your account waits for approval, so you cannot start labs yet. You can read all courses. Ask %(whom)s."
        )
        return said % {"whom": signup.whom_to_ask()}
    most = settings.LABS_UNVERIFIED
    if learner.standing != Standing.NEW or most is None:
        return ""
    if LabSession.objects.live().filter(learner__standing=Standing.NEW).count() < most:
        return ""
    if not most:
        said = _("Nobody has confirmed your account yet, so you cannot start labs. Ask %(whom)s to confirm it.")
        return said % {"whom": signup.whom_to_ask()}
    said = ngettext(
        "Accounts that nobody has confirmed may run %(n)d lab at once, all together, and it runs. "
        "Try again later, or ask %(whom)s to confirm yours.",
        "Accounts that nobody has confirmed may run %(n)d labs at once, all together, and these run. "
        "Try again later, or ask %(whom)s to confirm yours.",
        most,
    )
    return said % {"n": most, "whom": signup.whom_to_ask()}
