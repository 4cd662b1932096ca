"""The rules for new accounts: who may create one, and what it may do. ``settings.SIGNUP`` selects one of four modes."""

import logging

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaka.accounts import readable_codes
from vaka.accounts.models import AccountStatus, User
from vaka.web import site_address

logger = logging.getLogger(__name__)

OPEN, CODE, APPROVAL, CLOSED = "open", "code", "approval", "closed"
APPROVED, DECLINED = gettext_noop("Approved the account."), gettext_noop("Declined the account.")


def is_open(request: HttpRequest) -> bool:
    """Return whether this visitor may create an account, perhaps with a code."""
    return settings.SIGNUP != CLOSED or bool(voucher_of(request))


def asks_for_code(request: HttpRequest) -> bool:
    return settings.SIGNUP == CODE and not voucher_of(request)


def voucher_of(request: HttpRequest) -> str:
    """Return the hash of the visitor's invitation; empty if there is none, or if it was used for an account before."""
    voucher: str = import_string(settings.SIGNUP_VOUCHERS)(request) if settings.SIGNUP_VOUCHERS else ""
    hashed = readable_codes.hashed(voucher) if voucher else ""
    return "" if hashed and User.objects.filter(voucher=hashed).exists() else hashed


def set_account_status(request: HttpRequest, person: User) -> None:
    """Set the status and the voucher of a new account. The form has already checked the sign-up code."""
    person.voucher = voucher_of(request)
    if person.voucher or settings.SIGNUP == CODE:
        person.account_status = AccountStatus.KNOWN
    else:
        person.account_status = AccountStatus.WAITING if settings.SIGNUP == APPROVAL else AccountStatus.NEW


# Approval


def waiting() -> QuerySet[User]:
    """Return the accounts that wait for approval, the oldest first."""
    return User.objects.filter(account_status=AccountStatus.WAITING, is_active=True).order_by("date_joined", "pk")


def approve(person: User, by: User) -> bool:
    """Approve an account, so that the person may start labs, and notify them. Return False if it was approved already."""
    row = User.objects.filter(pk=person.pk, is_active=True).exclude(account_status=AccountStatus.KNOWN)
    if not row.update(account_status=AccountStatus.KNOWN, approved_at=timezone.now(), approved_by=by):
        return False
    LogEntry.objects.log_actions(by.pk, User.objects.filter(pk=person.pk), CHANGE, APPROVED)
    _notify(person)
    return True


def decline(person: User, by: User) -> bool:
    """Close an account that waits for approval. An administrator can open it again in the administration."""
    if not waiting().filter(pk=person.pk).update(is_active=False):
        return False
    LogEntry.objects.log_actions(by.pk, User.objects.filter(pk=person.pk), CHANGE, DECLINED)
    return True


def confirm(person: User) -> None:
    """Confirm an account: by a workshop's join code, a mentorship, or a verified e-mail address."""
    if person.account_status != AccountStatus.KNOWN:
        User.objects.filter(pk=person.pk).update(account_status=AccountStatus.KNOWN)
        person.account_status = AccountStatus.KNOWN


def email_confirmed(person: User) -> None:
    """Confirm an account that signed up openly. A verified e-mail address does not replace an approval."""
    if person.account_status == AccountStatus.NEW:
        confirm(person)


def _notify(person: User) -> None:
    """Send a mail, if this site sends mail. The start page shows the approval too."""
    address = EmailAddress.objects.get_primary_email(person) or person.email
    if settings.MAIL and address:
        transaction.on_commit(lambda: _send_approval(person, address))


def _send_approval(person: User, address: str) -> None:
    context = {"user": person, "site": site_address.for_mail()}
    subject, text = (
        render_to_string(f"accounts/email/approved_{part}.txt", context).strip() for part in ("subject", "message")
    )
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
    except OSError as error:  # smtplib's errors are OSErrors
        logger.warning("User %s was approved, but the mail about it could not be sent: %s", person.pk, error)


def whom_to_ask() -> str:
    """Return who can confirm and approve accounts and create the sign-up code: instructors cannot."""
    return settings.CONTACT or _("an administrator of this site")
