"""A mentor opens a copy of a trainee's lab, if the trainee has agreed to that."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from labs.views.copies import open_copy
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring.permissions import for_mentors, lab_to_copy


@require_http_methods(["GET", "HEAD", "POST"])
@for_mentors
def copy_lab(request: SignedInRequest, trainee: int, session: UUID) -> HttpResponse:
    """Choose what to copy, and open the copy."""
    return open_copy(request, lab_to_copy(request, trainee, session))
