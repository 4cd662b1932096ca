"""The page of one form of a workshop's plan."""

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import render

from vaka.accounts.requests import SignedInRequest
from vaka.workshops.models import Workshop


def form_page(
    request: SignedInRequest, form: BaseForm, title: str, workshop: Workshop | None = None, **more: object
) -> HttpResponse:
    """Return the page with one form of the plan. MORE is for its template."""
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "title": title, "workshop": workshop, **more}
    return render(request, "workshops/form.html", context, status=status)
