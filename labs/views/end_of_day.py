"""The end of the day, and the morning after: an instructor saves and stops all labs within reach, or resumes them."""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods

from labs import events, permissions
from labs.lifecycle import uncounted_points
from labs.lifecycle.end_of_day import RESUMABLE, end_day, resume_all, to_be_ended, to_be_resumed
from labs.models import LabSession
from labs.pages.sessions import SessionList
from labs.registry import versions
from labs.translations import authored
from labs.views.administration_log import record_all
from vaka.accounts.permissions import for_instructors
from vaka.accounts.requests import SignedInRequest

SHOWN = 200
ENDED, RESUMED = gettext_noop("Ended the day."), gettext_noop("Resumed all labs.")


@for_instructors
@require_http_methods(["GET", "HEAD", "POST"])
def end_of_day(request: SignedInRequest) -> HttpResponse:
    """The labs within reach: all of them for administrators, their own and their workshops' for instructors.

    The filter of the page Sessions applies: whoever filtered it by a lab or a name ends the day of these only.
    """
    reach = permissions.of(request.user)
    listing = SessionList.from_query(request.GET, reach)
    back = reverse("labs:sessions") + listing.query, _("Sessions")
    if not listing.query:
        return page(request, reach, back)
    among = LabSession.objects.filter(pk__in=listing.filtered(reach).values("pk"))
    which = " · ".join(filter(None, (listing.labs.get(listing.lab, listing.lab), listing.words)))
    return page(request, among, back, only=which)


def page(
    request: SignedInRequest,
    among: QuerySet[LabSession],
    back: tuple[str, str],
    done: Callable[[str], None] = lambda what: None,
    only: str = "",
    zone: tzinfo | None = None,
    *,
    after_close: bool = False,
) -> HttpResponse:
    """GET: list which of the sessions ``among`` would stop, and which can be resumed. POST: do one of the two.

    ``back`` is the address and the title of the page that links here. ``done`` is called with "end" or "resume" if that
    changed at least one session. ``only`` names the filter by which ``among`` was chosen. Times are
    those of ``zone``, or of the user's time zone. ``after_close``: the sessions that the close of a workshop stopped can be
    resumed too.
    """
    if request.method == "POST":
        actions: dict[str, Callable[[SignedInRequest, QuerySet[LabSession]], int]] = {
            "end": _end,
            "resume": partial(_resume, after_close=after_close),
        }
        what = actions.get(request.POST.get("what", ""))
        if what and events.broker_answers():
            if what(request, among):
                done(request.POST["what"])
        elif what:
            messages.warning(
                request, _("Nothing was done, because the message broker does not answer. Try again in a minute.")
            )
        return redirect(request.get_full_path())
    to_end = to_be_ended(among=among).select_related("learner")
    to_resume = to_be_resumed(timezone.now() - RESUMABLE, among, after_close=after_close)
    titles = {lab.id: authored(lab.title) for lab in versions.all_labs()}
    context = {
        "back": back,
        "only": only,
        "zone": zone,
        "after_close": after_close,
        "to_end": _with_titles(to_end[:SHOWN], titles),
        "to_end_count": to_end.count(),
        "uncounted": uncounted_points.labs_with(to_end),
        "to_resume": _with_titles(to_resume[:SHOWN], titles),
        "to_resume_count": len(to_resume),
    }
    return render(request, "labs/end_of_day.html", context)


def _with_titles(sessions: Iterable[LabSession], titles: dict[str, str]) -> list[tuple[LabSession, str]]:
    return [(session, titles.get(session.lab, session.lab)) for session in sessions]


def _end(request: SignedInRequest, among: QuerySet[LabSession]) -> int:
    ended = end_day(among=among)
    record_all(request, ended, ENDED)
    said = ngettext("%(n)d lab is being saved and stopped.", "%(n)d labs are being saved and stopped.", len(ended))
    messages.success(request, said % {"n": len(ended)})
    return len(ended)


def _resume(request: SignedInRequest, among: QuerySet[LabSession], *, after_close: bool) -> int:
    resumed, refused = resume_all(timezone.now() - RESUMABLE, among, after_close=after_close)
    record_all(request, [session for _before, session in resumed], RESUMED)
    said = ngettext(
        "%(n)d lab is being resumed. It starts when its turn comes.",
        "%(n)d labs are being resumed. Each starts when its turn comes.",
        len(resumed),
    )
    messages.success(request, said % {"n": len(resumed)})
    for session, why in refused:
        words = _("The lab of %(who)s was not resumed: %(why)s")
        messages.warning(request, words % {"who": session.learner and session.learner.shown_name, "why": why})
    return len(resumed)
