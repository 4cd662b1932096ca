"""Certificates in the administration: administrators read them, revoke them with a reason, and allow another one after that."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vaka.credentials import revocation
from vaka.credentials.models import Credential, RevocationKind, SigningKey

READ_ONLY = [
    "shown_number",
    "learner",
    "achievement",
    "name",
    "earned_at",
    "issued_at",
    "revoked_at",
    "why",
    "revoked_by",
]


class RevokeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    reason = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "If you write a reason and save, the certificate is revoked for ever. Its holder can read the reason; the public "
            "cannot."
        ),
    )

    class Meta:
        model = Credential
        fields = ["reason", "bars"]


@admin.register(Credential)
class CredentialAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    form = RevokeForm
    list_display = ["shown_number", "learner", "achievement", "issued_at", "revoked_at", "why", "bars"]
    list_filter = ["achievement", "why", "bars"]
    list_select_related = ["learner"]
    search_fields = ["number", "learner__username", "name"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Offer the reason to revoke a valid certificate. For a revoked one, offer to allow another one."""
        return [*READ_ONLY, "reason", "bars"] if obj and obj.revoked_at else [*READ_ONLY, "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*READ_ONLY, "reason"] if obj and obj.revoked_at else READ_ONLY

    def save_model(self, request: HttpRequest, obj: Credential, form: Any, change: bool) -> None:
        if obj.revoked_at:
            Credential.objects.filter(pk=obj.pk).update(bars=obj.bars)
        elif obj.reason.strip():
            try:
                staff: Any = request.user
                revocation.revoke(obj, RevocationKind.STAFF, reason=obj.reason.strip(), by=staff)
            except revocation.Gone:
                messages.error(
                    request,
                    _("Nothing was changed: the certificate was revoked or replaced in the meantime. Open it again."),
                )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its page would say that it never existed, not that it is revoked


@admin.register(SigningKey)
class SigningKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["thumbprint", "made_at", "retired_at", "distrusted_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # verifiers still need it
