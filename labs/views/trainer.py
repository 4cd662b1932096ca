"""The page for trainers of a lab."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labs.engine.authoring import trainer_and_handout
from labs.views.lab_or_404 import own_lab
from vaka.accounts.permissions import for_trainers
from vaka.accounts.requests import SignedInRequest
from vaka.web import markdown


@for_trainers
@never_cache
@require_safe
def trainer_page(request: SignedInRequest, lab: str) -> HttpResponse:
    found = own_lab(request, lab)
    page = trainer_and_handout.read(found)
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
