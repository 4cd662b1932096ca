"""The lab page tells which hints of checks the learner opens. They are counted at the end of the lab."""

import re
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from labs.lifecycle import opened_hints
from labs.views.session_or_404 import shared_session
from vaka.accounts.requests import SignedInRequest

# As templates/labs/_hints.html writes it: the check, and the number of its hint
HINT = re.compile(r"hint-(?P<check>.{1,100})-(?P<number>[0-9]{1,4})")


@login_required
@require_POST
def opened(request: SignedInRequest, session: UUID) -> HttpResponse:
    """Write that the user has opened ``hint``. The answer is the same for a check that there is not, which may be hidden."""
    found = shared_session(request, session)
    if named := HINT.fullmatch(request.POST.get("hint", "")):
        opened_hints.note(found, request.user, named["check"], int(named["number"]))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
