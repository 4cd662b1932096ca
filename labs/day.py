"""The end of the day, and the morning after: all labs are saved and stopped, or go on from what was saved. For those who teach."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods

from labs import events, published, services
from labs.desk import for_staff
from labs.models import LabSession
from labs.translated import authored
from vaka.web.http import SignedInRequest

SHOWN = 200
RESUMABLE = timedelta(days=4)  # over a weekend


def write_down_all(request: SignedInRequest, sessions: list[LabSession], what: str) -> None:
    """Keep who did what to many sessions at once, in the administration and in the log of each."""
    found = LabSession.objects.filter(pk__in=[session.pk for session in sessions])
    LogEntry.objects.log_actions(request.user.pk, found, CHANGE, what)
    for session in sessions:
        session.log(f"User {request.user.pk}: {what}")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def day(request: SignedInRequest) -> HttpResponse:
    """Say what would stop, and what would go on; or do one of them."""
    if request.method == "POST":
        what = {"end": _end, "resume": _resume}.get(request.POST.get("what", ""))
        if what is None:
            return redirect("labs:day")
        if events.broker_answers():
            what(request)
        else:
            messages.warning(request, _("The queue does not answer, so nothing was done. Try again in a minute."))
        return redirect("labs:day")
    running = services.to_be_ended().select_related("learner")
    rest = services.to_be_resumed(timezone.now() - RESUMABLE)
    titles = {lab.id: authored(lab.title) for lab in published.all_labs()}
    shown = {"running": _named(running[:SHOWN], titles), "rest": _named(rest[:SHOWN], titles)}
    return render(request, "labs/day.html", shown | {"runs": running.count(), "rests": len(rest)})


def _named(sessions: object, titles: dict[str, str]) -> list[tuple[LabSession, str]]:
    return [(session, titles.get(session.lab, session.lab)) for session in sessions]  # type: ignore[attr-defined]


def _end(request: SignedInRequest) -> None:
    ended = services.end_day()
    write_down_all(request, ended, gettext_noop("Ended the day."))
    said = ngettext("%(n)d lab is being saved and stopped.", "%(n)d labs are being saved and stopped.", len(ended))
    messages.success(request, said % {"n": len(ended)})


def _resume(request: SignedInRequest) -> None:
    resumed, refused = services.resume_all(timezone.now() - RESUMABLE)
    write_down_all(request, [session for _before, session in resumed], gettext_noop("Resumed all labs."))
    said = ngettext(
        "%(n)d lab goes on; it starts in its turn.", "%(n)d labs go on; they start in their turn.", len(resumed)
    )
    messages.success(request, said % {"n": len(resumed)})
    for session, why in refused:
        words = _("The lab of %(who)s does not go on: %(why)s")
        messages.warning(request, words % {"who": session.learner and session.learner.shown_name, "why": why})
