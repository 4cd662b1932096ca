"""The permission to start a lab. Accounts that wait for approval may not; all unconfirmed accounts share a few labs."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labs.models import Host, LabSession
from vaka.accounts import signup
from vaka.accounts.models import AccountStatus, User

STARTS_A_DAY = 200  # of one person; each session is a row for ever, with the configurations of its nodes at the start


class MayNotStart(Exception):
    """The account may not start a lab now. The text is a sentence for the learner."""


def require_may_start(learner: User) -> None:
    """Raise MayNotStart unless the learner may start a lab now. Needs a transaction: of two at the same moment one waits here."""
    if LabSession.objects.live().of(learner).exists():
        return  # a learner who has a live lab gets that one, whatever they press
    since = timezone.now() - timedelta(hours=24)
    if LabSession.objects.filter(learner=learner, created_at__gte=since).count() >= STARTS_A_DAY:
        text = _(
            "You have started %(most)d labs in the last 24 hours, so you cannot start another one now. Try again in an hour."
        )
        raise MayNotStart(text % {"most": STARTS_A_DAY})
    if learner.account_status == AccountStatus.KNOWN:
        return
    if learner.account_status == AccountStatus.NEW and settings.LABS_UNVERIFIED is not None:
        Host.locked()
    if reason := why_not(learner):
        raise MayNotStart(reason)


def why_not(learner: User) -> str:
    """Return why the learner cannot start a lab now; empty if they can."""
    if learner.account_status == AccountStatus.WAITING:
        text = _(
            "Your account waits for approval, so you cannot start labs yet. You can read all courses. Ask %(whom)s."
        )
        return text % {"whom": signup.whom_to_ask()}
    most = settings.LABS_UNVERIFIED
    if learner.account_status != AccountStatus.NEW or most is None:
        return ""
    if LabSession.objects.live().filter(learner__account_status=AccountStatus.NEW).count() < most:
        return ""
    if not most:
        text = _("Nobody has confirmed your account yet, so you cannot start labs. Ask %(whom)s to confirm it.")
        return text % {"whom": signup.whom_to_ask()}
    text = ngettext(
        "All unconfirmed accounts together may run %(n)d lab at a time, and it is in use. "
        "Try again later, or ask %(whom)s to confirm your account.",
        "All unconfirmed accounts together may run %(n)d labs at a time, and these are in use. "
        "Try again later, or ask %(whom)s to confirm your account.",
        most,
    )
    return text % {"n": most, "whom": signup.whom_to_ask()}
