"""The answer to the address of a lab that this site does not have, or no longer."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render

from labs.pages.catalogue import Catalogue
from vaka.accounts.requests import SignedInRequest


def no_such_lab(request: SignedInRequest) -> HttpResponse:
    """Answer 404 to the address of a lab that does not exist, or no longer does, and list the labs that do."""
    context = {"catalogue": Catalogue(request.user)}
    return render(request, "labs/no_such_lab.html", context, status=HTTPStatus.NOT_FOUND)
