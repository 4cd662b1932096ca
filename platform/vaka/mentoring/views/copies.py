"""A mentor opens a copy of a trainee's lab, if the trainee has agreed to that."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from labs.models import LabSession
from labs.views.copies import open_copy
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring.permissions import for_mentors, mentorship_with


@require_http_methods(["GET", "HEAD", "POST"])
@for_mentors
def copy_lab(request: SignedInRequest, trainee: int, session: UUID) -> HttpResponse:
    """Choose what to copy, and open the copy."""
    mentorship = mentorship_with(request, trainee)
    if not mentorship.may_copy:
        raise Http404("The trainee has not agreed to copies.")
    return open_copy(request, get_object_or_404(LabSession, learner=mentorship.trainee, pk=session))
