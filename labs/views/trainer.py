"""The pages of a lab for the room: the sheet that learners print, and the page for trainers."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labs.engine.authoring import trainer
from labs.engine.definition.spec import Lab
from labs.pages.handout import Handout
from labs.registry import seeds, versions
from vaka.accounts.permissions import for_trainers
from vaka.accounts.requests import SignedInRequest
from vaka.web import markdown


def _own(request: SignedInRequest, lab: str) -> Lab:
    """Return the lab with the values that this person has in it; the author's, if they have none or the lab has changed since."""
    plain = versions.newest_or_404(lab)
    try:
        return versions.newest(lab, seeds.kept(request.user, plain))
    except versions.NoSuchLab:
        return plain


@login_required
@never_cache
@require_safe
def handout(request: SignedInRequest, lab: str) -> HttpResponse:
    """One sheet of paper, with the addresses and AS numbers of the person who asks."""
    sheet = Handout(_own(request, lab))
    return render(request, "labs/handout.html", {"sheet": sheet, "lab": sheet.lab})


@for_trainers
@never_cache
@require_safe
def trainer_page(request: SignedInRequest, lab: str) -> HttpResponse:
    found = _own(request, lab)
    page = trainer.read(found)
    if page is None:
        raise Http404(_("This lab has no page for trainers."))
    stages, gone = [], 0
    for stage in found.stages:
        gone += page.minutes.get(stage.id, 0)
        stages.append((stage, page.minutes.get(stage.id), gone))
    context = {
        "lab": found,
        "stages": stages,
        "intro": markdown.render(page.intro),
        "sections": [(section.stage, section.title, markdown.render(section.body)) for section in page.sections],
    }
    return render(request, "labs/trainer.html", context)
