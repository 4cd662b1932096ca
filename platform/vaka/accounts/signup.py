"""Who may make an account by themselves, and what such an account may do at first: ``settings.SIGNUP`` decides."""

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
from vaka.accounts.models import SignupCode, Standing, User
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown

logger = logging.getLogger(__name__)

OPEN, CODE, APPROVAL, CLOSED = "open", "code", "approval", "closed"
APPROVED, DECLINED = gettext_noop("Approved the account."), gettext_noop("Declined the account.")
NEW_CODE, REVOKED = gettext_noop("Made a new sign-up code."), gettext_noop("Revoked the sign-up code.")
CODES = Slowdown(window=60, free=30, step=0.2, longest=5.0)  # as workshops' codes, with which they count together


def is_open(request: HttpRequest) -> bool:
    """Whether this visitor may make an account, perhaps with a code."""
    return settings.SIGNUP != CLOSED or bool(voucher_of(request))


def asks_for_code(request: HttpRequest) -> bool:
    return settings.SIGNUP == CODE and not voucher_of(request)


def voucher_of(request: HttpRequest) -> str:
    """What stands for this visitor, an invitation for example, as a hash; empty if nothing does, or it made an account before."""
    said: str = import_string(settings.SIGNUP_VOUCHERS)(request) if settings.SIGNUP_VOUCHERS else ""
    kept = codes.hashed(said) if said else ""
    return "" if kept and User.objects.filter(voucher=kept).exists() else kept


def begin(request: HttpRequest, person: User) -> None:
    """Write into a new account what stands for it. The form has looked at the code already."""
    person.voucher = voucher_of(request)
    if person.voucher or settings.SIGNUP == CODE:
        person.standing = Standing.KNOWN
    else:
        person.standing = Standing.WAITING if settings.SIGNUP == APPROVAL else Standing.NEW


# The code


def current_code() -> SignupCode | None:
    newest = SignupCode.objects.first()
    return newest if newest and newest.revoked_at is None else None


def is_right_code(request: HttpRequest, typed: str) -> bool:
    """Whether it is the code. Wrong ones count, and answers wait. Raises TooMany."""
    now = current_code()
    right = now is not None and constant_time_compare(codes.typed(typed), now.code)
    seconds = CODES.seconds(guess_delay.count("codes", CODES.window, add=not right))
    if seconds > 0:
        password_guesses.waiting_of(request).add(seconds, password_guesses.WAITING.take({}))
    return right


def renew_code(by: User) -> SignupCode:
    """Make a new code; the one before it opens nothing any more."""
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
    """Who waits for approval, the first to come first."""
    return User.objects.filter(standing=Standing.WAITING, is_active=True).order_by("date_joined", "pk")


def approve(person: User, by: User) -> bool:
    """Let somebody start labs, and tell them; False if they may already."""
    mine = User.objects.filter(pk=person.pk, is_active=True).exclude(standing=Standing.KNOWN)
    if not mine.update(standing=Standing.KNOWN, approved_at=timezone.now(), approved_by=by):
        return False
    LogEntry.objects.log_actions(by.pk, User.objects.filter(pk=person.pk), CHANGE, APPROVED)
    _tell(person)
    return True


def decline(person: User, by: User) -> bool:
    """Close an account that waits. The administration can open it again."""
    if not waiting().filter(pk=person.pk).update(is_active=False):
        return False
    LogEntry.objects.log_actions(by.pk, User.objects.filter(pk=person.pk), CHANGE, DECLINED)
    return True


def vouch(person: User) -> None:
    """Somebody stands for this account: a workshop's code, a mentorship, or an address that was verified."""
    if person.standing != Standing.KNOWN:
        User.objects.filter(pk=person.pk).update(standing=Standing.KNOWN)
        person.standing = Standing.KNOWN


def address_is_verified(person: User) -> None:
    """A verified address stands for somebody who signed up openly; it is no approval."""
    if person.standing == Standing.NEW:
        vouch(person)


def _tell(person: User) -> None:
    """Write to them, where this server sends mail; their start page says it, too."""
    address = EmailAddress.objects.get_primary_email(person) or person.email
    if settings.MAIL and address:
        transaction.on_commit(lambda: _write(person, address))


def _write(person: User, address: str) -> None:
    context = {"user": person, "site": settings.PUBLIC_URL}
    subject, text = (
        render_to_string(f"accounts/email/approved_{part}.txt", context).strip() for part in ("subject", "message")
    )
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
    except OSError as error:  # of smtplib, too; the start page says it all the same
        logger.warning("User %s was approved, and the mail that says so was not sent: %s", person.pk, error)


def whom_to_ask() -> str:
    return settings.CONTACT or _("your instructor, or whoever runs this server")
