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
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaka.accounts import codes, password_guesses
from vaka.accounts.models import AccountStatus, SignupCode, User
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown
from vaka.web.request_origin import network_of

logger = logging.getLogger(__name__)

OPEN, CODE, APPROVAL, CLOSED = "open", "code", "approval", "closed"
APPROVED, DECLINED = gettext_noop("Approved the account."), gettext_noop("Declined the account.")
NEW_CODE, REVOKED = gettext_noop("Made a new sign-up code."), gettext_noop("Revoked the sign-up code.")
CODES = Slowdown(window=60, free=30, step=0.2, longest=5.0)  # shared with the join codes of workshops
# Delayed requests in total, and from one network. They have places of their own, so that they take none from people who sign in
CODES_WAITING, CODES_FROM_A_NETWORK = guess_delay.Places(100), 30


def is_open(request: HttpRequest) -> bool:
    """Return whether this visitor may create an account, perhaps with a code."""
    return settings.SIGNUP != CLOSED or bool(voucher_of(request))


def asks_for_code(request: HttpRequest) -> bool:
    return settings.SIGNUP == CODE and not voucher_of(request)


def voucher_of(request: HttpRequest) -> str:
    """Return the hash of the visitor's invitation; empty if there is none, or if it was used for an account before."""
    voucher: str = import_string(settings.SIGNUP_VOUCHERS)(request) if settings.SIGNUP_VOUCHERS else ""
    hashed = codes.hashed(voucher) if voucher else ""
    return "" if hashed and User.objects.filter(voucher=hashed).exists() else hashed


def set_account_status(request: HttpRequest, person: User) -> None:
    """Set the status and the voucher of a new account. The form has already checked the sign-up code."""
    person.voucher = voucher_of(request)
    if person.voucher or settings.SIGNUP == CODE:
        person.account_status = AccountStatus.KNOWN
    else:
        person.account_status = AccountStatus.WAITING if settings.SIGNUP == APPROVAL else AccountStatus.NEW


# The sign-up code


def current_code() -> SignupCode | None:
    newest = SignupCode.objects.first()
    return newest if newest and newest.revoked_at is None else None


def is_right_code(request: HttpRequest, typed: str) -> bool:
    """Return whether this is the current code. Wrong codes are counted and delay the response.

    Raises TooMany for a wrong code when too many requests wait already. A right one is then not delayed, so nobody is kept out.
    """
    current = current_code()
    right = current is not None and constant_time_compare(codes.typed(typed), current.code)
    seconds = CODES.seconds(guess_delay.count("codes", CODES.window, add=not right))
    if seconds > 0:
        try:
            place = CODES_WAITING.take({network_of(request): CODES_FROM_A_NETWORK})
        except guess_delay.TooMany:
            if not right:
                raise
        else:
            password_guesses.waiting_of(request).add(seconds, place)
    return right


def renew_code(by: User) -> SignupCode:
    """Create a new code. The previous one is not valid any more."""
    with transaction.atomic():
        SignupCode.objects.filter(revoked_at=None).update(revoked_at=timezone.now())
        made = SignupCode.objects.create(made_by=by)
        LogEntry.objects.log_actions(by.pk, SignupCode.objects.filter(pk=made.pk), CHANGE, NEW_CODE)
    return made


def revoke_code(by: User) -> None:
    with transaction.atomic():
        valid = SignupCode.objects.filter(revoked_at=None)
        LogEntry.objects.log_actions(by.pk, valid, CHANGE, REVOKED)
        valid.update(revoked_at=timezone.now())


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
    """Close an account that waits for approval. Staff can open it again in the administration."""
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
    context = {"user": person, "site": settings.PUBLIC_URL}
    subject, text = (
        render_to_string(f"accounts/email/approved_{part}.txt", context).strip() for part in ("subject", "message")
    )
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
    except OSError as error:  # smtplib's errors are OSErrors
        logger.warning("User %s was approved, but the mail about it could not be sent: %s", person.pk, error)


def whom_to_ask() -> str:
    """Return who can confirm and approve accounts and create the sign-up code: instructors cannot."""
    return settings.CONTACT or _("the staff of this site")
