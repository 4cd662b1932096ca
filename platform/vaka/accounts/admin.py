from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UsernameField
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from vaka.accounts.models import USERNAME_TAKEN, User


class SignInForm(AdminAuthenticationForm):
    """Django's, which looks for a name of any length: SQLite refuses to look for more than 50,000 bytes."""

    username = UsernameField(max_length=254)


admin.site.login_form = SignInForm
admin.site.site_header = admin.site.site_title = _("Vaka administration")
admin.site.index_title = _("All tables")


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # Django has no UserAdmin[User] when it runs
    """Accounts, with their status: whether a person is confirmed or waits for approval."""

    fieldsets = (*(UserAdmin.fieldsets or ()), (_("On this site"), {"fields": ("account_status", "time_zone")}))
    list_display = (*UserAdmin.list_display, "account_status")  # type: ignore[misc]  # the stubs have it generic
    list_filter = (*UserAdmin.list_filter, "account_status")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form again if somebody else has taken the username since it was checked."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            messages.error(request, USERNAME_TAKEN)
            return redirect(request.get_full_path())
