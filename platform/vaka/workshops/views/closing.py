"""Closing and reopening a workshop, from its report, and deleting one that was not used."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Workshop
from vaka.workshops.permissions import for_planners
from vaka.workshops.services import closing


@for_planners
@require_POST
def close(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Close the workshop, or award the certificates that were earned since it was closed."""
    again = workshop.closed_at is not None
    awarded = closing.close(workshop, request.user)
    if again and not awarded:
        text = _("No new certificates: nobody else has met the rule.")
    elif again:
        text = ngettext("%(n)d more certificate awarded.", "%(n)d more certificates awarded.", awarded)
    else:
        text = ngettext(
            "Workshop closed. %(n)d certificate awarded so far.",
            "Workshop closed. %(n)d certificates awarded so far.",
            awarded,
        )
    messages.success(request, text % {"n": awarded})
    return redirect("workshops:report", workshop=workshop.pk)


@for_planners
@require_POST
def reopen(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    if closing.reopen(workshop, request.user):
        messages.success(request, _("The workshop is open again, and its join code works. Certificates stay."))
    else:
        messages.warning(request, _("Nothing changed: the workshop is open, or its last day is over."))
    return redirect("workshops:report", workshop=workshop.pk)


@for_planners
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """Delete a workshop that was not used, after a page that asks for confirmation."""
    if request.method == "POST" and closing.delete(workshop):
        messages.success(request, _("“%(title)s” was deleted.") % {"title": workshop.title})
        return redirect("workshops:workshops" if request.user.is_instructor else "home:home")
    context = {"workshop": workshop, "was_used": closing.was_used(workshop)}
    return render(request, "workshops/delete.html", context, status=409 if request.method == "POST" else 200)
