"""The end of the day, and the morning after: labs are saved and stopped, or go on from what was saved. For those who teach."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods

from labs import events, permissions
from labs.lifecycle import services
from labs.models import LabSession
from labs.registry import versions
from labs.registry.translations import authored
from labs.views.sessions import for_staff
from vaka.accounts.requests import SignedInRequest

SHOWN = 200
RESUMABLE = timedelta(days=4)  # over a weekend
ENDED, RESUMED = gettext_noop("Ended the day."), gettext_noop("Resumed all labs.")


def write_down_all(request: SignedInRequest, sessions: list[LabSession], what: str) -> None:
    """Keep who did what to many sessions at once, in the administration and in the log of each."""
    found = LabSession.objects.filter(pk__in=[session.pk for session in sessions])
    LogEntry.objects.log_actions(request.user.pk, found, CHANGE, what)
    for session in sessions:
        session.log(f"User {request.user.pk}: {what}")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def day(request: SignedInRequest) -> HttpResponse:
    """The labs within reach: all for the staff, their own and those of their workshops for an instructor."""
    back = reverse("labs:sessions"), _("Sessions")
    return page(request, permissions.of(request.user), back)


def page(
    request: SignedInRequest,
    among: QuerySet[LabSession],
    back: tuple[str, str],
    done: Callable[[str], None] = lambda what: None,
) -> HttpResponse:
    """Say what would stop AMONG these labs, and what would go on; or do one of them. DONE hears what was done to some.

    BACK: address and name of the page from which one comes.
    """
    if request.method == "POST":
        what = {"end": _end, "resume": _resume}.get(request.POST.get("what", ""))
        if what and events.broker_answers():
            if what(request, among):
                done(request.POST["what"])
        elif what:
            messages.warning(request, _("The queue does not answer, so nothing was done. Try again in a minute."))
        return redirect(request.path)
    running = services.to_be_ended(among=among).select_related("learner")
    rest = services.to_be_resumed(timezone.now() - RESUMABLE, among)
    titles = {lab.id: authored(lab.title) for lab in versions.all_labs()}
    shown = {"running": _named(running[:SHOWN], titles), "rest": _named(rest[:SHOWN], titles), "back": back}
    return render(request, "labs/end_of_day.html", shown | {"runs": running.count(), "rests": len(rest)})


def _named(sessions: object, titles: dict[str, str]) -> list[tuple[LabSession, str]]:
    return [(session, titles.get(session.lab, session.lab)) for session in sessions]  # type: ignore[attr-defined]


def _end(request: SignedInRequest, among: QuerySet[LabSession]) -> int:
    ended = services.end_day(among=among)
    write_down_all(request, ended, ENDED)
    said = ngettext("%(n)d lab is being saved and stopped.", "%(n)d labs are being saved and stopped.", len(ended))
    messages.success(request, said % {"n": len(ended)})
    return len(ended)


def _resume(request: SignedInRequest, among: QuerySet[LabSession]) -> int:
    resumed, refused = services.resume_all(timezone.now() - RESUMABLE, among)
    write_down_all(request, [session for _before, session in resumed], RESUMED)
    said = ngettext(
        "%(n)d lab goes on; it starts in its turn.", "%(n)d labs go on; they start in their turn.", len(resumed)
    )
    messages.success(request, said % {"n": len(resumed)})
    for session, why in refused:
        words = _("The lab of %(who)s does not go on: %(why)s")
        messages.warning(request, words % {"who": session.learner and session.learner.shown_name, "why": why})
    return len(resumed)
