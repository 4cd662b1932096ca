"""Where our sites differ from what allauth expects."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import User
from vaka.web.http import host_of


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "Too many wrong passwords or codes for this account. Wait five minutes, then try again; "
            "or ask your instructor for a link to a new password."
        ),
    }

    def forget_wrong_passwords(self, request: HttpRequest, person: User) -> None:
        """Let somebody with a new password in at once: the wrong ones before it were of the old."""
        addresses = EmailAddress.objects.filter(user=person).values_list("email", flat=True)
        logins: list[dict[str, Any]] = [{"username": person.username}, *({"email": address} for address in addresses)]
        for login in logins:
            key = self._get_login_attempts_cache_key(request, **login)
            ratelimit.clear(request, app="allauth.account", action="login_failed", key=key)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors and passkeys."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": host_of(context.request), "name": "Vaka"}
