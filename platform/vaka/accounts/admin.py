from typing import Any

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UsernameField
from django.db import IntegrityError
from django.db.models import QuerySet
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


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # Django has no UserAdmin[User] when it runs
    """Accounts, with their status: whether a person is confirmed or waits for approval.

    By Django's defaults, whoever may change accounts may set the password of a superuser, and make their own account one. Here only
    superusers change the account of a superuser (``vaka.accounts.password_links`` says the same), and only they grant permissions.
    """

    fieldsets = (*(UserAdmin.fieldsets or ()), (_("On this site"), {"fields": ("account_status", "time_zone")}))
    list_display = (*UserAdmin.list_display, "account_status")  # type: ignore[misc]  # the stubs have it generic
    list_filter = (*UserAdmin.list_filter, "account_status")

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_change(request, obj)

    def _may_change(self, request: HttpRequest, person: User | None) -> bool:
        return _is_superuser(request) or person is None or not person.is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else (*fields, "is_superuser", "user_permissions")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the groups that are roles. Those with permissions are offered to superusers."""
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and not _is_superuser(request):
            field.queryset = field.queryset.filter(permissions=None)
        return field

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # as Django calls it
        not_offered = [] if _is_superuser(request) else list(form.instance.groups.exclude(permissions=None))
        super().save_related(request, form, formsets, change)
        form.instance.groups.add(*not_offered)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form again if somebody else has taken the username since it was checked."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            messages.error(request, USERNAME_TAKEN)
            return redirect(request.get_full_path())


class OfPeople(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Rows by which a person signs in or gets a new password. Those of superusers are for superusers."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        return found if _is_superuser(request) else found.exclude(user__is_superuser=True)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user" and not _is_superuser(request):
            kwargs["queryset"] = User.objects.filter(is_superuser=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


admin.site.unregister([EmailAddress, Authenticator])


@admin.register(EmailAddress)
class AddressAdmin(OfPeople, EmailAddressAdmin):  # type: ignore[misc]  # allauth has no types
    """The e-mail addresses of accounts."""


@admin.register(Authenticator)
class SecondStepAdmin(OfPeople, AuthenticatorAdmin):  # type: ignore[misc]  # allauth has no types
    """Passkeys, authenticator apps and recovery codes."""
