"""The start and the end of a sign-in with a passkey. allauth's other views of passkeys are used as they are.

allauth keeps the challenge in the session. For a visitor that is a row of the database for each request, and visitors send as
many requests as they like. Here the challenge is in a signed cookie that lasts some minutes, and the database keeps nothing.
"""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

COOKIE, SALT = "vaka_passkey", "vaka.accounts.passkey"
LASTS = 600  # seconds: longer than browsers wait for a passkey


@method_decorator(never_cache, name="dispatch")
class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """GET sends a challenge; POST takes the passkey's answer to it. An answer is accepted once."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        if challenge := request.session.pop(STATE_SESSION_KEY, None):
            signed = signing.dumps(challenge, salt=SALT)
            response.set_cookie(
                COOKIE,
                signed,
                max_age=LASTS,
                path=request.path,
                httponly=True,
                secure=settings.HTTPS,
                samesite="Lax",
            )
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._challenge = _challenge_of(request)
        if self._challenge:
            request.session[STATE_SESSION_KEY] = self._challenge
        try:
            response: HttpResponse = super().post(request, *args, **kwargs)
        finally:
            request.session.pop(STATE_SESSION_KEY, None)
        response.delete_cookie(COOKIE, path=request.path, samesite="Lax")
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        # Deleting a cookie binds only its own browser: whoever has recorded cookie and answer could send both again
        if not cache.add(f"passkey:{self._challenge['challenge']}", value=True, timeout=LASTS):
            form.add_error("credential", get_adapter().validation_error("incorrect_code"))
            return self.form_invalid(form)  # type: ignore[no-any-return]  # as allauth has no types
        return super().form_valid(form)  # type: ignore[no-any-return]


def _challenge_of(request: HttpRequest) -> dict[str, Any]:
    """Return the challenge that the site has sent to this browser in the last LASTS seconds; empty if there is none."""
    try:
        challenge: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return challenge
