"""All addresses of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from labs.views.metrics import metrics
from vaka.accounts.passkey_views import PasskeySignIn

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # with its second factor


def change_password(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Go to our page: Django's own would ask for the old password and count nothing."""
    return redirect("account_change_password")


admin.site.password_change = change_password  # type: ignore[assignment, method-assign]  # a view of ours in place of a method

urlpatterns = [
    path("", include("vaka.home.urls")),
    path("", include("vaka.workshops.urls")),
    path("mentoring/", include("vaka.mentoring.urls")),
    path("", include("courses.urls")),
    path("", include("vaka.credentials.urls")),
    path("", include("vaka.search.urls")),
    path("labs/", include("labs.urls")),
    path("metrics", metrics),
    path("", include("vaka.web.urls")),
    path("people/", include("vaka.accounts.urls")),
    path("accounts/2fa/webauthn/login/", PasskeySignIn.as_view(), name="mfa_login_webauthn"),  # before allauth's
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
handler400 = "vaka.web.views.bad_request"
handler403 = "vaka.web.views.forbidden"
handler404 = "vaka.web.views.not_found"
handler429 = "vaka.web.views.too_many"  # allauth's limits
handler500 = "vaka.web.views.server_error"
