"""A trainee's pages: their mentors, messages and invitations, who can see what, and how to end a mentorship."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Programme, Question
from vaka.mentoring.pages import activity
from vaka.mentoring.pages.question_subject import QuestionSubject
from vaka.mentoring.permissions import for_members, mentorship_to_end


@for_members
@require_safe
def my_mentors(request: SignedInRequest) -> HttpResponse:
    """The trainee's mentors and their messages, the trainee's questions, and exactly who can see what."""
    trainee = request.user
    mentorships = list(Mentorship.objects.open().filter(trainee=trainee).select_related("mentor", "programme"))
    away = {
        (one.programme_id, one.mentor_id): one.away_until
        for one in Membership.objects.filter(mentor__in=[one.mentor for one in mentorships], ended_at=None)
        if one.is_away
    }
    assignments = Assignment.objects.for_trainee(trainee).select_related("set_by")
    notes = Note.objects.for_trainee(trainee).filter(question=None).select_related("author", "attempt").order_by("-pk")
    shown_notes = list(notes[:50])
    context = {
        "mentorships": [(one, away.get((one.programme_id, one.mentor_id))) for one in mentorships],
        "invitations": _invitations(trainee),
        "ended": Mentorship.objects.filter(trainee=trainee).exclude(consented_at=None).exclude(ended_at=None),
        "coordinators": Programme.objects.filter(mentorships__in=mentorships)
        .prefetch_related("coordinators")
        .distinct(),
        "assignments": [(one, activity.assignment_title(one)) for one in assignments],
        "notes": shown_notes,
        "questions": [(one, QuestionSubject(one.about)) for one in Question.objects.filter(trainee=trainee)[:50]],
    }
    response = render(request, "mentoring/my_mentors.html", context)
    services.mark_seen(trainee, pk__in=[note.pk for note in shown_notes])  # after rendering, which marks new notes
    return response


def _invitations(trainee: User) -> list[Mentorship]:
    waiting = Mentorship.objects.waiting().filter(trainee=trainee)
    return list(waiting.select_related("mentor", "programme", "follows__mentor"))


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: SignedInRequest, key: str) -> HttpResponse:
    """An invitation by link: what the trainee agrees to, and the buttons to accept or decline."""
    rows = Mentorship.objects.waiting().filter(trainee=None).exclude(key="")
    found = rows.select_related("mentor", "programme").filter(key=key).first()
    if found is None:
        return _invitation_over(request)
    if request.method == "POST":
        return _answer(request, found)
    return render(request, "mentoring/consent.html", {"invitation": found})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def by_name(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """An invitation by username, or a transfer: what the trainee agrees to, and the buttons to accept or decline."""
    rows = Mentorship.objects.waiting().filter(trainee=request.user)
    found = rows.select_related("mentor", "programme", "follows__mentor").filter(pk=mentorship).first()
    if found is None:
        return _invitation_over(request)
    if request.method == "POST":
        return _answer(request, found)
    return render(request, "mentoring/consent.html", {"invitation": found})


def _invitation_over(request: SignedInRequest) -> HttpResponse:
    """The answer to an invitation that nobody can accept now. It does not say whether there ever was one."""
    return render(request, "mentoring/invitation_over.html", status=HTTPStatus.NOT_FOUND)


def _answer(request: SignedInRequest, invitation: Mentorship) -> HttpResponse:
    if request.POST.get("answer") != "yes":
        if invitation.trainee_id:  # a link stays valid for somebody else
            services.end_mentorship(invitation, request.user)
        messages.success(request, _("You declined the invitation. The mentor cannot see your work."))
        return redirect("mentoring:my_mentors")
    try:
        services.accept_invitation(invitation, request.user)
    except services.NotPossible as reason:
        messages.error(request, str(reason))
    else:
        name = invitation.mentor.shown_name
        messages.success(request, _("%(name)s is your mentor now and can see your work.") % {"name": name})
    return redirect("mentoring:my_mentors")


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def end_mentorship(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """End a mentorship or withdraw an invitation, after a confirmation.

    The trainee, the mentor and whoever manages the programme may do this.
    """
    found = mentorship_to_end(request, mentorship)
    is_trainee = found.trainee_id == request.user.pk
    if request.method == "POST":
        services.end_mentorship(found, request.user)
        if found.consented_at:
            messages.success(request, _("The mentorship is ended. The mentor cannot see the trainee's work any more."))
        else:
            messages.success(request, _("The invitation is withdrawn."))
        if is_trainee:
            return redirect("mentoring:my_mentors")
        return redirect("mentoring:hour" if found.mentor_id == request.user.pk else "mentoring:programmes")
    return render(request, "mentoring/end_mentorship.html", {"mentorship": found, "is_trainee": is_trainee})
