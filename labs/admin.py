"""Labs in the admin, mostly read-only. Output of a lab is shown as text, as everywhere."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from labs.models import Attempt, Host, Job, LabCost, LabSession, PoolSize, SessionEvent, VerdictRecord
from labs.registry import versions


class ReadOnly:
    """For rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SessionEventInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = SessionEvent
    fields = ["at", "state", "generation", "note"]


class JobInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = Job
    fields = ["kind", "node", "asked_at", "taken_at", "ended_at", "error", "detail"]


class VerdictInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    model = VerdictRecord
    fields = ["check_id", "stage", "outcome", "points", "out_of", "expected", "seen", "evidence", "seconds"]


@admin.register(LabSession)
class LabSessionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "lab", "seed", "state", "state_at", "generation", "error"]
    list_filter = ["state", "lab"]
    list_select_related = ["learner"]
    search_fields = ["id", "learner__username", "container"]
    inlines = [SessionEventInline, JobInline]


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "lab", "seed", "kind", "score", "out_of", "unknown", "assisted", "finished_at"]
    list_filter = ["kind", "lab"]
    list_select_related = ["learner"]
    search_fields = ["learner__username"]
    inlines = [VerdictInline]


@admin.register(LabCost)
class LabCostAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["lab", "lab_version", "memory", "cpu_seconds", "seconds", "starts"]


@admin.register(Host)
class HostAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["name", "memory", "cores"]


class PoolSizeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    lab = forms.ChoiceField(label=_("Lab"), required=False, choices=lambda: PoolSizeForm.labs())

    class Meta:
        model = PoolSize
        fields = ["lab", "workshop", "from_at", "until_at", "at_start", "most", "reserved"]

    @staticmethod
    def labs() -> list[tuple[str, Any]]:
        labs = sorted(versions.all_labs(), key=lambda lab: lab.title)
        return [("", _("Empty containers, for any lab")), *((lab.id, lab.title) for lab in labs)]


@admin.register(PoolSize)
class PoolSizeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    form = PoolSizeForm
    list_display = ["lab", "workshop", "from_at", "until_at", "at_start", "most", "reserved"]
