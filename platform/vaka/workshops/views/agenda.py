"""The forms of a workshop's agenda: an item is added, changed, duplicated or removed, or all are pasted from a spreadsheet."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from labs.registry import versions
from vaka.accounts.requests import SignedInRequest
from vaka.web.post_only import form_on
from vaka.workshops.forms import AgendaItemForm, PastedAgendaForm
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.permissions import for_planners
from vaka.workshops.services import agenda_items, pasted_agenda
from vaka.workshops.views.form_page import form_page

USUAL_LENGTH = timedelta(minutes=90)  # of an agenda item


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def edit_agenda_item(request: SignedInRequest, workshop: Workshop, item: int = 0) -> HttpResponse:
    """Change an agenda item, or add one."""
    found = get_object_or_404(AgendaItem, pk=item, workshop=workshop) if item else AgendaItem(workshop=workshop)
    found.workshop = workshop
    form = AgendaItemForm(
        request.POST or None, instance=found, initial=_initial(request, workshop) if not item else None
    )
    if request.method == "POST" and form.is_valid():
        agenda_items.apply_change(form.save())
        if "next" in request.POST:
            messages.success(request, _("“%(title)s” added.") % {"title": found.title})
            return redirect("workshops:add_agenda_item", workshop=workshop.pk)
        return redirect("workshops:plan", workshop=workshop.pk)
    if item:
        return form_page(request, form, _("Change agenda item"), workshop, item=found)
    form.fields["title"].widget.attrs["autofocus"] = True
    return form_page(request, form, _("Add agenda item"), workshop, can_add_next=True)


def _initial(request: SignedInRequest, workshop: Workshop) -> dict[str, object]:
    """Return the first values of a new agenda item: the next free time, and all else of the item that it duplicates, if any."""
    like = request.GET.get("like", "")
    old = workshop.agenda.filter(pk=like).first() if like.isdecimal() and len(like) < 19 else None
    length = old.length if old else USUAL_LENGTH
    begins = agenda_items.next_start(workshop, length)
    copied = {name: getattr(old, name) for name in agenda_items.COPIED_FIELDS} if old else {}
    return {**copied, "from_at": begins, "to_at": begins + length}


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def paste_agenda(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Add a whole agenda from a spreadsheet."""
    form, errors = PastedAgendaForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():
        try:
            added = len(pasted_agenda.add(workshop, form.cleaned_data["table"]))
        except pasted_agenda.AgendaErrors as error:
            errors = error.errors
        else:
            text = ngettext("%(n)d agenda item added.", "%(n)d agenda items added.", added)
            messages.success(request, text % {"n": added})
            return redirect("workshops:plan", workshop=workshop.pk)
    context = {"workshop": workshop, "form": form, "errors": errors, "example": _example(workshop)}
    status = 422 if request.method == "POST" else 200
    return render(request, "workshops/pasted_agenda.html", context, status=status)


def _example(workshop: Workshop) -> list[list[str]]:
    """Some lines as one can paste them."""
    lab = next((lab.id for lab in versions.all_labs()), "")
    return [
        ["1", "09:00", "10:30", _("Addresses"), str(AgendaItem.Kind.PRACTICE.label), lab],
        ["", "10:30", "11:00", _("Coffee"), str(AgendaItem.Kind.BREAK.label), ""],
        ["", "11:00", "12:30", _("An hour on the network"), str(AgendaItem.Kind.TALK.label), ""],
        ["2", "09:00", "11:00", _("Final"), str(AgendaItem.Kind.EXAM.label), lab],
    ]


@for_planners
@require_POST
@form_on("workshops:plan")
def remove_agenda_item(request: SignedInRequest, workshop: Workshop, item: int) -> HttpResponse:
    if not agenda_items.remove_item(get_object_or_404(AgendaItem, pk=item, workshop=workshop)):
        messages.warning(request, _("This exam was begun, so it cannot be removed: its results would be lost."))
    return redirect("workshops:plan", workshop=workshop.pk)
