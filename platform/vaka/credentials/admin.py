"""Certificates in the admin: to read, to revoke with a reason, and to allow another after that."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vaka.credentials import services
from vaka.credentials.models import Credential, SigningKey, Why

FACTS = ["shown_number", "learner", "achievement", "name", "earned_at", "issued_at", "revoked_at", "why", "revoked_by"]


class RevokeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    reason = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "With one, it is revoked for ever when you save. Its holder reads it; the public does not."
        ),
    )

    class Meta:
        model = Credential
        fields = ["reason", "bars"]


@admin.register(Credential)
class CredentialAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = RevokeForm
    list_display = ["shown_number", "learner", "achievement", "issued_at", "revoked_at", "why", "bars"]
    list_filter = ["achievement", "why", "bars"]
    list_select_related = ["learner"]
    search_fields = ["number", "learner__username", "name"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Offer what can be done: to revoke one that stands, to allow another after one that staff have revoked."""
        return [*FACTS, "reason", "bars"] if obj and obj.revoked_at else [*FACTS, "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*FACTS, "reason"] if obj and obj.revoked_at else FACTS

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: bool) -> None:
        if obj.revoked_at:
            Credential.objects.filter(pk=obj.pk).update(bars=obj.bars)
        elif obj.reason.strip():
            try:
                services.revoke(obj, Why.STAFF, reason=obj.reason.strip(), by=request.user)  # type: ignore[arg-type]
            except services.Gone:
                messages.error(request, _("It was revoked or replaced meanwhile."))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its number would then be unknown, and nobody told that it is revoked


@admin.register(SigningKey)
class SigningKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["thumbprint", "made_at", "retired_at", "distrusted_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what it signed is checked with it
