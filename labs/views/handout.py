"""The handout of a lab: the sheet that learners print."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labs.pages.handout import Handout
from labs.views.lab_or_404 import own_lab
from vaka.accounts.requests import SignedInRequest


@login_required
@never_cache
@require_safe
def handout(request: SignedInRequest, lab: str) -> HttpResponse:
    """One sheet of paper, with the addresses and AS numbers of the person who asks."""
    sheet = Handout(own_lab(request, lab))
    return render(request, "labs/handout.html", {"sheet": sheet, "lab": sheet.lab})
