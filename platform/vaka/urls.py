"""All addresses of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from labs.metrics import metrics

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # with its second factor

urlpatterns = [
    path("", include("vaka.home.urls")),
    path("", include("vaka.workshops.urls")),
    path("mentoring/", include("vaka.mentoring.urls")),
    path("", include("courses.urls")),
    path("", include("vaka.credentials.urls")),
    path("labs/", include("labs.urls")),
    path("metrics", metrics),
    path("", include("vaka.web.urls")),
    path("people/", include("vaka.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    # Django's own page would ask for the old password and count nothing
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]
handler400 = "vaka.web.views.bad_request"
handler403 = "vaka.web.views.forbidden"
handler404 = "vaka.web.views.not_found"
handler429 = "vaka.web.views.too_many"  # allauth's limits
handler500 = "vaka.web.views.server_error"
