"""The site's addresses, and those of sign-up with a passkey, which are there where the server sends mail."""

from allauth.account import views as account
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from vaka import urls

urlpatterns = [
    path("accounts/signup/passkey/", account.signup_by_passkey, name="account_signup_by_passkey"),
    path("accounts/2fa/webauthn/signup/", webauthn.signup_webauthn, name="mfa_signup_webauthn"),
    *urls.urlpatterns,
]
handler403, handler404, handler429 = urls.handler403, urls.handler404, urls.handler429
