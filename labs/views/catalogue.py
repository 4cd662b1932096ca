"""The catalogue: the labs that a learner can choose, with their best attempt at each and the lab that runs."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labs.pages.catalogue import Catalogue
from vaka.accounts.requests import SignedInRequest


@login_required
@require_GET
def catalogue(request: SignedInRequest) -> HttpResponse:
    """The list of labs."""
    return render(request, "labs/catalogue.html", {"catalogue": Catalogue(request.user)})
