"""The trainee's side: invitations, questions, who sees what, and leaving."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.loader import catalogue
from labs.models import Attempt, ClassSeat, LabSession
from labs.pages.lab_page import LabPage
from labs.registry.versions import NoSuchLab
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.forms import QuestionForm
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Programme, Question
from vaka.mentoring.pages import activity, question_subject
from vaka.mentoring.pages.question_subject import About
from vaka.mentoring.permissions import for_members


@for_members
@require_safe
def mine(request: SignedInRequest) -> HttpResponse:
    """The trainee's mentors, what they wrote, his questions; and exactly who can see what."""
    me = request.user
    mentorships = list(Mentorship.objects.open().filter(trainee=me).select_related("mentor", "programme"))
    away = {
        (one.programme_id, one.mentor_id): one.away_until
        for one in Membership.objects.filter(mentor__in=[one.mentor for one in mentorships], ended_at=None)
        if one.is_away
    }
    tasks = Assignment.objects.for_trainee(me).select_related("set_by")
    notes = Note.objects.for_trainee(me).filter(question=None).select_related("author", "attempt").order_by("-pk")
    news = list(notes[:50])
    context = {
        "mentorships": [(one, away.get((one.programme_id, one.mentor_id))) for one in mentorships],
        "invitations": _invitations(me),
        "past": Mentorship.objects.filter(trainee=me).exclude(consented_at=None).exclude(ended_at=None),
        "coordinators": Programme.objects.filter(mentorships__in=mentorships)
        .prefetch_related("coordinators")
        .distinct(),
        "tasks": [(task, activity.task_title(task)) for task in tasks],
        "notes": news,
        "questions": [(one, About(one.about)) for one in Question.objects.filter(trainee=me)[:50]],
    }
    answer = render(request, "mentoring/mine.html", context)
    services.mark_seen(me, pk__in=[note.pk for note in news])  # rendered: now they are before him
    return answer


def _invitations(me: Any) -> list[Mentorship]:
    waiting = Mentorship.objects.waiting().filter(trainee=me)
    return list(waiting.select_related("mentor", "programme", "follows__mentor"))


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: SignedInRequest, key: str) -> HttpResponse:
    """An invitation by link: what consent means, and yes or no."""
    rows = Mentorship.objects.waiting().filter(trainee=None).exclude(key="")
    found = rows.select_related("mentor", "programme").filter(key=key).first()
    if found is None:
        raise Http404(_("This invitation is over: it was answered, taken back, or is too old."))
    if request.method == "POST":
        return _answered(request, found)
    return render(request, "mentoring/consent.html", {"invitation": found})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def by_name(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """An invitation by name, or a hand-over: what consent means, and yes or no."""
    rows = Mentorship.objects.waiting().filter(trainee=request.user)
    found = get_object_or_404(rows.select_related("mentor", "programme", "follows__mentor"), pk=mentorship)
    if request.method == "POST":
        return _answered(request, found)
    return render(request, "mentoring/consent.html", {"invitation": found})


def _answered(request: SignedInRequest, invitation: Mentorship) -> HttpResponse:
    if request.POST.get("answer") != "yes":
        if invitation.trainee_id:  # a link stays for somebody else
            services.end(invitation, request.user)
        messages.success(request, _("You said no. Nobody sees anything of yours by this invitation."))
        return redirect("mentoring:mine")
    try:
        services.consent(invitation, request.user)
    except services.NotSo as reason:
        messages.error(request, str(reason))
    else:
        name = invitation.mentor.shown_name
        messages.success(request, _("%(name)s is your mentor now, and sees your work.") % {"name": name})
    return redirect("mentoring:mine")


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """End a mentorship or take an invitation back: either side may, and who runs the programme. Asked first."""
    led = Programme.objects.led_by(request.user)
    side = Q(trainee=request.user) | Q(mentor=request.user) | Q(programme__in=led)
    rows = Mentorship.objects.filter(side, ended_at=None).select_related("mentor", "trainee", "programme")
    found = get_object_or_404(rows.distinct(), pk=mentorship)
    is_trainee = found.trainee_id == request.user.pk
    if request.method == "POST":
        services.end(found, request.user)
        messages.success(request, _("Ended. The mentor sees nothing of it any more."))
        if is_trainee:
            return redirect("mentoring:mine")
        return redirect("mentoring:hour" if found.mentor_id == request.user.pk else "mentoring:programmes")
    return render(request, "mentoring/leave.html", {"mentorship": found, "is_trainee": is_trainee})


# Questions


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def ask_lesson(request: SignedInRequest, course: str, lesson: str) -> HttpResponse:
    """Ask a mentor about a lesson."""
    found = catalogue(settings.COURSE_CONTENT).get(course)
    here = found.lesson(lesson) if found else None
    if found is None or here is None:
        raise Http404(_("There is no such lesson."))
    return _ask(request, question_subject.of_lesson(found, here), None)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def ask_check(request: SignedInRequest, session: UUID, check: str) -> HttpResponse:
    """Ask a mentor about a check that fails, with what it said."""
    found = get_object_or_404(LabSession.objects.open_to(request.user), pk=session)
    try:
        page = LabPage.of(found, request.user)
    except (NoSuchLab, ClassSeat.DoesNotExist) as error:
        raise Http404 from error
    context = question_subject.of_check(found, check, page)
    if context is None:
        raise Http404(_("This check does not fail any more."))
    return _ask(request, *context)


def _ask(request: SignedInRequest, context: dict[str, Any], attempt: Attempt | None) -> HttpResponse:
    held = list(Mentorship.objects.open().filter(trainee=request.user).select_related("mentor", "programme"))
    if not held:
        messages.warning(request, _("You have no mentor yet, so nobody would read your question."))
        return redirect("mentoring:mine")
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = request.POST.get("mentorship", "")
        to = next((one for one in held if str(one.pk) == wanted), held[0])
        asked = services.ask(to, form.cleaned_data["text"], context, attempt)
        messages.success(request, _("Asked. The answer will stand here, and on your start page."))
        return redirect("mentoring:question", asked.pk)
    shown = {"about": About(context), "mentorships": held, "form": form}
    return render(request, "mentoring/ask.html", shown, status=422 if request.method == "POST" else 200)


@for_members
@require_POST
def delete_question(request: SignedInRequest, asked: int) -> HttpResponse:
    """Delete a question of one's own, with what was said to it."""
    get_object_or_404(Question, pk=asked, trainee=request.user).delete()
    messages.success(request, _("Deleted."))
    return redirect("mentoring:mine")
